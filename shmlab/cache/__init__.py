"""A cache in a segment, with the allocator that hands out its memory, measured beside caches of other libraries."""

from shmlab.cache.comparison import compare_caches
from shmlab.cache.fragments import churn
from shmlab.cache.heap import Heap
from shmlab.cache.shared_cache import SharedCache, Statistics

__all__ = ["Heap", "SharedCache", "Statistics", "churn", "compare_caches"]
