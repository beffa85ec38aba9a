"""A pool that a learner wrote, on a real file; and the ways that it is timed beside."""

import ctypes

import pytest

from shmlab.bench import page_access
from shmlab.bench.page_access import FILE, POOL, SQLITE, PageAccess
from shmlab.bench.page_file import EMPTY, Page, PageFile, fill, on_a_file
from shmlab.bench.page_hit import page_hit


class Frame(ctypes.Structure):
    _fields_ = (("page", ctypes.c_int64), ("dirty", ctypes.c_int64))


class Pool(ctypes.Structure):
    """As many frames as pages: nothing is ever evicted."""

    _fields_ = (("frames", Frame * 64), ("data", Page * 64))


def fetch(pool, page, disk, latch):
    with latch:
        if pool.frames[page].page == EMPTY:
            pool.data[page] = disk[page]
            pool.frames[page].page = page
    return page


def unpin(pool, number, latch, dirty=0):
    with latch:
        pool.frames[number].dirty |= dirty


def test_a_page_is_read_and_written_as_a_whole(tmp_path):
    disk = fill(str(tmp_path / "pages"), [5, 0, 7])
    assert [PageFile(str(tmp_path / "pages"))[number].count for number in range(3)] == [5, 0, 7]
    assert disk.writes == 2


def test_processes_share_pool_latch_and_file():
    def work(pool, disk, latch, rank):
        for page in (1, 2):
            number = fetch(pool, page, disk, latch)
            with latch:
                pool.data[number].count += 10
            unpin(pool, number, latch, dirty=1)

    run = on_a_file(work, Pool, pages=3)
    assert run.counts == (0, 20, 20)
    assert (run.reads, run.writes) == (2, 2)


def test_what_a_process_raises_is_raised_here():
    def work(pool, disk, latch, rank):
        raise LookupError("no such page")

    with pytest.raises(LookupError, match="no such page"):
        on_a_file(work, Pool)


def test_each_way_is_timed_and_verified():
    access = page_access.compare_access(fetch, unpin, Pool)
    assert all(len(times) == 5 and min(times) > 0 for times in access.ns.values())
    assert access.writes == {FILE: 1000, POOL: 0}
    assert access.ratio("update", SQLITE, SQLITE) == 1


def test_a_pool_that_loses_updates_is_no_result():
    def forgets(pool, number, latch, dirty=0):
        pass

    with pytest.raises(AssertionError, match="our pool"):
        page_access.compare_access(fetch, forgets, Pool)


def test_the_table_says_what_is_beside_what():
    ns = {("read", FILE): (1000.0, 2000.0, 3000.0), ("read", POOL): (4000.0, 4000.0, 4000.0)}
    rows = PageAccess(ns, {}).table().rows
    assert rows[1][1:4] == (POOL, "4.0 (4.0–4.0)", "2.0 ×")


def test_a_hit_in_c_has_two_lines():
    assert page_hit().text.count(" ns (") == 2
