import ctypes
import errno
import os
import pickle

import numpy
import pytest
from foreign import in_kernel
from helpers import PATIENCE_S, die

from shmlab import ipc
from shmlab.ipc import limits
from shmlab.processes.workers import start

KINDS = pytest.mark.parametrize("kind", ["posix", "sysv"])


class Pair(ctypes.Structure):
    _fields_ = (("first", ctypes.c_int64), ("second", ctypes.c_int32))


VIEWS = {
    "structure": lambda segment: segment.view(Pair),
    "array": lambda segment: segment.view(ctypes.c_int64 * 4, 8),
    "field of a structure's array": lambda segment: segment.view(Pair * 2)[1],
    "memoryview": lambda segment: segment.buffer,
    "slice of a memoryview": lambda segment: segment.buffer[8:16],
    "cast of a memoryview": lambda segment: segment.buffer[:64].cast("q"),
    "numpy array": lambda segment: numpy.frombuffer(segment.buffer, dtype=numpy.uint8),
    "slice of a numpy array": lambda segment: numpy.frombuffer(segment.buffer, dtype=numpy.uint8)[8:16],
}


@KINDS
def test_what_one_attachment_stores_another_loads(kind):
    with ipc.Segment.create(1000, ipc=kind) as segment, pickle.loads(pickle.dumps(segment)) as other:
        segment.view(ctypes.c_int64).value = -7
        assert other.view(ctypes.c_int64).value == -7


@KINDS
def test_what_another_process_stores_this_one_loads(kind):
    def store(segment):
        segment.view(Pair, 16).second = 42

    with ipc.Segment.create(1000, ipc=kind) as segment:
        start(store, segment).result(PATIENCE_S)
        assert segment.view(Pair, 16).second == 42


@KINDS
def test_a_new_segment_is_zero_and_has_exactly_the_size_asked_for(kind):
    with ipc.Segment.create(5000, ipc=kind) as segment:
        assert bytes(segment.buffer) == bytes(5000)
        assert segment.size_bytes == 5000


@KINDS
def test_prefault_keeps_the_bytes(kind):
    with ipc.Segment.create(3 * 4096 + 5, ipc=kind) as segment:
        content = os.urandom(segment.size_bytes)
        segment.buffer[:] = content
        segment.prefault()
        assert bytes(segment.buffer) == content


@KINDS
def test_the_mode_is_0600_unless_said(kind):
    with ipc.Segment.create(10, ipc=kind) as private, ipc.Segment.create(10, ipc=kind, mode=0o640) as wider:
        assert (private.mode, wider.mode) == (0o600, 0o640)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@KINDS
def test_closing_with_a_live_view_is_refused(kind, view):
    with ipc.Segment.create(1000, ipc=kind) as segment:
        alive = view(segment)
        with pytest.raises(BufferError, match=r"segment.*views of its memory.*drop them"):
            segment.close()
        segment.buffer[0] = 1  # still mapped: nothing was half done
        del alive
        segment.close()


@KINDS
def test_leaving_with_a_live_view_is_refused_and_removes_the_segment_all_the_same(kind):
    before = in_kernel()
    with pytest.raises(BufferError), ipc.Segment.create(1000, ipc=kind) as segment:
        alive = segment.buffer
    del alive
    segment.close()
    assert in_kernel() == before


@KINDS
def test_leaving_by_an_error_tells_the_error_whatever_views_it_holds(kind):
    before = in_kernel()
    with pytest.raises(ZeroDivisionError) as error, ipc.Segment.create(1000, ipc=kind) as segment:
        alive = segment.buffer
        raise ZeroDivisionError
    assert not isinstance(error.value.__context__, BufferError)
    del alive
    segment.close()
    assert in_kernel() == before


@KINDS
def test_a_view_that_does_not_fit_is_refused(kind):
    with ipc.Segment.create(100, ipc=kind) as segment:
        for offset in (-8, 96, 2**70):
            with pytest.raises(ValueError, match=r"segment.*does not fit into 100 bytes"):
                segment.view(ctypes.c_int64, offset)
        with pytest.raises(ValueError, match=r"segment.*offset 4 is not a multiple of 8"):
            segment.view(ctypes.c_int64, 4)


@KINDS
def test_a_segment_left_by_its_opener_stays_and_by_its_creator_goes(kind):
    with ipc.Segment.create(100, ipc=kind) as segment:
        with pickle.loads(pickle.dumps(segment)):
            pass
        pickle.loads(pickle.dumps(segment)).close()
    with pytest.raises(FileNotFoundError):
        pickle.loads(pickle.dumps(segment))


@KINDS
def test_what_is_mapped_survives_removal(kind):
    with ipc.Segment.create(100, ipc=kind) as segment, pickle.loads(pickle.dumps(segment)) as other:
        segment.destroy()
        segment.buffer[0] = 9
        assert other.buffer[0] == 9


@KINDS
def test_the_repr_says_what_it_is(kind):
    with ipc.Segment.create(100, ipc=kind) as segment:
        name = segment.name if kind == "posix" else f"{segment.key:#x}"
        assert name in repr(segment)
        assert "100 bytes" in repr(segment)
        assert "closed" not in repr(segment)
    assert repr(segment).endswith(", closed>")


def test_a_segment_dropped_without_close_is_detached():
    with ipc.SysvSegment.create(None, 100) as segment:
        other = ipc.SysvSegment.open(segment.key)
        assert segment.attach_count == 2
        del other
        assert segment.attach_count == 1


def test_the_attach_count_is_the_kernels():
    with ipc.SysvSegment.create(None, 100) as segment:
        assert segment.attach_count == 1
        with ipc.SysvSegment.open(id=segment.id) as other:
            assert other.attach_count == 2
            assert other.key == segment.key
        assert segment.attach_count == 1
    with pytest.raises(FileNotFoundError, match=r"key 0x.*was removed"):
        _ = segment.attach_count


def test_a_killed_process_no_longer_counts_as_attached():
    with ipc.SysvSegment.create(None, 100) as segment:
        start(lambda attached: die(), segment).join(PATIENCE_S)
        assert segment.attach_count == 1


def test_a_read_only_opening_cannot_be_written():
    with ipc.PosixSegment.create(None, 100) as segment, ipc.PosixSegment.open(segment.name, read_only=True) as other:
        segment.buffer[0] = 5
        assert other.buffer[0] == 5
        with pytest.raises(TypeError):
            other.buffer[0] = 6
        with pytest.raises(PermissionError, match=r"POSIX segment.*read.only"):
            other.view(ctypes.c_int64)
        other.prefault()


def test_a_segment_larger_than_dev_shm_is_refused_and_says_the_cure(private_namespaces):
    # What is unlinked, and mapped until its view is collected, still takes room: so the room that is free varies.
    with pytest.raises(
        OSError, match=r"'/hundred' of 95.37 MiB.* \d[\d.]* MiB free of 64 MiB.*shmlab clean.*--shm-size"
    ) as told:
        ipc.PosixSegment.create("/hundred", 100_000_000)
    assert told.value.errno == errno.ENOSPC


def test_all_of_dev_shm_can_be_written_and_one_byte_more_is_refused(private_namespaces):
    free = limits.posix_space().free_bytes
    with ipc.PosixSegment.create(None, free) as segment:
        numpy.frombuffer(segment.buffer, dtype=numpy.uint8)[:] = 1
        with pytest.raises(OSError, match="0 bytes free") as told:
            ipc.PosixSegment.create(None, 1)
        assert told.value.errno == errno.ENOSPC


def test_memory_is_reserved_when_the_segment_is_made(private_namespaces):
    free = limits.posix_space().free_bytes
    with ipc.PosixSegment.create(None, 2**20):
        assert limits.posix_space().free_bytes == free - 2**20
