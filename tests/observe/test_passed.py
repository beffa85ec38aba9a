"""A process at the other end of a socket."""

import os
import socket

from shmlab.observe.passed import socket_to


def read(way):
    _, (descriptor,), *_ = socket.recv_fds(way, 8, 1)
    return os.pread(descriptor, 8, 0)


def test_a_descriptor_is_passed():
    mine = os.memfd_create("passed")
    os.write(mine, b"in there")
    with socket_to(read) as (b, way):
        socket.send_fds(way, [b"!"], [mine])
    os.close(mine)
    assert b.result() == b"in there"


def test_the_other_end_sees_the_end_of_the_block():
    with socket_to(lambda way: way.recv(8)) as (b, _):
        pass
    assert b.result() == b""


def test_how_the_other_end_ended_is_known():
    with socket_to(lambda way, code: os._exit(code), 3, name="C") as (c, way):
        assert way.recv(8) == b""
    assert (c.name, c.exit.words) == ("C", "ended with exit code 3")
