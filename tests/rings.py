"""Helpers for the tests of the ring: every kind of ring, both its ends, and messages that can be verified whole."""

import contextlib
import dataclasses
import random

from shmlab import primitives
from shmlab.transports.ring.ring import Ring


@dataclasses.dataclass(frozen=True)
class Variant:
    """A kind of ring: how it waits, and which of its ends are in C."""

    waiting: str
    writer_native: bool
    reader_native: bool

    def __str__(self):
        ends = ["native" if native else "pure" for native in (self.writer_native, self.reader_native)]
        return f"{self.waiting} {' to '.join(dict.fromkeys(ends))}"

    @contextlib.contextmanager
    def ends(self, capacity_bytes=4096):
        """Yield (writer, reader) of one ring, both in this process; the writer created it."""
        with (
            Ring.create(capacity_bytes=capacity_bytes, waiting=self.waiting, native=self.writer_native) as writer,
            Ring.attach(writer.name, native=self.reader_native) as reader,
        ):
            yield writer, reader


def _variants():
    found = [Variant(waiting, False, False) for waiting in ("posix", "sysv")]
    if primitives.native_atomics():
        found += [Variant(waiting, True, True) for waiting in ("futex", "spin", "posix", "sysv")]
        found += [Variant("posix", True, False), Variant("posix", False, True)]
        found += [Variant("sysv", True, False), Variant("sysv", False, True)]
    return found


VARIANTS = _variants()

BLOCK = random.Random("ring").randbytes(1 << 22)


class Messages:
    """The same sequence of messages on both sides: slices of one random block, of random sizes.

    `verify` compares every byte, in place, without a copy.
    """

    def __init__(self, seed, most_bytes=200_000):
        self._random = random.Random(seed)
        self._most = most_bytes

    def _next(self):
        size = min(self._most, int(2 ** self._random.uniform(0, self._most.bit_length())))
        return self._random.randrange(len(BLOCK) - size), size

    def make(self):
        start, size = self._next()
        return memoryview(BLOCK)[start : start + size]

    def verify(self, message):
        """Raise AssertionError unless this is the next message, whole."""
        start, size = self._next()
        assert len(message) == size, f"a message of {size} bytes came as {len(message)}"
        assert BLOCK.startswith(message, start), f"a message of {size} bytes was changed"
