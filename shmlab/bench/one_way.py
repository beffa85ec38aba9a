"""One measurement of throughput, in a fresh pair of processes.

The first pass is not timed: it compares messages byte by byte. Then follow warm-up passes, whose speed decides how
many messages fill the time, and the pass that counts, with Python's garbage collector off.
"""

import dataclasses
import gc
import itertools
import resource
import time

import numpy

from shmlab.bench import pair
from shmlab.bench.pair import FEWEST_MESSAGES, REPORT, WARM_UP_SHARE, count_to_fill, payload
from shmlab.transports import TRANSPORTS

MOST_VERIFIED, VERIFIED_BYTES = 200, 2**22


@dataclasses.dataclass(frozen=True)
class Usage:
    """The cost of a pass for both sides together: CPU seconds, voluntary and involuntary context switches."""

    cpu_s: float
    voluntary: int
    involuntary: int


@dataclasses.dataclass(frozen=True)
class Pass:
    """A timed pass. `elapsed_s`: from the first send to the last receive."""

    messages: int
    elapsed_s: float
    usage: Usage


def throughput(plan):
    """Measure one pass of messages in one direction; return a Pass. Raises RuntimeError if one arrives changed."""
    channel = TRANSPORTS[plan.transport].create(plan.size_bytes, in_place=plan.touch)
    return pair.run(plan, [channel], _receive_all, _send_all)


def _send_all(side):
    plan, channel = side.plan, side.channels[0]
    for index in range(verified_count(plan.size_bytes)):
        channel.send(payload(index, plan.size_bytes))
    side.flush()
    if not side.hear()[0]:
        raise RuntimeError(f"{plan.transport}: a message arrived changed")
    send = _sender(side)
    messages = plan.messages
    warm_up, took_s = FEWEST_MESSAGES, 0.0
    while True:  # longer and longer passes, until one is long enough to know the speed
        took_s = _timed_pass(side, send, warm_up).elapsed_s
        if messages is not None or took_s >= plan.seconds * WARM_UP_SHARE:
            break
        warm_up = min(4 * warm_up, count_to_fill(warm_up, took_s, plan.seconds * WARM_UP_SHARE * 1.2))
    if messages is None:
        messages = count_to_fill(warm_up, took_s, plan.seconds)
    counted = _timed_pass(side, send, messages)
    side.tell(0)
    return counted


def _timed_pass(side, send, messages):
    side.tell(messages)
    side.hear()  # the reader is ready
    before, began = _usage(), time.monotonic_ns()
    send(messages)
    side.flush()
    after = _usage()
    ended, *theirs = side.hear(REPORT)
    mine = (late - early for early, late in zip(before, after, strict=True))
    cpu_ns, voluntary, involuntary = (one + other for one, other in zip(mine, theirs, strict=True))
    return Pass(messages, (ended - began) / 1e9, Usage(cpu_ns / 1e9, voluntary, involuntary))


def _receive_all(side):
    plan, channel = side.plan, side.channels[0]
    count = verified_count(plan.size_bytes)
    # No early stop at a wrong message: the writer sends all of them.
    right = sum(channel.receive() == payload(index, plan.size_bytes) for index in range(count))
    side.tell(int(right == count))
    receive = _receiver(side)
    while messages := side.hear()[0]:
        gc.collect()
        gc.disable()
        before = _usage()
        side.tell(1)
        receive(messages)
        ended, after = time.monotonic_ns(), _usage()
        side.tell(ended, *(late - early for early, late in zip(before, after, strict=True)))


def _usage():
    """Return this process's CPU ns of all threads, voluntary and involuntary context switches. Source: getrusage(2)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.process_time_ns(), used.ru_nvcsw, used.ru_nivcsw


def _sender(side):
    """Return a function that sends a given number of messages, in the way that the plan asks for."""
    channel, plan = side.channels[0], side.plan
    message = payload(0, plan.size_bytes)
    if side.in_place:
        reserve, commit = channel.reserve, channel.commit

        def send_all(count):
            for _ in itertools.repeat(None, count):
                reserve(plan.size_bytes)[:] = message
                commit()

    elif plan.batch > 1:
        send_many, whole = channel.send_many, [message] * plan.batch

        def send_all(count):
            for _ in itertools.repeat(None, count // plan.batch):
                send_many(whole)
            send_many(whole[: count % plan.batch])

    else:
        send = channel.send

        def send_all(count):
            for _ in itertools.repeat(None, count):
                send(message)

    return send_all


def _receiver(side):
    """Return a function that receives a given number of messages, in the way that the plan asks for."""
    channel, plan = side.channels[0], side.plan
    if side.in_place:
        peek, release = channel.peek, channel.release

        def receive_all(count):
            for _ in itertools.repeat(None, count):
                _touch(peek())
                release()

    elif plan.batch > 1:
        receive_many, batch = channel.receive_many, plan.batch

        def receive_all(count):
            while count:
                count -= len(receive_many(min(batch, count)))

    else:
        receive = channel.receive

        def receive_all(count):
            for _ in itertools.repeat(None, count):
                receive()

        def receive_and_touch(count):
            for _ in itertools.repeat(None, count):
                _touch(receive())

        if plan.touch:
            return receive_and_touch
    return receive_all


def _touch(view):
    """Read every byte, as a receiver that uses the message does."""
    words = numpy.frombuffer(view, numpy.uint64, len(view) // 8)
    return int(words.sum()) + sum(view[8 * len(words) :])


def verified_count(size_bytes):
    """Return how many messages are compared byte by byte before the clock starts."""
    return max(FEWEST_MESSAGES, min(MOST_VERIFIED, VERIFIED_BYTES // size_bytes))
