"""An allocator in shared memory: blocks of any size, each named by its offset.

The memory is a row of blocks, one behind the other. Each begins with a word that holds its size, odd while the block
is used; a free block's second word holds the offset of the next free one, so that the free list needs no memory of its
own. The first free block that is large enough is taken, and split where it is larger (first fit); a block that is freed
is merged with free neighbours. Source: Knuth, The Art of Computer Programming 1, section 2.5.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from shmlab.base.table import Table, Tabled
from shmlab.ipc.limits import in_words

_WORD = 8
_HEAD = 16  # bytes before the first block: the first free block's offset, and the size of the whole
_SMALLEST = 32  # bytes of a block: its size, its link, and room for something


class Heap:
    """Blocks in `memory`, a writable memoryview of bytes that begins at a multiple of 8, from `start` bytes on.

    It has no lock: whoever shares it holds one while calling `allocate`, `free` or `map`. `classes`: block sizes in
    bytes; a request is rounded up to the next one, or left as it is above the largest.

    >>> heap = Heap.create(memoryview(bytearray(1024)))
    >>> one, other = heap.allocate(100), heap.allocate(200)
    >>> heap.free(one)
    >>> [(block.size_bytes, block.used) for block in heap.map().blocks]
    [(128, False), (224, True), (656, False)]
    """

    def __init__(self, memory: memoryview, start: int = 0, *, classes: tuple[int, ...] = ()) -> None:
        self._words = memory[start : len(memory) // _WORD * _WORD].cast("q")
        self._start, self._classes = start, tuple(sorted(classes))

    @classmethod
    def create(cls, memory: memoryview, start: int = 0, *, classes: tuple[int, ...] = ()) -> Heap:
        """Make one free block of the whole memory, and return the Heap. Raises ValueError where it is too small."""
        heap = cls(memory, start, classes=classes)
        heap.clear()
        return heap

    def clear(self) -> None:
        """Make one free block of the whole memory, whatever was in it."""
        size = len(self._words) * _WORD
        if size < _HEAD + _SMALLEST:
            raise ValueError(f"a heap of {size} bytes has no room for a block: give {_HEAD + _SMALLEST} or more")
        self._words[0], self._words[1] = _HEAD, size
        self._store(_HEAD, size - _HEAD, 0)

    def allocate(self, size_bytes: int) -> int:
        """Return the offset, in `memory`, of `size_bytes` bytes that nobody else has.

        Raises ValueError for fewer than 1, MemoryError where no free block is large enough.
        """
        offset = self.try_allocate(size_bytes)
        if offset:
            return offset
        state = self.map()
        raise MemoryError(
            f"no free block holds {size_bytes:,} bytes: {state.free_bytes:,} bytes are free, in {state.holes} "
            f"{'piece' if state.holes == 1 else 'pieces'}, the largest of {state.largest_bytes:,}"
        )

    def try_allocate(self, size_bytes: int) -> int:
        """Return what `allocate` returns, and 0, which is no block's offset, where that raises MemoryError."""
        if size_bytes < 1:
            raise ValueError(f"{size_bytes} bytes: ask for 1 byte or more")
        rounded = next((one for one in self._classes if one >= size_bytes), size_bytes)
        wanted = max(_SMALLEST, -(-rounded // 16) * 16 + 16)
        before, block = 0, self._words[0]
        while block and self._words[block // _WORD] < wanted:
            before, block = block, self._words[block // _WORD + 1]
        if not block:
            return 0
        self._take(before, block, wanted)
        return self._start + block + 16

    def _take(self, before: int, block: int, wanted: int) -> None:
        size, following = self._words[block // _WORD], self._words[block // _WORD + 1]
        if size - wanted >= _SMALLEST:  # split: the rest stays in the list
            self._store(block + wanted, size - wanted, following)
            size, following = wanted, block + wanted
        self._link(before, following)
        self._words[block // _WORD] = size + 1

    def free(self, offset: int) -> None:
        """Give back what `allocate` returned. Raises ValueError where no used block begins, as far as its word says."""
        block = offset - self._start - 16
        if block % 16 or not _HEAD <= block < self._words[1] or not self._words[block // _WORD] & 1:
            raise ValueError(f"free({offset}): no used block begins there; free what allocate returned, and once")
        size = self._words[block // _WORD] = self._words[block // _WORD] - 1
        before, following = 0, self._words[0]
        while following and following < block:  # the list is in the order of offsets
            before, following = following, self._words[following // _WORD + 1]
        if following == block + size:  # merge with the block behind
            size += self._words[following // _WORD]
            following = self._words[following // _WORD + 1]
        if before and before + self._words[before // _WORD] == block:  # and with the one in front
            self._store(before, self._words[before // _WORD] + size, following)
        else:
            self._store(block, size, following)
            self._link(before, block)

    def map(self) -> HeapMap:
        """Return what the memory looks like now, a HeapMap: plot draws it."""
        return HeapMap(tuple(self._blocks()))

    def close(self) -> None:
        """Drop the view of the memory, so that the segment can be closed."""
        self._words.release()

    def _blocks(self) -> Iterator[Block]:
        block, end = _HEAD, self._words[1]
        while block < end:
            word = self._words[block // _WORD]
            yield Block(self._start + block + 16, word & ~1, bool(word & 1))
            block += word & ~1

    def _store(self, block: int, size: int, following: int) -> None:
        self._words[block // _WORD], self._words[block // _WORD + 1] = size, following

    def _link(self, before: int, block: int) -> None:
        self._words[before // _WORD + 1 if before else 0] = block


@dataclasses.dataclass(frozen=True)
class Block:
    """A block. `offset`: where its content begins. `size_bytes`: with the 16 bytes before that."""

    offset: int
    size_bytes: int
    used: bool


@dataclasses.dataclass(frozen=True, repr=False)
class HeapMap(Tabled):
    """All blocks of a heap, in the order of their offsets."""

    blocks: tuple[Block, ...]

    @property
    def free_bytes(self) -> int:
        """The number of free bytes, in all pieces together."""
        return sum(block.size_bytes for block in self.blocks if not block.used)

    @property
    def largest_bytes(self) -> int:
        """The size of the largest free block, or 0."""
        return max((block.size_bytes for block in self.blocks if not block.used), default=0)

    @property
    def holes(self) -> int:
        """The number of free blocks."""
        return sum(not block.used for block in self.blocks)

    def table(self) -> Table:
        """Return a Table with a row for each run of equal blocks."""
        runs: list[list[Block]] = []
        for block in self.blocks:
            last = runs[-1][0] if runs else None
            if last and (last.used, last.size_bytes) == (block.used, block.size_bytes):
                runs[-1].append(block)
            else:
                runs.append([block])
        rows = tuple(
            (str(run[0].offset), str(len(run)), f"{run[0].size_bytes:,}", "used" if run[0].used else "free")
            for run in runs
        )
        note = f"free: {in_words(self.free_bytes)} in {self.holes} pieces, the largest {in_words(self.largest_bytes)}"
        return Table("", ("offset", "blocks", "bytes each", "state"), rows, note)
