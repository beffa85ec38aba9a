"""A cache that many processes use: keys and values lie in one segment, and each key is loaded once.

The segment holds, one behind the other: a mutex for all that follows, a mutex for each stripe of keys, counters, the
first block of each chain, and a heap. A block holds one key and its value, and the offset of the next block of its
chain. Where the heap is full, a hand goes round the chains and evicts what was not used since it came by (CLOCK).
A process that dies with the mutex may leave a chain half changed: the next one empties the cache, which may forget.
Source of CLOCK: Corbató, "A paging experiment with the Multics system", 1968.
"""

from __future__ import annotations

import contextlib
import hashlib
import typing
from collections.abc import Callable, Iterator
from typing import Any, Self

from shmlab.base.interrupts import Delay
from shmlab.cache.heap import Heap, HeapMap
from shmlab.ipc import Mutex, OwnerDied, PosixSegment, Segment
from shmlab.ipc.slot import SLICE_S

STRIPES = 16  # keys of different stripes can be loaded at the same time
_CHAINS = 1024
_TRIES = 16  # before a process sleeps: the lock is held for some microseconds, and a wake-up takes more (lesson 09)
_MUTEXES = 64 * (1 + STRIPES)
_COUNTERS = _MUTEXES // 8  # the words of the segment in which the counters begin
_NAMES = ("hits", "misses", "loads", "evictions", "entries")
_HAND = _COUNTERS + len(_NAMES)
_FIRST = _MUTEXES + 64  # bytes before the chains
_NEXT, _HASH, _KEY, _VALUE, _USED, _CONTENT = range(6)  # the words of a block


class SharedCache:
    """A cache of bytes in `segment`, for every process that has mapped it. `creator`: whether it is made there
    now, and is unlinked when this object is closed.

    >>> with SharedCache.create(100_000) as cache:
    ...     cache.get_or_load("a", lambda key: b"from far away")
    ...     cache.get("a")
    b'from far away'
    b'from far away'
    """

    def __init__(self, segment: Segment, *, creator: bool = False) -> None:
        self._segment: Any = segment  # None once it is closed
        self._creator = creator
        self._memory = segment.buffer
        self._words = self._memory[: len(self._memory) // 8 * 8].cast("q")
        start = _FIRST + 8 * _CHAINS
        if creator:
            mutexes = [Mutex.create(segment, 64 * number) for number in range(1 + STRIPES)]
        else:
            mutexes = [Mutex.open(segment, 64 * number) for number in range(1 + STRIPES)]
        self._lock, *self._stripes = mutexes
        self._heap = (Heap.create if creator else Heap)(self._memory, start)

    @classmethod
    def create(cls, size_bytes: int) -> Self:
        """Create a cache in a new segment of `size_bytes` bytes. Raises what PosixSegment.create raises."""
        return cls(PosixSegment.create(None, size_bytes), creator=True)

    def get(self, key: str) -> bytes | None:
        """Return a copy of the value of `key`; None where it is not there."""
        name, number = _named(key)
        with self._locked():
            block = self._find(name, number)[1]
            self._words[_COUNTERS + (0 if block else 1)] += 1
            if not block:
                return None
            word = block // 8
            self._words[word + _USED] = 1
            begins = block + 8 * _CONTENT + len(name)
            return bytes(self._memory[begins : begins + self._words[word + _VALUE]])

    def put(self, key: str, value: bytes) -> None:
        """Store the value of `key`; evict others where there is no room. Raises MemoryError for one that never fits."""
        name, number = _named(key)
        with self._locked():
            self._drop(*self._find(name, number))
            block = self._room(8 * _CONTENT + len(name) + len(value))
            chain = self._chain(number)
            fields = self._words[chain], number, len(name), len(value), 1
            for place, field in enumerate(fields):
                self._words[block // 8 + place] = field
            self._memory[block + 8 * _CONTENT :][: len(name) + len(value)] = name + value
            self._words[chain] = block  # the last step: now it can be found
            self._words[_COUNTERS + _NAMES.index("entries")] += 1

    def get_or_load(self, key: str, load: Callable[[str], bytes]) -> bytes:
        """Return the value of `key`. Where it is not there, one process calls `load(key)` and stores what it returns;
        others that ask for it meanwhile wait for that, and so do those who ask for a key of the same stripe."""
        value = self.get(key)
        if value is not None:
            return value
        with _Section(self._stripes[_named(key)[1] % STRIPES]) as section:
            value = self.get(key)  # another process may have loaded it while this one waited
            if value is None:
                value = section.interruptible(load, key)
                self.put(key, value)
                with self._locked():
                    self._words[_COUNTERS + _NAMES.index("loads")] += 1
            return value

    def statistics(self) -> Statistics:
        """Return the counters as they are, without the lock: each is right, and they may be of different moments."""
        return Statistics(*self._words[_COUNTERS:_HAND].tolist())

    def heap_map(self) -> HeapMap:
        """Return what the heap looks like now, a HeapMap."""
        with self._locked():
            return self._heap.map()

    def clear(self) -> None:
        """Forget all keys. The counters stay."""
        with self._locked():
            self._empty()

    def close(self) -> None:
        """Unmap the segment from this process; its creator also unlinks it. A second call does nothing. Raises
        RuntimeError while this process loads a key."""
        if self._segment is None:
            return
        if any(mutex.held() for mutex in self._stripes):
            raise RuntimeError("this process loads a key of the cache now: close the cache after that")
        for mutex in (self._lock, *self._stripes):
            mutex.close()
        self._heap.close()
        self._words.release()
        self._memory.release()
        self._segment.close()
        if self._creator:
            self._segment.destroy()
        self._segment = None

    def _locked(self) -> Any:
        return _Section(self._lock, self._empty)

    def _empty(self) -> None:
        self._words[_FIRST // 8 : _FIRST // 8 + _CHAINS] = memoryview(bytes(8 * _CHAINS)).cast("q")
        self._words[_COUNTERS + _NAMES.index("entries")] = 0
        self._heap.clear()

    def _chain(self, number: int) -> int:
        return _FIRST // 8 + number % _CHAINS

    def _find(self, name: bytes, number: int) -> tuple[int, int]:
        """Return (the word that holds the offset of the block of a key, that offset); an offset of 0: not there."""
        link = self._chain(number)
        while block := self._words[link]:
            word, begins = block // 8, block + 8 * _CONTENT
            if self._words[word + _HASH] == number and self._memory[begins : begins + len(name)] == name:
                break
            link = word + _NEXT
        return link, block

    def _drop(self, link: int, block: int) -> None:
        if block:
            self._words[link] = self._words[block // 8 + _NEXT]
            self._heap.free(block)
            self._words[_COUNTERS + _NAMES.index("entries")] -= 1

    def _room(self, size_bytes: int) -> int:
        """Return the offset of a new block, and evict others until there is room. Raise MemoryError for too large a
        block."""
        for link, block in self._evictable():
            if offset := self._heap.try_allocate(size_bytes):
                return offset
            self._drop(link, block)
            self._words[_COUNTERS + _NAMES.index("evictions")] += 1
        return self._heap.allocate(size_bytes)

    def _evictable(self) -> Iterator[tuple[int, int]]:
        """Yield (link, block) of each block that was not used since the hand came by last, until there is none."""
        while self._words[_COUNTERS + _NAMES.index("entries")]:
            link = _FIRST // 8 + self._words[_HAND] % _CHAINS
            while block := self._words[link]:
                if self._words[block // 8 + _USED]:
                    self._words[block // 8 + _USED] = 0
                else:
                    yield link, block
                if self._words[link] == block:
                    link = block // 8 + _NEXT
            self._words[_HAND] += 1

    def __reduce__(self) -> tuple[Any, ...]:
        return SharedCache, (self._segment,)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Statistics(typing.NamedTuple):
    """The counters of a cache since it was made; `entries`: how many keys are in it now."""

    hits: int
    misses: int
    loads: int
    evictions: int
    entries: int


class _Section:
    """Hold a mutex, and let no interrupt end the section half-way. Where the owner before has died, call `repair`
    first."""

    def __init__(self, mutex: Mutex, repair: Callable[[], None] = lambda: None) -> None:
        self._mutex, self._repair = mutex, repair

    def __enter__(self) -> Self:
        self._delay = Delay()
        try:
            self._enter()
        except OwnerDied:
            self._repair()
            self._mutex.consistent()
        except BaseException:
            self._delay.end()
            raise
        return self

    def _enter(self) -> None:
        tries = 0
        while not self._mutex.try_acquire():
            tries += 1
            if tries >= _TRIES:
                with contextlib.suppress(TimeoutError):
                    self._mutex.acquire(SLICE_S)
                    return
            if self._delay.came:
                self._delay.end()
                self._delay = Delay()

    def __exit__(self, *_: object) -> None:
        self._mutex.release()
        self._delay.end()

    def interruptible(self, function: Callable[[str], bytes], key: str) -> bytes:
        """Return `function(key)`, and let interrupts come meanwhile."""
        self._delay.end()
        try:
            return function(key)
        finally:
            self._delay = Delay()


def _named(key: str) -> tuple[bytes, int]:
    """Return a key as bytes and as a number that is the same in every process (Python's own hash is not)."""
    name = key.encode()
    return name, int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little", signed=True)
