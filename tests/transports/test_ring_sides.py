"""Two processes and one ring: long streams, every byte verified, and either of them killed at any moment."""

import itertools
import os
import random
import time

import pytest
from helpers import PATIENCE_S, die, gate
from rings import VARIANTS, Messages

from shmlab.ipc import limits
from shmlab.processes import workers
from shmlab.transports.ring.ring import Ring

every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)
NOTICED_S = 1.0


def pause(moments):
    """Now and then let the other side run ahead: a moment's sleep, or the processor given away."""
    kind = moments.random()
    if kind < 0.01:
        time.sleep(moments.uniform(0, 0.001))
    elif kind < 0.05:
        os.sched_yield()


def send_stream(ring, seed, total_bytes):
    messages, moments, sent = Messages(seed), random.Random(-seed), 0
    while sent < total_bytes:
        kind = moments.random()
        batch = [messages.make() for _ in range(1 if kind < 0.7 else 20)]
        if kind < 0.5 or kind >= 0.7:
            ring.send_many(batch) if kind >= 0.7 else ring.send(batch[0])
        else:
            ring.reserve(len(batch[0]))[:] = batch[0]
            ring.commit()
        sent += sum(map(len, batch))
        pause(moments)
    ring.close()


def receive_stream(ring, seed):
    """Verify everything until the end; how many bytes that was."""
    messages, moments, received = Messages(seed), random.Random(seed + 1), 0
    try:
        while True:
            kind = moments.random()
            if kind < 0.2:
                view = ring.peek(PATIENCE_S)
                got = [bytes(view)]
                ring.release()
            else:
                got = [ring.receive(PATIENCE_S)] if kind < 0.7 else ring.receive_many(timeout=PATIENCE_S)
            for message in got:
                messages.verify(message)
            received += sum(map(len, got))
            pause(moments)
    except EOFError:
        return received


def stream(variant, total_bytes, capacity_bytes, deadline_s):
    with (
        Ring.create(capacity_bytes=capacity_bytes, waiting=variant.waiting, native=variant.writer_native) as ring,
        Ring.attach(ring.name, native=variant.reader_native) as reader,
    ):
        writer = workers.start(send_stream, ring, 5, total_bytes, deadline_s=deadline_s)
        received = receive_stream(reader, 5)
        writer.result()
        return received


@every_variant
def test_a_hundred_megabytes_of_any_size(variant):
    assert stream(variant, 10**8, 2**18, deadline_s=PATIENCE_S) >= 10**8


@pytest.mark.stress
@every_variant
def test_ten_gigabytes_of_any_size(variant):
    assert stream(variant, 10**10, 2**20, deadline_s=600) >= 10**10


@every_variant
def test_both_on_one_processor(variant):
    def both(cpu):
        os.sched_setaffinity(0, {cpu})
        return stream(variant, 10**7, 2**18, deadline_s=PATIENCE_S)

    assert workers.start(both, limits.cpus()[0], deadline_s=PATIENCE_S).result() >= 10**7


# Death


@every_variant
def test_what_a_dead_writer_sent_is_received_before_the_error(variant):
    def send_and_die(ring):
        for index in range(10):
            ring.send(b"%d" % index)
        ring.reserve(10)[:] = b"not to be "
        die()

    with variant.ends() as (writer, reader):
        worker = workers.start(send_and_die, writer, deadline_s=PATIENCE_S).join()
        assert [reader.receive(PATIENCE_S) for _ in range(10)] == [b"%d" % index for index in range(10)]
        for _ in range(2):
            with pytest.raises(ConnectionResetError, match=f"its writer, process {worker.pid}, died without closing"):
                reader.receive(PATIENCE_S)


@every_variant
def test_half_a_message_of_a_dead_writer_is_not_delivered(variant):
    def send_half_and_die(ring):
        with pytest.raises(TimeoutError):
            ring.send(b"x" * 10_000, timeout=0)
        die()

    with variant.ends() as (writer, reader):
        worker = workers.start(send_half_and_die, writer, deadline_s=PATIENCE_S).join()
        with pytest.raises(ConnectionResetError, match=f"process {worker.pid}"):
            reader.receive(PATIENCE_S)


@every_variant
def test_a_dead_reader_ends_a_send_that_waits(variant):
    def receive_and_die(ring):
        ring.receive(PATIENCE_S)
        die()

    with variant.ends() as (writer, reader):
        worker = workers.start(receive_and_die, reader, deadline_s=PATIENCE_S)
        writer.send(b"x")
        worker.join()
        with pytest.raises(ConnectionResetError, match=f"its reader, process {worker.pid}, died without closing"):
            for _ in range(1000):
                writer.send(b"x" * 100, PATIENCE_S)


def send_for_ever(ring, begun):
    messages = Messages(9, 3000)
    ring.send(messages.make())
    begun.release()
    while True:
        ring.send(messages.make())


def receive_for_ever(ring, begun):
    messages = Messages(9, 3000)
    messages.verify(ring.receive())
    begun.release()
    while True:
        messages.verify(ring.receive())


def kill_a_writer(variant, moments):
    """Kill it while it sends; how long the reader, once it has all, waits for the error."""
    with gate() as begun, variant.ends(2**14) as (writer, reader):
        worker = workers.start(send_for_ever, writer, begun, deadline_s=PATIENCE_S)
        begun.acquire(PATIENCE_S)
        messages = Messages(9, 3000)
        for _ in range(moments.randrange(300)):
            messages.verify(reader.receive(PATIENCE_S))
        worker.kill()
        while True:
            began = time.monotonic()
            try:
                messages.verify(reader.receive(PATIENCE_S))
            except ConnectionResetError:
                return time.monotonic() - began


def kill_a_reader(variant, moments):
    """Kill it while it receives; how long the writer of a full ring waits for the error."""
    with gate() as begun, variant.ends(2**14) as (writer, reader):
        worker = workers.start(receive_for_ever, reader, begun, deadline_s=PATIENCE_S)
        messages = Messages(9, 3000)
        writer.send(messages.make())
        begun.acquire(PATIENCE_S)
        for _ in range(moments.randrange(300)):
            writer.send(messages.make(), PATIENCE_S)
        worker.kill()
        while True:
            began = time.monotonic()
            try:
                writer.send(messages.make(), PATIENCE_S)
            except ConnectionResetError:
                return time.monotonic() - began


every_end = pytest.mark.parametrize("kill", [kill_a_writer, kill_a_reader])


@every_variant
@every_end
def test_killed_at_some_moments(variant, kill):
    moments = random.Random(str(variant))
    for _ in range(3):
        kill(variant, moments)


@pytest.mark.stress
@every_end
def test_killed_at_two_hundred_moments(kill):
    moments = random.Random(200)
    for variant in itertools.islice(itertools.cycle(VARIANTS), 200):
        assert kill(variant, moments) < NOTICED_S
