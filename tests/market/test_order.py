"""The fence of locks, for machines without the C extension, is one that a check models."""

import pytest

from shmlab import Program
from shmlab.market import order


@pytest.mark.parametrize("fence", [order.fence, order._fence_of_locks])
def test_a_check_takes_either_fence(fence):
    def publish(shm):
        shm.data = 1
        fence()
        shm.ready = 1

    def look(shm):
        if shm.ready:
            assert shm.data == 1

    assert Program([publish, look], shared={"data": 0, "ready": 0}).check(memory="pso", progress=False)


def test_the_fence_of_locks_can_be_called_in_a_process():
    order._fence_of_locks()
    assert not any(lock.locked() for lock in order._LOCKS)
