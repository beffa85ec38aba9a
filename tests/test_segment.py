import ctypes
import pickle

import pytest

from shmlab import ipc


@pytest.mark.parametrize("kind", ["posix", "sysv"])
def test_what_one_attachment_stores_another_loads(kind):
    with ipc.Segment.create(1000, ipc=kind) as segment:
        with pickle.loads(pickle.dumps(segment)) as other:
            segment.view(ctypes.c_int64).value = -7
            assert other.view(ctypes.c_int64).value == -7
