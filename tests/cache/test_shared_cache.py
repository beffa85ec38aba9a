"""The cache: what it gives is what was stored last; one load a key; eviction; a death inside; live counters."""

import random

import pytest
from helpers import die, interrupted_at

from shmlab.cache import SharedCache
from shmlab.ipc import Semaphore
from shmlab.processes.workers import start


@pytest.fixture
def cache():
    with SharedCache.create(60_000) as made:
        yield made


def test_what_comes_back_is_what_was_stored_last(cache):
    draw, stored = random.Random(1), {}
    for number in range(3000):
        key = f"key {draw.randint(0, 300)}"
        found = cache.get(key)
        assert found in (None, stored.get(key))
        if found is None or draw.random() < 0.1:
            stored[key] = bytes([number % 256]) * draw.randint(0, 600)
            cache.put(key, stored[key])
    now = cache.statistics()
    assert now.evictions > 0
    assert now.hits + now.misses == 3000
    assert now.entries == sum(block.used for block in cache.heap_map().blocks)


def test_what_is_used_stays_and_the_rest_goes(cache):
    for number in range(1000):
        cache.put(f"key {number}", bytes(500))
        cache.get_or_load("used", lambda key: b"much")
    assert cache.statistics().loads == 1
    assert cache.get("key 0") is None


def test_a_value_that_never_fits_is_refused(cache):
    with pytest.raises(MemoryError, match="no free block holds"):
        cache.put("large", bytes(100_000))
    cache.put("small", b"1")
    assert cache.get("small") == b"1"


def ask(cache, gate, keys):
    loads = []
    gate.acquire()
    for key in keys:
        assert cache.get_or_load(key, lambda key: loads.append(key) or key.encode() * 50) == key.encode() * 50
    return loads


def test_one_load_a_key():
    keys, gate = [f"key {number}" for number in range(50)], Semaphore.create(0)
    with SharedCache.create(200_000) as cache:
        askers = [start(ask, cache, gate, keys) for _ in range(3)]
        for _ in askers:
            gate.release()
        assert sorted(key for asker in askers for key in asker.result()) == sorted(keys)
        now = cache.statistics()
        assert (now.loads, now.hits, now.evictions) == (50, 100, 0)
    gate.destroy()
    gate.close()


def die_inside(cache, mutex):
    getattr(cache, mutex).acquire() if mutex == "_lock" else cache._stripes[0].acquire()
    die()


def test_a_death_inside_empties_the_cache(cache):
    cache.put("key", b"1")
    start(die_inside, cache, "_lock").join()
    assert cache.get("key") is None
    cache.put("key", b"2")
    assert cache.get("key") == b"2"
    assert cache.statistics().entries == 1


def test_a_death_while_loading_lets_the_next_one_load(cache):
    start(die_inside, cache, "_stripes").join()
    for number in range(50):
        assert cache.get_or_load(f"key {number}", lambda key: b"1") == b"1"


def test_a_load_that_fails_leaves_nothing(cache):
    def fails(key):
        raise OSError("not now")

    with pytest.raises(OSError, match="not now"):
        cache.get_or_load("key", fails)
    assert cache.get_or_load("key", lambda key: b"1") == b"1"


def test_forgetting_all_leaves_the_counters(cache):
    cache.put("key", b"1")
    cache.clear()
    assert cache.get("key") is None
    assert cache.statistics() == (0, 1, 0, 0, 0)


def test_closing_twice_does_nothing():
    cache = SharedCache.create(60_000)
    cache.close()
    cache.close()


def test_a_cache_is_not_closed_while_a_key_is_loaded(cache):
    def load(key):
        cache.close()

    with pytest.raises(RuntimeError, match="loads a key of the cache now"):
        cache.get_or_load("page", load)
    assert cache.get_or_load("page", lambda key: b"x") == b"x"


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.stress)])
def test_an_interrupt_at_any_line_leaves_the_cache_as_it_should_be(cache, every):
    for number in range(40):
        cache.put(f"key {number}", bytes(1000))
    lines = 0
    while interrupted_at(lines, lambda: cache.get_or_load("page", lambda key: bytes(30_000))):
        lines += every
        now = cache.statistics()
        assert now.entries == sum(block.used for block in cache.heap_map().blocks)
        assert cache.get_or_load("page", lambda key: bytes(30_000)) == bytes(30_000)
        cache.put("page", b"")
        cache.clear()
        for number in range(40):
            cache.put(f"key {number}", bytes(1000))
    assert lines > 100
