"""The allocator: no byte has two owners, neighbours are merged, and nothing is lost, whatever the order."""

import itertools
import random

import pytest

from shmlab.cache import Heap, churn
from shmlab.show.plotting import plot


def memory(size_bytes=4096):
    return memoryview(bytearray(size_bytes))


@pytest.mark.parametrize("classes", [(), (64, 256)])
@pytest.mark.parametrize("seed", range(4))
def test_no_byte_has_two_owners_and_none_is_lost(seed, classes):
    draw, held, raw = random.Random(seed), {}, memory()
    heap = Heap.create(raw, 40, classes=classes)
    for number in range(1500):
        if draw.random() < 0.55:
            size = draw.randint(1, 400)
            if offset := heap.try_allocate(size):
                assert all(offset + size <= other or other + length <= offset for other, (length, _) in held.items())
                held[offset] = size, number % 256
                raw[offset : offset + size] = bytes([number % 256]) * size
        elif held:
            offset = draw.choice(list(held))
            size, content = held.pop(offset)
            assert raw[offset : offset + size] == bytes([content]) * size
            heap.free(offset)
        blocks = heap.map().blocks
        assert {block.offset for block in blocks if block.used} == held.keys()
        assert all(one.used or other.used for one, other in itertools.pairwise(blocks))
    for offset in held:
        heap.free(offset)
    assert [(block.used, block.size_bytes) for block in heap.map().blocks] == [(False, 4096 - 40 - 16)]


def test_a_second_process_sees_the_same_blocks():
    raw = memory()
    offset = Heap.create(raw).allocate(100)
    Heap(raw).free(offset)
    assert Heap(raw).map().holes == 1


def test_a_refusal_says_what_there_is():
    heap = Heap.create(memory(1024))
    with pytest.raises(
        MemoryError, match="no free block holds 2,000 bytes: 1,008 bytes are free, in 1 piece, the largest"
    ):
        heap.allocate(2000)
    assert heap.try_allocate(2000) == 0


@pytest.mark.parametrize("offset", [0, 33, 32 + 16, 4096, -16])
def test_what_was_not_allocated_cannot_be_freed(offset):
    heap = Heap.create(memory())
    heap.allocate(100)
    with pytest.raises(ValueError, match="no used block begins there"):
        heap.free(offset)


def test_a_block_is_freed_once():
    heap = Heap.create(memory())
    one, _ = heap.allocate(100), heap.allocate(100)
    heap.free(one)
    with pytest.raises(ValueError, match="and once"):
        heap.free(one)


@pytest.mark.parametrize("size", [0, -1])
def test_a_block_has_a_byte_at_least(size):
    with pytest.raises(ValueError, match="1 byte or more"):
        Heap.create(memory()).allocate(size)


def test_a_memory_may_be_too_small():
    with pytest.raises(ValueError, match="no room for a block"):
        Heap.create(memory(40))


def test_fewer_classes_waste_more_inside_and_leave_fewer_pieces():
    exact, many, few = churn((), (64, 128, 256, 512, 1024, 2048), (256, 2048)).runs
    assert exact.asked_bytes / exact.used_bytes > many.asked_bytes / many.used_bytes > few.asked_bytes / few.used_bytes
    assert exact.end.holes > many.end.holes > few.end.holes


def test_a_heap_and_several_heaps_are_drawn_with_the_table_as_text():
    heap = Heap.create(memory())
    heap.allocate(100)
    assert plot(heap.map()).get_label() == str(heap.map().table())
    churns = churn((), (256, 2048))
    assert len(plot(churns).axes) == 2
    assert plot(churns).get_label() == str(churns.table())
