"""The contract of the ring, the same for every way of waiting, in C and in Python and between the two."""

import os
import signal
import threading

import numpy
import pytest
from helpers import PATIENCE_S, gate
from rings import VARIANTS, Messages

from shmlab import ipc, primitives
from shmlab.processes import workers
from shmlab.transports.ring import layout
from shmlab.transports.ring.ring import Ring

CAPACITY = 4096
every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)


@pytest.fixture(params=VARIANTS, ids=str)
def ends(request):
    with request.param.ends(CAPACITY) as both:
        yield both


@pytest.fixture
def waits(ends):
    """Run a function in a thread beside the test; joined at its end, and its exception raised."""
    threads, errors = [], []

    def beside(function, *arguments):
        def run():
            try:
                function(*arguments)
            except BaseException as error:
                errors.append(error)

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield beside
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    assert errors == []


def fill(writer, message=b"x" * 48):
    """Send until there is no room; how many went."""
    sent = 0
    while True:
        try:
            writer.send(message, timeout=0)
        except TimeoutError:
            return sent
        sent += 1


def send_all(ring, sizes, seed):
    for size in sizes:
        ring.send(memoryview(pattern(size, seed)))
    ring.close()


def pattern(size, seed):
    return bytes((seed + index * 7 + index // 251) % 256 for index in range(size))


@every_variant
@pytest.mark.parametrize("size", [1, 63, 64, 65, CAPACITY - 1, CAPACITY, CAPACITY + 1, 3 * CAPACITY])
def test_messages_of_any_size_arrive_whole_and_in_order(variant, size):
    sizes = [size, 5, size, size]
    with variant.ends(CAPACITY) as (writer, reader):
        sending = threading.Thread(target=send_all, args=(writer, sizes, 3))
        sending.start()
        for expected in sizes:
            assert reader.receive(PATIENCE_S) == pattern(expected, 3)
        with pytest.raises(EOFError):
            reader.receive(PATIENCE_S)
        sending.join()


@every_variant
def test_the_smallest_ring_carries_them_too(variant):
    sizes = [1, 47, 48, 49, 64, 65, 240, 241, 1000]
    with variant.ends(256) as (writer, reader):
        sending = threading.Thread(target=send_all, args=(writer, sizes, 9))
        sending.start()
        assert [reader.receive(PATIENCE_S) for _ in sizes] == [pattern(size, 9) for size in sizes]
        sending.join()


def test_records_go_round(ends):
    writer, reader = ends
    made, seen = Messages(1, 900), Messages(1, 900)
    for _ in range(500):
        for _ in range(2):
            writer.send(made.make())
        for _ in range(2):
            seen.verify(reader.receive(0))


def test_any_buffer_is_a_message(ends):
    writer, reader = ends
    for message in (b"abc", bytearray(b"abc"), memoryview(b"xabcx")[1:4], memoryview(b"abc")):
        writer.send(message)
        assert reader.receive() == b"abc"


@pytest.mark.parametrize(
    "message, error", [(b"", ValueError), ("text", TypeError), (5, TypeError), (memoryview(b"abcd")[::2], Exception)]
)
def test_what_is_no_message_is_refused_and_takes_no_room(ends, message, error):
    writer, reader = ends
    with pytest.raises(error):
        writer.send(message)
    with pytest.raises(error):
        writer.send_many([b"first", message])
    with pytest.raises(TimeoutError):
        reader.receive(0)
    writer.send(b"next")
    assert reader.receive(0) == b"next"


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), "soon"])
def test_no_such_time_out(ends, timeout):
    writer, reader = ends
    for verb in (lambda: writer.send(b"x", timeout=timeout), lambda: reader.receive(timeout=timeout)):
        with pytest.raises((TypeError, ValueError), match="timeout is"):
            verb()


def test_wrong_arguments_are_type_errors(ends):
    writer, reader = ends
    for call in (
        lambda: writer.send(),
        lambda: writer.send(b"x", 0, 0),
        lambda: writer.send(b"x", limit=0),
        lambda: writer.send(b"x", message=b"y"),
        lambda: reader.receive(0, timeout=0),
        lambda: writer.reserve("many"),
        lambda: reader.receive_many("many"),
    ):
        with pytest.raises(TypeError):
            call()


@pytest.mark.skipif(not primitives.native_atomics(), reason=primitives.NO_NATIVE)
def test_only_one_thread_on_each_side(monkeypatch):
    with Ring.create(waiting="posix", native=True) as ring:
        received, asleep, sleep = [], threading.Event(), ring._peers.sleep
        monkeypatch.setattr(ring._peers, "sleep", lambda *how: (asleep.set(), sleep(*how)))
        receiving = threading.Thread(target=lambda: received.append(ring.receive(PATIENCE_S)))
        receiving.start()
        assert asleep.wait(PATIENCE_S)
        for verb in (ring.receive, ring.receive_many, ring.peek):
            with pytest.raises(ValueError, match="another thread waits on this side"):
                verb(timeout=0)
        with pytest.raises(BufferError, match="a thread waits"):
            ring.destroy()
        ring.send(b"x")
        receiving.join()
        assert received == [b"x"]


# Closing


def test_a_closed_ring_gives_what_is_left_and_then_its_end(ends):
    writer, reader = ends
    writer.send(b"left")
    writer.close()
    assert reader.receive() == b"left"
    for _ in range(2):
        with pytest.raises(EOFError, match="closed and every message was received"):
            reader.receive()
    with pytest.raises(ValueError, match="has closed it as its writer"):
        writer.send(b"more")


def test_sending_to_a_reader_that_has_closed(ends):
    writer, reader = ends
    writer.send(b"one")
    reader.receive()
    reader.close()
    for _ in range(2):
        with pytest.raises(BrokenPipeError, match="its reader has closed"):
            writer.send(b"two")


def test_closing_wakes_who_waits(ends, waits):
    writer, reader = ends
    writer.send(b"here")
    reader.receive()

    def hear_the_end():
        with pytest.raises(EOFError):
            reader.receive(PATIENCE_S)

    waits(hear_the_end)
    writer.close()


def test_a_reader_that_closes_ends_a_send_that_waits(ends, waits):
    writer, reader = ends
    fill(writer)
    reader.receive()

    def send_too_much():
        with pytest.raises(BrokenPipeError):
            for _ in range(1000):
                writer.send(b"y" * 48, PATIENCE_S)

    waits(send_too_much)
    reader.close()


def test_closed_before_anything_was_sent(ends):
    writer, reader = ends
    writer.close()
    with pytest.raises(EOFError):
        reader.receive()


def test_closed_before_anything_was_received(ends):
    writer, reader = ends
    reader.close()
    with pytest.raises(BrokenPipeError):
        writer.send(b"x")


def test_a_message_that_was_begun_and_never_ended_is_not_delivered(ends):
    writer, reader = ends
    with pytest.raises(TimeoutError):
        writer.send(b"z" * 3 * CAPACITY, timeout=0.01)
    with pytest.raises(TimeoutError):
        reader.receive(0.01)
    writer.close()
    with pytest.raises(EOFError):
        reader.receive()


# Time-outs


def test_a_full_ring_times_out_and_works_on(ends):
    writer, reader = ends
    count = fill(writer)
    for timeout in (0, 0.01):
        with pytest.raises(TimeoutError, match=f"writer of ring .* was not given room within {timeout:g} s"):
            writer.send(b"one too many", timeout=timeout)
    assert reader.receive() == b"x" * 48
    writer.send(b"last", timeout=0)
    assert [reader.receive() for _ in range(count)] == [b"x" * 48] * (count - 1) + [b"last"]


def test_an_empty_ring_times_out_and_works_on(ends):
    writer, reader = ends
    for timeout in (0, 0.01):
        with pytest.raises(TimeoutError, match=f"reader of ring .* was not given a message within {timeout:g} s"):
            reader.receive(timeout=timeout)
    writer.send(b"here")
    assert reader.receive(timeout=0) == b"here"


@pytest.mark.parametrize("size", [5, 3 * CAPACITY])
def test_a_send_that_timed_out_has_sent_nothing(ends, size):
    writer, reader = ends
    count = fill(writer)
    with pytest.raises(TimeoutError):
        writer.send(b"z" * size, timeout=0)
    for _ in range(count):
        assert reader.receive(0) == b"x" * 48
    with pytest.raises(TimeoutError):
        writer.send(b"z" * 3 * CAPACITY, timeout=0.01)  # now some pieces go
    with pytest.raises(TimeoutError):
        reader.receive(0)
    writer.send(b"next", timeout=0)
    assert reader.receive(0) == b"next"


def test_a_receive_that_timed_out_in_a_message_loses_none_of_it(ends, waits):
    writer, reader = ends
    message = pattern(20 * CAPACITY, 1)
    waits(writer.send, message, PATIENCE_S)
    while True:
        try:
            assert reader.receive(0) == message
            break
        except TimeoutError:
            os.sched_yield()


# Batches


def test_a_batch_arrives_in_order(ends):
    writer, reader = ends
    batch = [b"%d" % index for index in range(20)]
    assert writer.send_many(batch) == 20
    assert reader.receive_many() == batch
    assert writer.send_many(iter(batch)) == 20
    assert reader.receive_many(most=15) == batch[:15]
    assert reader.receive_many(15) == batch[15:]
    assert writer.send_many([]) == 0


def test_a_batch_larger_than_the_ring(ends, waits):
    writer, reader = ends
    batch = [pattern(1 + index * 3 % 300, index) for index in range(2000)]
    waits(writer.send_many, batch, PATIENCE_S)
    got = []
    while len(got) < len(batch):
        got += reader.receive_many(timeout=PATIENCE_S)
    assert got == batch


def test_long_messages_in_a_batch(ends, waits):
    writer, reader = ends
    batch = [b"a", pattern(2 * CAPACITY, 2), b"b", pattern(2 * CAPACITY, 3)]
    waits(writer.send_many, batch, PATIENCE_S)
    got = []
    while len(got) < len(batch):
        got += reader.receive_many(timeout=PATIENCE_S)
    assert got == batch


def test_a_batch_that_times_out_says_how_many_went(ends):
    writer, reader = ends
    sent = writer.send_many([b"x" * 48] * 1000, timeout=0)
    assert 0 < sent < 1000
    with pytest.raises(TimeoutError):
        writer.send_many([b"more"], timeout=0)
    assert reader.receive_many() == [b"x" * 48] * sent
    with pytest.raises(TimeoutError):
        reader.receive_many(timeout=0)


def test_a_batch_of_none_is_refused(ends):
    _, reader = ends
    with pytest.raises(ValueError, match="at least 1"):
        reader.receive_many(0)


@pytest.mark.parametrize("variant", [one for one in VARIANTS if one.waiting in ("posix", "sysv")], ids=str)
def test_a_batch_wakes_once_and_only_who_waits(variant, monkeypatch):
    with variant.ends(2**16) as (writer, reader):
        woken, asleep = [], threading.Event()
        wake, sleep = writer._peers.wake, reader._peers.sleep
        monkeypatch.setattr(writer._peers, "wake", lambda side: (woken.append(side), wake(side)))
        monkeypatch.setattr(reader._peers, "sleep", lambda *how: (asleep.set(), sleep(*how)))
        writer.send_many([b"x" * 40] * 100)
        assert woken == []
        assert len(reader.receive_many()) == 100
        received = []
        reading = threading.Thread(target=lambda: received.extend(reader.receive_many(timeout=PATIENCE_S)))
        reading.start()
        assert asleep.wait(PATIENCE_S)
        writer.send_many([b"y"] * 10)
        reading.join()
        assert woken == [layout.READER]
        assert 1 <= len(received) <= 10


# No copy


def test_a_message_is_made_and_read_in_place(ends):
    writer, reader = ends
    for size in (1, 100, 1000):
        place = writer.reserve(size)
        assert (len(place), place.readonly) == (size, False)
        place[:] = pattern(size, size)
        with pytest.raises(TimeoutError):
            reader.peek(0)  # not yet
        writer.commit()
        seen = reader.peek(0)
        assert seen.readonly and seen == pattern(size, size)
        reader.release()
        for view in (place, seen):
            with pytest.raises(ValueError, match="released memoryview"):
                view[0]


def test_the_largest_place_is_the_whole_ring(ends, waits):
    writer, reader = ends
    writer.send(b"in between")
    assert reader.receive() == b"in between"
    with pytest.raises(ValueError, match=f"lends 1 to {CAPACITY - 16} bytes"):
        writer.reserve(CAPACITY - 15)
    with pytest.raises(ValueError, match="size_bytes is 0"):
        writer.reserve(0)

    def make():
        for index in range(3):
            writer.reserve(CAPACITY - 16, PATIENCE_S)[:] = pattern(CAPACITY - 16, index)
            writer.commit()

    waits(make)
    for index in range(3):
        assert reader.peek(PATIENCE_S) == pattern(CAPACITY - 16, index)
        reader.release()


def test_a_long_message_is_put_together_to_be_peeked_at(ends, waits):
    writer, reader = ends
    waits(writer.send_many, [pattern(3 * CAPACITY, 1), b"next"], PATIENCE_S)
    assert reader.peek(PATIENCE_S) == pattern(3 * CAPACITY, 1)
    reader.release()
    assert reader.receive(PATIENCE_S) == b"next"


def test_one_thing_after_the_other(ends):
    writer, reader = ends
    with pytest.raises(ValueError, match="reserve"):
        writer.commit()
    with pytest.raises(ValueError, match="peek"):
        reader.release()
    writer.send(b"x")
    writer.reserve(5)
    for verb in (lambda: writer.reserve(5), lambda: writer.send(b"x"), lambda: writer.send_many([b"x"])):
        with pytest.raises(ValueError, match="commit"):
            verb()
    reader.peek()
    for verb in (reader.peek, reader.receive, reader.receive_many):
        with pytest.raises(ValueError, match="release"):
            verb()


# Making, finding, giving back


def test_a_lent_view_ends_with_the_ring(ends):
    writer, reader = ends
    writer.send(b"x")
    lent = writer.reserve(100), reader.peek()
    for ring in (writer, reader):
        ring.destroy()
    for view in lent:
        with pytest.raises(ValueError, match="released memoryview"):
            view[0]


@pytest.mark.parametrize("make", [lambda view: numpy.frombuffer(view, numpy.uint8), lambda view: view[:10]])
def test_what_is_made_of_a_view_keeps_the_ring(ends, make):
    writer, reader = ends
    made = make(writer.reserve(100))
    for _ in range(2):
        with pytest.raises(BufferError, match="views of its memory are still alive"):
            writer.destroy()
    assert made[0] in range(256)
    del made
    writer.send(b"it works on")
    assert reader.receive() == b"it works on"
    writer.destroy()


def test_destroyed_twice_and_used_afterwards(ends):
    writer, _ = ends
    writer.destroy()
    writer.destroy()
    assert repr(writer) == "<Ring, destroyed>"
    for verb in (lambda: writer.send(b"x"), writer.receive, lambda: writer.reserve(5), writer.peek, writer.close):
        with pytest.raises(ValueError, match="destroyed"):
            verb()


def test_who_did_not_make_it_only_lets_go(ends):
    writer, reader = ends
    reader.destroy()
    writer.send(b"x")
    assert writer.receive() == b"x"


def test_one_writer_and_one_reader(ends):
    writer, reader = ends
    writer.send(b"x")
    reader.receive()

    def meddle(ring, pid):
        with pytest.raises(ValueError, match=f"has its writer, process {pid}: a ring is for one writer"):
            ring.send(b"y")
        with pytest.raises(ValueError, match=f"has its reader, process {pid}"):
            ring.receive()

    workers.start(meddle, writer, os.getpid(), deadline_s=PATIENCE_S).result()


def test_a_ring_is_an_argument_of_a_worker(ends):
    writer, reader = ends

    def echo(name, there, back):
        while True:
            try:
                back.send(there.receive(PATIENCE_S))
            except EOFError:
                back.close()
                return repr((there, back)).count(name)

    with Ring.create(waiting=writer.waiting, native=reader.native) as back:
        echoing = workers.start(echo, writer.name, writer, back, deadline_s=PATIENCE_S)
        for message in (b"one", b"two" * 3000):
            writer.send(message, PATIENCE_S)
            assert back.receive(PATIENCE_S) == message
        writer.close()
        assert echoing.result() == 1
        with pytest.raises(EOFError):
            back.receive()


@every_variant
def test_a_forked_child_has_it_too(variant):
    def both():
        with variant.ends() as (writer, reader):
            child = os.fork()
            if child == 0:
                writer.send_many([b"from", b"the child"])
                writer.close()
                os._exit(0)
            got = [reader.receive(PATIENCE_S) for _ in range(2)]
            os.waitpid(child, 0)
            with pytest.raises(EOFError):
                reader.receive(PATIENCE_S)
            return got

    assert workers.start(both, deadline_s=PATIENCE_S).result() == [b"from", b"the child"]


def test_a_child_does_not_take_its_parents_side(ends):
    writer, reader = ends
    writer.send(b"from the parent")
    reader.receive()
    child = os.fork()
    if child == 0:
        try:
            writer.send(b"from the child")
        except ValueError as error:
            os._exit(int(f"has its writer, process {os.getppid()}" in str(error)))
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


@pytest.mark.parametrize("goal", ["a message", "room"])
def test_ctrl_c_ends_any_wait(ends, goal):
    _, ring = ends

    def wait(ring, waits):
        try:
            waits.release()
            ring.send(b"x" * 2 * CAPACITY) if goal == "room" else ring.receive()
        except KeyboardInterrupt:
            return "interrupted"

    with gate() as waits, Ring.create(waiting=ring.waiting, native=ring.native, capacity_bytes=CAPACITY) as empty:
        worker = workers.start(wait, empty, waits, deadline_s=PATIENCE_S)
        waits.acquire(PATIENCE_S)
        os.kill(worker.pid, signal.SIGINT)
        assert worker.result() == "interrupted"


def test_native_is_chosen_where_it_is(monkeypatch):
    with Ring.create() as ring:
        assert (ring.native, ring.waiting) == ((True, "futex") if primitives.native_atomics() else (False, "posix"))
    monkeypatch.setattr(primitives, "_native", None)
    with Ring.create() as ring:
        assert (ring.native, ring.waiting) == (False, "posix")
    for asked in ({"waiting": "futex"}, {"waiting": "spin"}, {"native": True}):
        with pytest.raises(NotImplementedError, match="C compiler"):
            Ring.create(**asked)


def test_plain_python_has_only_semaphores():
    if primitives.native_atomics():
        with pytest.raises(NotImplementedError, match='"posix" and "sysv" only'):
            Ring.create(waiting="spin", native=False)


@pytest.mark.parametrize(
    "asked, error, words",
    [
        ({"waiting": "hoping"}, ValueError, "choose from posix, sysv, spin, futex"),
        ({"capacity_bytes": 10}, ValueError, "capacity_bytes is 10: a ring has 256 to"),
        ({"capacity_bytes": 0}, ValueError, "capacity_bytes is 0"),
        ({"capacity_bytes": 1e6}, TypeError, "a whole number"),
        ({"name": "a/b"}, ValueError, "slash"),
    ],
)
def test_rings_that_cannot_be(asked, error, words):
    with pytest.raises(error, match=words):
        Ring.create(**asked)


def test_a_ring_too_large_for_dev_shm_leaves_nothing(private_namespaces):
    with pytest.raises(OSError, match="does not fit"):
        Ring.create(capacity_bytes=2**28)


def test_capacity_follows_the_cache_and_is_in_whole_lines():
    with Ring.create() as ring:
        assert ring.capacity_bytes == layout.default_capacity_bytes()
        assert 2**20 <= ring.capacity_bytes <= 2**23
    with Ring.create(capacity_bytes=1001) as ring:
        assert ring.capacity_bytes == 1024


@pytest.mark.parametrize("waiting, kinds", [("posix", {"POSIX semaphore": 2}), ("sysv", {"System V semaphore": 2})])
def test_what_it_is_to_the_kernel(waiting, kinds):
    before = {(found.kind, found.name) for found in ipc.objects()}
    with Ring.create("/a-ring", waiting=waiting):
        made = [found.kind for found in ipc.objects() if (found.kind, found.name) not in before]
    assert {kind: made.count(kind) for kind in made} == {"POSIX segment": 1} | kinds
