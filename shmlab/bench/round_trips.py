"""One measurement of latency: a message goes there and back, again and again, in a fresh pair of processes."""

import gc
import itertools
import time

from shmlab.bench import pair
from shmlab.bench.pair import FEWEST_MESSAGES, WARM_UP_SHARE, count_to_fill, payload
from shmlab.transports import TRANSPORTS


def latency(plan):
    """Send a message there and back, again and again; return a list with the nanoseconds of each round trip."""
    channels = [TRANSPORTS[plan.transport].create(plan.size_bytes) for _ in range(2)]
    return pair.run(plan, channels, _echo, _ping)


def _ping(side):
    plan, (there, back) = side.plan, side.channels
    message = payload(0, plan.size_bytes)
    count, took_s, trips = FEWEST_MESSAGES, 0.0, []
    while not trips or took_s < plan.seconds * WARM_UP_SHARE:
        side.tell(count)
        began = time.monotonic()
        trips = _round_trips(side, there, back, message, count)
        took_s = time.monotonic() - began
        count = min(8 * count, count_to_fill(count, took_s, plan.seconds))
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
