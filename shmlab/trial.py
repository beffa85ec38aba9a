"""One measurement of one transport: a fresh pair of processes, from which numbers come back.

First every message of a pass is compared byte by byte, and only then comes the clock: a warm-up, whose pace
says how many messages fill the time, then the pass that counts, with Python's garbage collector off.
A control pipe in each direction, which is not measured, keeps the two in step.
"""

import dataclasses
import gc
import itertools
import os
import resource
import struct
import time

import numpy

from shmlab.transports import TRANSPORTS

FEWEST_MESSAGES = 8
MOST_VERIFIED, VERIFIED_BYTES = 200, 2**22
_WARM_UP_SHARE = 0.2  # of the seconds that count
_STEP = struct.Struct("<q")
_REPORT = struct.Struct("<qqqq")


@dataclasses.dataclass(frozen=True)
class Plan:
    """What to measure. `messages`: how many; None to fill `seconds` with them. `cpus`: of writer and reader."""

    transport: str
    size_bytes: int
    seconds: float
    messages: int | None = None
    cpus: tuple[int, int] | None = None
    batch: int = 1
    touch: bool = False


@dataclasses.dataclass(frozen=True)
class Usage:
    """What a pass cost both sides: CPU seconds, context switches because of waiting, and by force."""

    cpu_s: float
    voluntary: int
    involuntary: int


@dataclasses.dataclass(frozen=True)
class Pass:
    """A pass that counts: from the first send to the last receive."""

    messages: int
    elapsed_s: float
    usage: Usage


class _Side:
    """One process of a trial: its end of the control pipes, and its verbs."""

    def __init__(self, plan, channels, control, cpu):
        self.plan, self.channels, self.control = plan, channels, control
        self.keeps_back = TRANSPORTS[plan.transport].keeps_back
        self.in_place = plan.touch and TRANSPORTS[plan.transport].zero_copy
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})

    def tell(self, *numbers):
        os.write(self.control[1], (_STEP if len(numbers) == 1 else _REPORT).pack(*numbers))

    def hear(self, form=_STEP):
        message = os.read(self.control[0], form.size)
        if not message:
            raise RuntimeError(f"{self.plan.transport}: the other process ended early")
        return form.unpack(message)

    def flush(self):
        if self.keeps_back:
            self.channels[0].flush()


def _pair(plan, channels, reader, writer):
    """Run `reader(side)` in a forked child and `writer(side)` here, then close and destroy everything."""
    forth, back = os.pipe(), os.pipe()
    child = os.fork()
    cpus = plan.cpus or (None, None)
    if child == 0:
        code = 1
        try:
            os.close(forth[1])
            os.close(back[0])
            reader(_Side(plan, channels, (forth[0], back[1]), cpus[1]))
            code = 0
        finally:
            os._exit(code)
    os.close(forth[0])
    os.close(back[1])
    try:
        return writer(_Side(plan, channels, (back[0], forth[1]), cpus[0]))
    finally:
        for channel in channels:
            channel.close()
        os.waitpid(child, 0)
        for channel in channels:
            channel.destroy()


def throughput(plan):
    """Measure one pass of messages one way; returns a Pass. Raises RuntimeError when one arrives changed."""
    channel = TRANSPORTS[plan.transport].create(plan.size_bytes)
    return _pair(plan, [channel], _receive_all, _send_all)


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
    while True:  # longer and longer, until the pace can be told
        took_s = _timed_pass(side, send, warm_up).elapsed_s
        if messages is not None or took_s >= plan.seconds * _WARM_UP_SHARE:
            break
        warm_up = min(4 * warm_up, _filling(warm_up, took_s, plan.seconds * _WARM_UP_SHARE * 1.2))
    if messages is None:
        messages = _filling(warm_up, took_s, plan.seconds)
    found = _timed_pass(side, send, messages)
    side.tell(0)
    return found


def _filling(count, took_s, seconds):
    """How many messages fill so many seconds, when `count` took `took_s`."""
    return max(FEWEST_MESSAGES, count + 1, int(count * seconds / max(took_s, 1e-9)))


def _timed_pass(side, send, messages):
    side.tell(messages)
    side.hear()  # the reader is at its start
    before, began = _usage(), time.monotonic_ns()
    send(messages)
    side.flush()
    after = _usage()
    ended, *theirs = side.hear(_REPORT)
    mine = (late - early for early, late in zip(before, after, strict=True))
    cpu_ns, voluntary, involuntary = (one + other for one, other in zip(mine, theirs, strict=True))
    return Pass(messages, (ended - began) / 1e9, Usage(cpu_ns / 1e9, voluntary, involuntary))


def _receive_all(side):
    plan, channel = side.plan, side.channels[0]
    right = all(
        channel.receive() == payload(index, plan.size_bytes) for index in range(verified_count(plan.size_bytes))
    )
    side.tell(int(right))
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
    """CPU time of this process, all its threads together, in ns, and its context switches. Source: getrusage(2)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.process_time_ns(), used.ru_nvcsw, used.ru_nivcsw


def _sender(side):
    """A function that sends so many messages, in the way that the plan asks for."""
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
    """A function that receives so many messages, in the way that the plan asks for."""
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
    """Read every byte, as whoever wants to know what a message says must."""
    words = numpy.frombuffer(view, numpy.uint64, len(view) // 8)
    return int(words.sum()) + sum(view[8 * len(words) :])


def verified_count(size_bytes):
    """How many messages are compared byte by byte before the clock runs."""
    return max(FEWEST_MESSAGES, min(MOST_VERIFIED, VERIFIED_BYTES // size_bytes))


def latency(plan):
    """Send a message there and back, again and again; returns the nanoseconds of each round trip, a list."""
    channels = [TRANSPORTS[plan.transport].create(plan.size_bytes) for _ in range(2)]
    return _pair(plan, channels, _echo, _ping)


def _ping(side):
    plan, (there, back) = side.plan, side.channels
    message = payload(0, plan.size_bytes)
    count, took_s, trips = FEWEST_MESSAGES, 0.0, []
    while not trips or took_s < plan.seconds * _WARM_UP_SHARE:
        side.tell(count)
        began = time.monotonic()
        trips = _round_trips(side, there, back, message, count)
        took_s = time.monotonic() - began
        count = min(8 * count, _filling(count, took_s, plan.seconds))
    count = plan.messages or count
    side.tell(count)
    gc.collect()
    gc.disable()
    trips = _round_trips(side, there, back, message, count)
    side.tell(0)
    return trips


def _round_trips(side, there, back, message, count):
    send, receive, flush, clock = there.send, back.receive, side.flush, time.perf_counter_ns
    trips = [0] * count
    for index in range(count):
        began = clock()
        send(message)
        if side.keeps_back:
            flush()
        heard = receive()
        trips[index] = clock() - began
    if heard != message:
        raise RuntimeError(f"{side.plan.transport}: a message came back changed")
    return trips


def _echo(side):
    there, back = side.channels
    receive, send = there.receive, back.send
    while count := side.hear()[0]:
        gc.disable()
        for _ in itertools.repeat(None, count):
            send(receive())
            if side.keeps_back:
                back.flush()


def payload(index, size_bytes):
    """Message number `index`: no two of them alike, no two neighbouring 8-byte words alike."""
    places = range(min(512, size_bytes // 8 + 1))
    words = (((index + 1) * 0x9E3779B97F4A7C15 + place * 0x2545F4914F6CDD1D) % 2**64 for place in places)
    block = b"".join(word.to_bytes(8, "little") for word in words)
    return (block * (size_bytes // len(block) + 1))[:size_bytes]
