"""What lessons use besides the package's face: plain calls, lower limits, a ring by hand, the life of a segment."""

import os
import resource

import pytest

from shmlab import plot, start
from shmlab.bench.learners_ring import ring_and_pipe
from shmlab.ipc.posix_calls import shm_open, shm_unlink, unlinked_at_the_end
from shmlab.observe.less_allowed import become_ordinary, limited
from shmlab.observe.segment_life import ATTACHED, GONE, MARKED, segment_life

NAME = f"/helpers-{os.getpid()}"


def test_a_name_is_gone_after_the_block_however_it_ends():
    with pytest.raises(ZeroDivisionError), unlinked_at_the_end(NAME):
        os.close(shm_open(NAME, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _ = 1 // 0
    with pytest.raises(FileNotFoundError):
        shm_open(NAME, os.O_RDWR)


def test_a_name_may_be_gone_before_the_block_ends():
    with unlinked_at_the_end(NAME):
        os.close(shm_open(NAME, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        shm_unlink(NAME)


def test_a_limit_is_lower_in_the_block_only():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with limited(nofile=10):
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (10, before[1])
        with pytest.raises(OSError, match="Too many open files"):
            [os.open("/dev/null", os.O_RDONLY) for _ in range(10)]
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


def test_limits_have_their_usual_names():
    with pytest.raises(AttributeError, match="RLIMIT_PATIENCE"), limited(patience=1):
        pass


def test_an_ordinary_user_is_not_root():
    def who():
        become_ordinary()
        return os.geteuid()

    assert start(who).result() != 0


def test_a_ring_by_hand_is_timed_beside_a_pipe():
    def send(memory, size_bytes, count, free, filled):
        for number in range(count):
            free.acquire()
            memory[number % 4] = number + 1
            filled.release()

    def receive(memory, size_bytes, count, free, filled):
        for number in range(count):
            filled.acquire()
            assert memory[number % 4] == number + 1
            free.release()

    ring, pipe = ring_and_pipe(send, receive, 1, slots=4, count=50)
    assert ring > 0 and pipe > 0


def test_a_segment_is_attached_then_marked_then_gone():
    life = segment_life()
    assert [moment.state for moment in life.moments] == [ATTACHED, ATTACHED, MARKED, MARKED, GONE]
    assert [moment.attached for moment in life.moments] == [1, 2, 2, 1, 0]
    assert [moment.found for moment in life.moments] == [True, True, False, False, False]


def test_the_picture_of_a_life_has_a_column_for_each_call():
    life = segment_life()
    figure = plot(life)
    (axes,) = figure.axes
    assert len(axes.get_xticklabels()) == len(life.moments)
    assert {text.get_text() for text in axes.texts} == {ATTACHED, MARKED, GONE}
    assert figure.get_label() == str(life)
