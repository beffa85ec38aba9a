"""A learner's queue under the verbs of a transport: two sets of functions, one that copies with the mutex in hand."""

import os
import signal

import pytest
from lifeline import PATIENCE_S

from shmlab.bench.pair import payload
from shmlab.processes import workers
from shmlab.transports.learners_queue import LearnersQueue

FREE, FILLING, FULL, TAKING = range(4)


def put(queue, message, mutex, changed):
    with mutex:
        while queue.sent - queue.taken == len(queue.slots):
            changed.wait()
        queue.slots[queue.sent % len(queue.slots)].words = message
        queue.sent += 1
        changed.notify_all()


def get(queue, mutex, changed):
    with mutex:
        while queue.sent == queue.taken:
            changed.wait()
        message = list(queue.slots[queue.taken % len(queue.slots)].words)
        queue.taken += 1
        changed.notify()
    return message


def put_outside(queue, message, mutex, changed):
    mutex.acquire()
    while not (free := [slot for slot in queue.slots if slot.state == FREE]):
        changed.wait()
    slot = free[0]
    slot.state, slot.number = FILLING, queue.sent
    queue.sent += 1
    mutex.release()
    slot.words[:] = message
    with mutex:
        slot.state = FULL
        changed.notify_all()


def get_outside(queue, mutex, changed):
    with mutex:
        while not (full := [slot for slot in queue.slots if slot.state == FULL]):
            changed.wait()
        slot = min(full, key=lambda slot: slot.number)
        slot.state = TAKING
    message = slot.words[:]
    with mutex:
        slot.state = FREE
        changed.notify_all()
    return message


both_kinds = pytest.mark.parametrize("verbs", [(put, get), (put_outside, get_outside)], ids=["inside", "outside"])


def over_a_fork(verbs, write, read, *, slot_bytes=4096, slots=4):
    """Return what `read` returns; `write` runs in a child."""

    def both():
        channel = LearnersQueue(*verbs, slot_bytes, slots=slots)
        child = os.fork()
        if child == 0:
            write(channel)
            channel.close()
            os._exit(0)
        found = read(channel)
        channel.close()
        os.waitpid(child, 0)
        channel.destroy()
        channel.destroy()
        return found

    return workers.start(both, deadline_s=PATIENCE_S).result()


@both_kinds
def test_messages_of_several_sizes_arrive_whole_and_in_order_and_then_comes_the_end(verbs):
    sizes = [1, 7, 64, 4096] * 30

    def write(channel):
        for index, size in enumerate(sizes):
            channel.send(payload(index, size))

    def read(channel):
        right = [channel.receive() == payload(index, size) for index, size in enumerate(sizes)]
        with pytest.raises(EOFError, match="every message was received"):
            channel.receive(PATIENCE_S)
        return all(right)

    assert over_a_fork(verbs, write, read)


@both_kinds
def test_a_wait_that_times_out_changes_nothing(verbs):
    def both():
        channel, (told, tell), (full, say_full) = LearnersQueue(*verbs, slots=1), os.pipe(), os.pipe()
        if os.fork() == 0:
            os.read(told, 1)
            channel.send(b"one")
            with pytest.raises(TimeoutError, match="room or a message"):
                channel.send(b"two", 0)
            os.write(say_full, b"!")
            channel.send(b"three", PATIENCE_S)
            channel.close()
            os._exit(0)
        with pytest.raises(TimeoutError):
            channel.receive(0.01)
        os.write(tell, b"!")
        os.read(full, 1)
        heard = channel.receive(PATIENCE_S), channel.receive(PATIENCE_S)
        channel.close()
        os.wait()
        channel.destroy()
        return heard

    assert workers.start(both, deadline_s=PATIENCE_S).result() == (b"one", b"three")


@both_kinds
def test_who_reads_from_a_writer_that_was_killed_is_told(verbs):
    def write(channel):
        channel.send(b"last words")
        os.kill(os.getpid(), signal.SIGKILL)

    def read(channel):
        heard = channel.receive(PATIENCE_S)
        with pytest.raises(EOFError):
            channel.receive(PATIENCE_S)
        return heard

    assert over_a_fork(verbs, write, read) == b"last words"


def test_the_mutex_of_a_dead_writer_is_taken_over():
    def dies_inside(queue, message, mutex, changed):
        mutex.acquire()
        os.kill(os.getpid(), signal.SIGKILL)

    def read(channel):
        with pytest.raises(EOFError):
            channel.receive(PATIENCE_S)
        return True

    assert over_a_fork((dies_inside, get), lambda channel: channel.send(b"x"), read)


@both_kinds
def test_who_sends_to_a_reader_that_has_closed_is_told(verbs):
    def both():
        channel = LearnersQueue(*verbs)
        if os.fork() == 0:
            with pytest.raises(BrokenPipeError, match="reader"):
                for _ in range(100_000):
                    channel.send(b"x")
            channel.close()
            os._exit(0)
        channel.receive()
        channel.close()
        _, status = os.wait()
        channel.destroy()
        return status

    assert workers.start(both, deadline_s=PATIENCE_S).result() == 0


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="slots is 0"):
        LearnersQueue(put, get, slots=0)
    channel = LearnersQueue(put, get, 100)
    with pytest.raises(ValueError, match="at most 100"):
        channel.send(bytes(101))
    channel.destroy()
    channel = LearnersQueue(one_word, get, 100)
    with pytest.raises(TypeError, match="copy the whole message"):
        channel.send(b"ab")
    channel.destroy()


def one_word(queue, message, mutex, changed):
    queue.slots[0].words[0] = message[0]
