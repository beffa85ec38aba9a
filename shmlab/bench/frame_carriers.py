"""Carry frames through three processes, camera, filter and screen, in the ways that a user may pick; take the time.

One frame is on its way at a time. Its time begins when the camera has drawn it, and ends when the screen has read each
byte of it. The filter does the same in each way: it inverts the picture. Source: multiprocessing's documentation.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from shmlab.base.table import Table, Tabled
from shmlab.ipc import Segment, Semaphore
from shmlab.processes.workers import start

CARRIERS = ("shared memory", "pipe", "multiprocessing.Queue")
_WARM_UP = 3


@dataclasses.dataclass(frozen=True, repr=False)
class CarrierTimes(Tabled):
    """Hold how long frames took. `times_us`: {(carrier, shape): for each round the median of its frames, in
    microseconds}."""

    times_us: dict[tuple[str, tuple[int, ...]], tuple[float, ...]]

    def ratio(self, carrier: str, shape: tuple[int, ...]) -> float:
        """Return how many times as long a frame took as in shared memory, by the medians of the rounds."""
        medians = {name: statistics.median(self.times_us[name, shape]) for name in (carrier, CARRIERS[0])}
        return medians[carrier] / medians[CARRIERS[0]]

    def table(self) -> Table:
        """Return a Table with a row for each shape and carrier: microseconds for a frame, and the ratio."""
        rows = [
            (
                " × ".join(map(str, shape)),
                carrier,
                f"{statistics.median(times):,.0f}",
                f"{min(times):,.0f} to {max(times):,.0f}",
                f"{self.ratio(carrier, shape):.1f} ×",
            )
            for (carrier, shape), times in self.times_us.items()
        ]
        rounds = len(next(iter(self.times_us.values())))
        headings = ("frame, bytes", "carried by", "µs", "lowest to highest round", "beside shared memory")
        return Table("From camera to screen, one frame at a time", headings, tuple(rows),
                     f"median of {rounds} rounds, interleaved; in each the median of its frames")  # fmt: skip


def compare_carriers(
    shapes: Sequence[tuple[int, ...]] = ((120, 160), (480, 640, 3)),
    *,
    rounds: int = 5,
    frames: int = 20,
) -> CarrierTimes:
    """Send frames of each shape through three processes, by each carrier in turn; return CarrierTimes.

    `frames`: in each round, after three that do not count. The screen compares each frame with what it should be.
    Raises ValueError for less than one round or frame, RuntimeError where a frame arrives damaged.
    """
    if rounds < 1 or frames < 1:
        raise ValueError(f"rounds is {rounds}, frames is {frames}: give 1 or more of each")
    pairs = [(carrier, tuple(shape)) for shape in shapes for carrier in CARRIERS]
    return CarrierTimes(start(_all_rounds, pairs, rounds, frames).result())


def _all_rounds(pairs: list[Any], rounds: int, frames: int) -> dict[Any, tuple[float, ...]]:
    """Run in a fresh process; return {(carrier, shape): for each round the median in microseconds}."""
    found = collections.defaultdict(list)
    for _ in range(rounds):
        for carrier, shape in pairs:
            times_ns = _round(carrier, shape, frames + _WARM_UP)
            found[carrier, shape].append(statistics.median(times_ns[_WARM_UP:]) / 1000)
    return {pair: tuple(times) for pair, times in found.items()}


def _round(carrier: str, shape: tuple[int, ...], frames: int) -> list[int]:
    """Be the camera: fork the filter and the screen; return the time of each frame in ns."""
    by_memory = carrier == CARRIERS[0]
    return _through_memory(shape, frames) if by_memory else _through_messages(carrier, shape, frames)


def _through_memory(shape: tuple[int, ...], frames: int) -> list[int]:
    """Each stage has a slot of the segment; a semaphore says that it is filled."""
    size = int(np.prod(shape))
    with Segment.create(2 * size) as segment, contextlib.ExitStack() as at_the_end:
        segment.prefault()
        taken, filtered = (Semaphore.create(0) for _ in range(2))
        for semaphore in (taken, filtered):
            at_the_end.callback(semaphore.destroy)

        def pictures() -> list[Any]:
            return [np.frombuffer(segment.buffer, np.uint8, size, place * size).reshape(shape) for place in (0, 1)]

        def screen_receives() -> Any:
            filtered.acquire()
            return pictures()[1]

        def filter_all() -> None:
            raw, clean = pictures()
            for _ in range(frames):
                taken.acquire()
                np.invert(raw, out=clean)
                filtered.release()

        def camera_draws(number: int) -> Any:
            picture = pictures()[0]
            picture[...] = number
            return picture

        return _timed(frames, filter_all, screen_receives, camera_draws, lambda picture: taken.release())


def _through_messages(carrier: str, shape: tuple[int, ...], frames: int) -> list[int]:
    """The frame is a message: from the camera to the filter, and from the filter to the screen."""
    links = [_link(carrier, shape) for _ in range(2)]
    (send_raw, receive_raw), (send_clean, receive_clean) = links

    def filter_all() -> None:
        for _ in range(frames):
            send_clean(np.invert(receive_raw()))

    def camera_draws(number: int) -> Any:
        return np.full(shape, number, np.uint8)

    return _timed(frames, filter_all, receive_clean, camera_draws, send_raw)


def _link(carrier: str, shape: tuple[int, ...]) -> tuple[Callable[[Any], object], Callable[[], Any]]:
    """Return (send, receive) of a carrier of messages."""
    context = multiprocessing.get_context("fork")
    if carrier == "multiprocessing.Queue":
        queue = context.Queue()
        return queue.put, queue.get
    if carrier != "pipe":
        raise ValueError(f"carrier is {carrier!r}: choose one of {', '.join(CARRIERS)}")
    reader, writer = context.Pipe(duplex=False)
    own = np.empty(int(np.prod(shape)), np.uint8)

    def receive() -> Any:
        reader.recv_bytes_into(own)
        return own.reshape(shape)

    return lambda picture: writer.send_bytes(picture.reshape(-1)), receive


def _timed(
    frames: int,
    filter_all: Callable[[], None],
    screen_receives: Callable[[], Any],
    camera_draws: Callable[[int], Any],
    camera_sends: Callable[[Any], object],
) -> list[int]:
    """Fork filter and screen, be the camera, and return what the screen measured."""
    context = multiprocessing.get_context("fork")
    answers, answer = context.Pipe(duplex=False)

    def screen() -> None:
        for number in range(frames):
            picture = screen_receives()
            right = bool((picture == 255 - number % 200).all())  # reads each byte
            answer.send((time.perf_counter_ns(), right))

    others = [context.Process(target=target, daemon=True) for target in (filter_all, screen)]
    for other in others:
        other.start()
    times_ns = []
    for number in range(frames):
        picture = camera_draws(number % 200)
        began = time.perf_counter_ns()
        camera_sends(picture)
        ended, right = answers.recv()
        if not right:
            raise RuntimeError(f"frame {number} did not arrive as it was sent")
        times_ns.append(ended - began)
    for other in others:
        other.join()
    return times_ns
