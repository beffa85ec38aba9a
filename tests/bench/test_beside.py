"""A learner's queue beside other transports."""

import pytest

from shmlab import plot
from shmlab.bench import learners_queue
from shmlab.transports import chosen


def put(queue, message, mutex, changed):
    with mutex:
        while queue.sent - queue.taken == len(queue.slots):
            changed.wait()
        queue.slots[queue.sent % len(queue.slots)].words[:] = message
        queue.sent += 1
        changed.notify_all()


def get(queue, mutex, changed):
    with mutex:
        while queue.sent == queue.taken:
            changed.wait()
        message = queue.slots[queue.taken % len(queue.slots)].words[:]
        queue.taken += 1
        changed.notify_all()
    return message


def get_changed(queue, mutex, changed):
    message = get(queue, mutex, changed)
    return message[:-1] + bytes([message[-1] ^ 1])


def test_it_is_measured_in_turn_with_the_others_and_drawn():
    result = learners_queue.beside(put, get, ("pipe",), sizes_bytes=(64, 8192), rounds=2, seconds=0.002, progress=False)
    assert result.transports == ["your queue", "pipe"]
    assert all(len(point.rates) == 2 and point.median > 0 for point in result.points)
    assert plot(result).axes[0].get_xlabel() == "message size"
    assert "your queue" not in chosen(["all"]), "what others measure does not change"


def test_a_message_that_arrives_changed_is_an_error():
    with pytest.raises(RuntimeError, match="your queue: a message arrived changed"):
        learners_queue.beside(put, get_changed, sizes_bytes=(64,), rounds=1, seconds=0.002, progress=False)
