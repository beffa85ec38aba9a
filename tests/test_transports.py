import ctypes
import itertools
import os

import pytest
from lifeline import PATIENCE_S

from shmlab import ipc, workers
from shmlab.bench import payload
from shmlab.transports import TRANSPORTS, Ring

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


# The ring alone


@pytest.fixture
def ring():
    made = Ring(100, slots=3)
    yield made
    made.destroy()


def test_a_ring_takes_shorter_messages_and_empty_ones(ring):
    for message in (b"", b"x", b"y" * 100):
        ring.send(message)
    assert [ring.receive() for _ in range(3)] == [b"", b"x", b"y" * 100]


def test_a_ring_goes_round(ring):
    for index in range(50):
        ring.send(payload(index, 99))
        assert ring.receive() == payload(index, 99)


def test_too_long_a_message_is_refused_and_takes_no_slot(ring):
    for _ in range(5):
        with pytest.raises(ValueError, match="the message has 101 bytes: this ring takes at most 100"):
            ring.send(b"z" * 101, timeout=0)
    for _ in range(3):
        ring.send(b"fits", timeout=0)


def test_a_message_that_is_no_bytes_is_refused_and_takes_no_slot(ring):
    for _ in range(5):
        with pytest.raises((TypeError, ValueError)):
            ring.send("text", timeout=0)
    for _ in range(3):
        ring.send(b"fits", timeout=0)


def test_a_full_ring_times_out_and_works_on(ring):
    for index in range(3):
        ring.send(b"%d" % index)
    for timeout in (0, 0.01):
        with pytest.raises(TimeoutError):
            ring.send(b"one too many", timeout=timeout)
    assert ring.receive() == b"0"
    ring.send(b"3", timeout=0)
    assert [ring.receive() for _ in range(3)] == [b"1", b"2", b"3"]


def test_an_empty_ring_times_out_and_works_on(ring):
    for timeout in (0, 0.01):
        with pytest.raises(TimeoutError):
            ring.receive(timeout=timeout)
    ring.send(b"here")
    assert ring.receive(timeout=0) == b"here"


def test_a_closed_ring_gives_what_is_left_and_then_its_end(ring):
    ring.send(b"left")
    ring.close()
    assert ring.receive() == b"left"
    for _ in range(3):
        with pytest.raises(EOFError, match="closed and every message was received"):
            ring.receive(timeout=0)


def test_a_writer_waits_for_a_full_ring():
    def write(channel):
        for index in range(100):
            channel.send(payload(index, 600_000))

    def read(channel):
        assert channel.slots == 2
        return sum(channel.receive() == payload(index, 600_000) for index in range(100))

    assert over_a_fork("shared memory", 600_000, write, read) == 100


@pytest.mark.parametrize(("size_bytes", "slots"), [(1, 1024), (1024, 1024), (2**14, 64), (2**19, 2), (2**22, 2)])
def test_a_ring_has_as_many_slots_as_share_a_mebibyte(size_bytes, slots):
    made = Ring(size_bytes)
    made.destroy()
    assert made.slots == slots


def test_slots_begin_on_cache_lines_of_their_own():
    made = Ring(65, slots=4)
    places = [made._place(index) for index in range(5)]
    made.destroy()
    assert [place % 64 for place in places] == [0] * 5
    assert places[4] == places[0]
    assert min(later - earlier for earlier, later in itertools.pairwise(places[:4])) >= 64 + 65


@pytest.mark.parametrize(
    ("arguments", "words"), [((0,), "message_bytes is 0"), ((-5,), "message_bytes is -5"), ((8, 0), "slots is 0")]
)
def test_impossible_rings_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        Ring(*arguments)


@every_transport
@pytest.mark.parametrize("size_bytes", [0, -1])
def test_a_message_has_at_least_one_byte(name, size_bytes):
    with pytest.raises(ValueError, match=f"message_bytes is {size_bytes}"):
        TRANSPORTS[name](size_bytes)


def test_a_ring_too_large_for_dev_shm_is_refused_and_leaves_nothing(private_namespaces):
    with pytest.raises(OSError, match="does not fit"):
        Ring(2**27)


def test_a_ring_is_a_segment_and_two_semaphores_to_the_kernel():
    before = {found.name for found in ipc.objects()}
    made = Ring(8)
    kinds = [found.kind for found in ipc.objects() if found.name not in before]
    made.destroy()
    assert sorted(kinds) == ["POSIX segment", "POSIX semaphore", "POSIX semaphore"]


def test_a_view_of_a_message_is_copied_as_bytes(ring):
    ring.send(memoryview((ctypes.c_int64 * 2)(1, 2)).cast("B"))
    assert len(ring.receive()) == 16
