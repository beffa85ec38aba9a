import os

import pytest
from lifeline import PATIENCE_S

from shmlab import workers
from shmlab.bench import payload
from shmlab.transports import TRANSPORTS

every_transport = pytest.mark.parametrize("name", TRANSPORTS)
COUNT = 200


def over_a_fork(name, size_bytes, write, read):
    """Each in a process of its own with the transport between them; what `read` returns. Bounded in time."""

    def both():
        channel = TRANSPORTS[name](size_bytes)
        writer = os.fork()
        if writer == 0:
            write(channel)
            channel.close()
            os._exit(0)
        try:
            return read(channel)
        finally:
            os.waitpid(writer, 0)
            channel.destroy()

    return workers.start(both, deadline_s=PATIENCE_S).result()


@every_transport
@pytest.mark.parametrize("size_bytes", [1, 63, 64, 65, 4096, 70_000])
def test_messages_arrive_whole_and_in_order(name, size_bytes):
    def write(channel):
        for index in range(COUNT):
            channel.send(payload(index, size_bytes))

    def read(channel):
        return [index for index in range(COUNT) if channel.receive() != payload(index, size_bytes)]

    assert over_a_fork(name, size_bytes, write, read) == []


@every_transport
def test_a_slow_reader_loses_nothing(name):
    """Everything is written, as far as it fits, before anything is read."""

    def write(channel):
        for index in range(3000):
            channel.send(payload(index, 64))

    def read(channel):
        os.sched_yield()
        return sum(channel.receive() == payload(index, 64) for index in range(3000))

    assert over_a_fork(name, 64, write, read) == 3000


@every_transport
def test_after_the_last_message_comes_the_end(name):
    def write(channel):
        channel.send(b"last one")

    def read(channel):
        heard = [channel.receive()]
        try:
            heard.append(channel.receive())
        except EOFError as error:
            heard.append(str(error))
        return heard

    message, end = over_a_fork(name, 8, write, read)
    assert message == b"last one"
    assert "closed" in end


@every_transport
def test_a_transport_closed_at_once_is_at_its_end(name):
    def read(channel):
        with pytest.raises(EOFError):
            channel.receive()
        return "told"

    assert over_a_fork(name, 8, lambda channel: None, read) == "told"


@every_transport
def test_the_end_can_be_asked_for_twice(name):
    def read(channel):
        told = 0
        for _ in range(2):
            try:
                channel.receive()
            except EOFError:
                told += 1
        return told

    if name == "multiprocessing.Queue":
        pytest.skip("its end is a message, which is there once")
    assert over_a_fork(name, 8, lambda channel: None, read) == 2


@every_transport
def test_a_message_may_be_any_buffer(name):
    def write(channel):
        channel.send(bytearray(b"12345678"))

    assert bytes(over_a_fork(name, 8, write, lambda channel: channel.receive())) == b"12345678"


@every_transport
@pytest.mark.parametrize("size_bytes", [0, -1])
def test_a_message_has_at_least_one_byte(name, size_bytes):
    with pytest.raises(ValueError, match=f"message_bytes is {size_bytes}"):
        TRANSPORTS[name](size_bytes)
