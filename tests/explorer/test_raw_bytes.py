"""Bytes, struct and numpy on shared memory in a check: what the real ones do, or a refusal by name."""

import ctypes

import pytest
from alone import outcomes
from cells import cell, counted
from hypothesis import given, settings
from hypothesis import strategies as st

from shmlab import Program

steadily = settings(deadline=None, derandomize=True, database=None, max_examples=100)


class Room(ctypes.Structure):
    _fields_ = (("bytes", ctypes.c_uint8 * 24), ("numbers", ctypes.c_int64 * 3))


class Words(ctypes.Structure):
    _fields_ = (("first", ctypes.c_uint64), ("second", ctypes.c_uint64))


class Halves(ctypes.Structure):
    _fields_ = (("pair", Words), ("other", Words))


def room():
    return Room.from_buffer_copy(bytes((index * 37 + 11) % 256 for index in range(48)))


SAME = """
r = buffer(shm)[3], buffer(shm)[-1], buffer(shm)[True]
r = buffer(shm)[100]
r = buffer(shm)['a']
r = buffer(shm)[1.5]
r = buffer(shm)[2:9].tobytes(), bytes(buffer(shm)[2:9]), buffer(shm).hex(':', 2), buffer(shm)[:3].tolist()
buffer(shm)[3] = 7
buffer(shm)[3] = 300
buffer(shm)[3] = 'a'
buffer(shm)[3:6] = b'abc'
buffer(shm)[3:6] = b'abcd'
buffer(shm)[3:6] = memoryview(b'xyz')
buffer(shm)[3:6] = [1, 2, 3]
buffer(shm)[4:12] = buffer(shm)[0:8]
buffer(shm)[0:8] = buffer(shm)[4:12]
buffer(shm)[-4:] = b'0123'
buffer(shm)[5:3] = b''
buffer(shm)[:] = bytes(47)
part = buffer(shm)[8:16]; part[:] = b'01234567'; r = part[0]
r = len(buffer(shm)), buffer(shm).nbytes, buffer(shm).format, buffer(shm).shape, buffer(shm).itemsize, buffer(shm).ndim
r = list(buffer(shm)), sum(buffer(shm)), max(buffer(shm)), 11 in buffer(shm), list(reversed(buffer(shm)))
r = int.from_bytes(buffer(shm)[0:4], 'little')
r = buffer(shm)[0:2] == buffer(shm)[2:4], buffer(shm)[0:2] == bytes(buffer(shm)[0:2]), buffer(shm)[0:2] != b'ab'
r = buffer(shm).cast('q')[1], buffer(shm).cast('f').tolist(), buffer(shm).cast('c')[0], buffer(shm).cast('?')[0]
buffer(shm).cast('q')[3] = -5
buffer(shm).cast('H')[3] = 70000
buffer(shm).cast('d')[1] = 2.5
buffer(shm).cast('c')[0] = 97
buffer(shm)[4:12].cast('q')[0] = 5
r = buffer(shm)[1:].cast('q')
r = buffer(shm).cast('<q')
r = buffer(shm).cast('q').cast('i')
buffer(shm).cast('q')[1:3] = buffer(shm).cast('q')[2:4]
with buffer(shm) as part: r = part[0]
r = memoryview(shm.bytes).tobytes(), memoryview(shm.numbers).nbytes, memoryview(shm).cast('B')[3], memoryview(b'abc')[1]
r = struct.unpack_from('<q', buffer(shm), 3), struct.unpack_from('qi2h', shm, 8), struct.unpack_from('3s?d', shm, 1)
r = struct.unpack_from('>IHB', buffer(shm)[5:], 1), struct.unpack_from('q', shm.numbers, offset=8)
r = struct.unpack_from('q', buffer(shm), 44)
r = struct.unpack_from('q', buffer(shm), -4)
r = struct.unpack('3q', shm.numbers), struct.unpack('q', buffer(shm)[8:16])
r = struct.unpack('q', shm.numbers)
r = list(struct.iter_unpack('q', shm.numbers))
r = list(struct.iter_unpack('qi', shm.numbers))
struct.pack_into('qq', shm, 0, 1, 'a')
struct.pack_into('b0hb', shm, 0, 1, 2)
r = len(memoryview(shm.numbers)), memoryview(shm.numbers).format, memoryview(shm.numbers).itemsize
buffer(shm).nope = 1
struct.pack_into('<q', buffer(shm), 3, -9)
struct.pack_into('q', shm, -8, -9)
struct.pack_into('q', shm, 45, -9)
struct.pack_into('q', shm, 0, 'a')
struct.pack_into('b', shm, 0, 500)
struct.pack_into('qq', shm, 0, 1)
struct.pack_into('', shm, 0)
struct.pack_into('2xb3x', shm, 1, 7)
struct.pack_into('5p', shm, 1, b'ab')
struct.pack_into('b0q', shm, 1, 3)
struct.pack_into('<bqhd?c', shm, 1, 3, 4, 5, 1.5, True, b'a')
struct.pack_into('@bqhd?c', shm, 1, 3, 4, 5, 1.5, True, b'a')
struct.pack_into('nNP', shm, 0, 3, 4, 5)
pair = struct.Struct('<qh'); pair.pack_into(shm, 2, 5, 6); r = pair.unpack_from(shm, 2), pair.size, pair.format
pair = struct.Struct('<qh'); r = list(pair.iter_unpack(buffer(shm)[:20]))
pair = struct.Struct('<qh'); r = list(pair.iter_unpack(bytes(20)))
""".strip().splitlines()

# On the real shm these work, or fail in another way; a check may refuse them, and says so.
SAME_OR_REFUSED = """
r = buffer(shm)[::2].tobytes()
r = buffer(shm).strides
r = buffer(shm).toreadonly()[0]
r = buffer(shm).cast('B', [6, 8])[2, 3]
buffer(shm)[0:24] = shm.bytes
r = memoryview(shm.numbers)[1]
memoryview(shm.numbers)[1] = 5
r = memoryview(shm.numbers).tolist()
import copy; part = copy.copy(buffer(shm)); part[0] = 1
""".strip().splitlines()

# C code that takes any buffer: what stands for shared memory is none, and C says so itself.
NO_BUFFER = """
r = b''.join([buffer(shm)[0:2], b'a'])
r = b'a' + buffer(shm)[0:2]
import hashlib; r = hashlib.md5(buffer(shm))
import zlib; r = zlib.crc32(buffer(shm))
import io; r = io.BytesIO(b'abcd').readinto(buffer(shm))
r = ctypes.c_int32.from_buffer(buffer(shm), 4)
r = str(buffer(shm)[0:3], 'latin1')
""".strip().splitlines()


def assert_same_or_refused(code):
    """The same as the real one; or an exception, by this project or by numpy of a read-only copy, and no write."""
    real, seen = outcomes(code, room())
    refused = seen[0] in [(kind, "") for kind in (NotImplementedError, TypeError, ValueError)]
    assert seen == real or (refused and seen[1] == bytes(room())), seen


@pytest.mark.parametrize("code", SAME)
def test_what_a_learner_writes_does_the_same(code):
    real, seen = outcomes(code, room())
    assert seen == real


@pytest.mark.parametrize("code", SAME_OR_REFUSED)
def test_what_is_not_the_same_is_refused(code):
    assert_same_or_refused(code)


@pytest.mark.parametrize("code", NO_BUFFER)
def test_code_in_c_does_not_take_it_for_a_buffer(code):
    _, (seen, memory) = outcomes(code, room())
    assert seen in ((TypeError, ""), (NotImplementedError, ""))
    assert memory == bytes(room())


# numpy. `a`: an array over all of it, `b`: over shm.numbers.
ARRAYS = "a = np.frombuffer(buffer(shm), np.int64); b = np.frombuffer(shm.numbers, np.int64); "
ARRAYS_SAME = """
r = a, b, a[1], a[-1], a[1:3], a[::-1], a[[0, 2]], a[a > 0], a[...], a[np.newaxis]
r = a[10]
r = np.frombuffer(buffer(shm), '>i4')[2], np.frombuffer(buffer(shm), np.int64, 2, 8), np.frombuffer(shm, 'u1', offset=3)
r = np.frombuffer(buffer(shm), np.int64, offset=3)
r = np.frombuffer(buffer(shm), np.int64, 10)
r = np.frombuffer(buffer(shm), np.int64, offset=60)
r = len(a), a.shape, a.size, a.ndim, a.nbytes, a.itemsize, str(a.dtype)
r = a + 1, 1 + a, -a, ~a, abs(a), a == a, a @ a, a > 3, divmod(a, 3)
r = a.sum(), a.min(), a.max(), a.mean(), a.argmax(), a.all(), a.any(), a.tolist(), a.tobytes(), a.astype(np.int8)
r = np.sum(a), np.sort(a), np.concatenate([a, a]), np.where(a > 0, 1, 0), np.dot(a, a), np.array_equal(a, a)
r = sum(a), list(a), 5 in a, [int(one) for one in a]
r = bool(a)
r = int(a)
r = a.item()
a[1] = 5
a[1] += 5
a[10] = 1
a[1] = 'a'
a[1] = 2.9
a[1] = 2**70
a[1:3] = [1, 2, 3]
a[::2] = 7
a[::-1][0] = 7
a[[0, 2]] = 9
a[a > 0] = 0
part = a[[0, 1]]; part[0] = 3
part = a[0:2]; part[0] = 3; r = part
a += 1
a[:3] += a[3:]
a /= 2
a //= 2
a |= 1
a[1:] = a[:-1]
a[:-1] = a[1:]
a[0], a[1] = a[1], a[0]
grid = a.reshape(2, 3); grid[:, 0] = 9; r = grid.sum(axis=0), grid[1, 2]
grid = a.reshape((2, -1)).T; grid[0] = 9; r = grid
line = a.reshape(2, 3).T.ravel(); line[0] = 5
line = a.reshape(2, 3).T.reshape(-1); line[0] = 5
line = a.reshape(2, 3).flatten(); line[0] = 5
mine = a.copy(); mine[0] = 5
mine = np.array(a); mine[0] = 5
np.add(a, 1, out=a)
np.add(a, 1, a)
mine = np.zeros(6, int); mine += a; mine[:] = a; r = mine
a.fill(3)
a.sort()
a.nope = 1
grid = np.ndarray((2, 3), np.int64, buffer(shm)); grid[1, 1] = 3; r = grid
grid = np.ndarray(shape=2, dtype='i4', buffer=shm.numbers, offset=4); grid[0] = 3
b[:] = shm.numbers
shm.numbers[:] = b[::-1]
shm.numbers[0] = np.int64(5)
mine = np.array(list(shm.numbers)); r = mine
""".strip().splitlines()
# Nothing of these may be lost, or go into a copy that the learner takes for the shared memory.
ARRAYS_SAME_OR_REFUSED = """
mine = np.asarray(a); mine[0] = 5
mine = np.array(a, copy=False); mine[0] = 5
mine = np.ravel(a); mine[0] = 5
mine = np.reshape(a, (2, 3)); mine[0] = 5
mine = np.atleast_2d(a); mine[0] = 5
mine = np.expand_dims(a, 0); mine[0] = 5
mine = a.astype(np.int64, copy=False); mine[0] = 5
mine = a.view(np.int32); mine[0] = 5
mine = np.asarray(buffer(shm)); mine[0] = 1
mine = np.asarray(shm.numbers); mine[0] = 1
mine = np.ctypeslib.as_array(shm.numbers); mine[0] = 1
r = np.array(buffer(shm))
np.add.at(a, [0, 0], 1)
np.copyto(a, 5)
np.put(a, [0], [5])
np.place(a, a > 0, [5])
np.cumsum(a, out=a)
np.clip(a, 0, 1, out=a)
a.flat = 4
a.flat[2] = 4
a.real = 4
a.shape = (2, 3); r = a[1, 2]
a.dtype = np.int32
a.byteswap(inplace=True)
a.reshape(2, 3).sort(axis=0)
r = a.reshape(-1, order='F')
r = bytes(a)
import copy; mine = copy.copy(a); mine[0] = 5
np.add(a, 1, out=a, where=a > 5)
np.divmod(a, 3, out=(a, a.copy()))
r = np.array(shm.numbers), np.sum(shm.numbers), np.array(shm.bytes)
memoryview(a)[0] = 3
grid = np.ndarray((2, 3), np.int64, buffer(shm), order='F'); grid[1, 0] = 3
part = np.ndarray((2,), np.int64, buffer(shm), strides=(16,)); part[1] = 3
part = np.ndarray((2,), np.int64, buffer(shm), 0, (16,)); part[1] = 3
part = np.frombuffer(buffer(shm), [('x', 'i4'), ('y', 'i4')]); part['x'] = 5
part = np.frombuffer(buffer(shm), [('x', 'i4'), ('y', 'i4')]); part[1]['x'] = 5
buffer(shm)[0:8] = np.frombuffer(buffer(shm)[8:16], np.uint8)
""".strip().splitlines()


@pytest.mark.filterwarnings("ignore")  # numpy's, on values that do not fit
@pytest.mark.parametrize("code", ARRAYS_SAME)
def test_arrays_do_the_same(code):
    real, seen = outcomes(ARRAYS + code, room())
    assert seen == real


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("code", ARRAYS_SAME_OR_REFUSED)
def test_arrays_do_the_same_or_refuse(code):
    assert_same_or_refused(ARRAYS + code)


formats = st.tuples(
    st.sampled_from(["", "@", "=", "<", ">", "!"]),
    st.lists(st.tuples(st.sampled_from(["", "0", "2", "3"]), st.sampled_from("xbBhHiIlLqQ?")), max_size=4),
)


@steadily
@given(formats, st.integers(-50, 50), st.integers(0, 127))
def test_any_format_packs_and_unpacks_as_the_real_one(format, offset, value):
    order, codes = format
    text = order + "".join(count + code for count, code in codes)
    values = [value] * sum(int(count or 1) for count, code in codes if code != "x")
    code = f"struct.pack_into({text!r}, shm, {offset}, *{values}); r = struct.unpack_from({text!r}, shm, {offset})"
    real, seen = outcomes(code, room())
    assert seen == real


indexes = st.one_of(st.integers(-50, 50), st.tuples(st.integers(-50, 50) | st.none(), st.integers(-50, 50) | st.none()))


@steadily
@given(st.lists(st.tuples(indexes, st.binary(max_size=9)), max_size=4), st.sampled_from("bBhHiIqQ"))
def test_any_views_read_and_write_as_the_real_ones(acts, format):
    code = "view = buffer(shm); r = []\n"
    for index, content in acts:
        at = index if isinstance(index, int) else f"slice({index[0]}, {index[1]})"
        value = int.from_bytes(content[:1], "little") if isinstance(index, int) else content
        code += f"view[{at}] = {value!r}; r.append(view[{at}])\n"
    code += f"r.append(view.cast({format!r}).tolist())"
    real, seen = outcomes(code, room())
    assert seen == real


# Tearing.

WRITES = {
    "a slice of 16 bytes": ("buffer(shm)[0:16] = b'b' * 16", b"b" * 8 + b"a" * 8, True),
    "a slice that is misaligned": ("buffer(shm)[7:9] = b'bb'", b"a" * 7 + b"b" + b"a" * 8, True),
    "one aligned word": ("buffer(shm)[0:8] = b'b' * 8", b"b" * 4 + b"a" * 12, False),
    "a number in native order": ("struct.pack_into('q', buffer(shm), 0, -1)", b"\xff" * 4 + bytes(4) + b"a" * 8, False),
    "a number of fixed order": ("struct.pack_into('<q', buffer(shm), 0, -1)", b"\xff" * 4 + bytes(4) + b"a" * 8, True),
    "a Structure copied": ("shm.pair = shm.other", b"b" * 4 + b"a" * 12, False),
}


@pytest.mark.parametrize("name", WRITES)
def test_what_is_half_written_is_seen_where_it_can_be(name):
    write, half, torn = WRITES[name]
    function = cell(f"import struct\nfrom shmlab import buffer\ndef f(shm):\n    {write}")["f"]
    seen = set()

    def look(shm):
        seen.add(bytes(shm)[:16])
        return True

    assert (
        Program([function], shared=Halves.from_buffer_copy(b"a" * 16 + b"b" * 16), always=look).check(progress=False).ok
    )
    assert (half in seen) is torn


def test_a_reader_sees_the_zero_that_pack_into_writes_first():
    text = (
        "import struct\nfrom shmlab import buffer\n"
        "def f(shm):\n    struct.pack_into('<q', buffer(shm), 0, 7)\n"
        "def g(shm):\n    shm.seen = shm.x"
    )
    _, _, finals = counted(text, {"x": 7, "seen": -1})
    assert {"x = 7, seen = 0", "x = 7, seen = 7"} <= set(finals)


IMPORTS = {
    "import struct": "struct.pack_into('q', shm, 0, 5)",
    "import struct as s": "s.pack_into('q', shm, 0, 5)",
    "from struct import pack_into": "pack_into('q', shm, 0, 5)",
    "from struct import pack_into as put": "put('q', shm, 0, 5)",
    "from struct import Struct": "Struct('q').pack_into(shm, 0, 5)",
    "import struct; pair = struct.Struct('q')": "pair.pack_into(shm, 0, 5)",
    "import struct; put = struct.Struct('q').pack_into": "put(shm, 0, 5)",
    "import numpy": "numpy.frombuffer(shm, numpy.int64)[0] = 5",
    "import numpy as np": "np.frombuffer(shm, np.int64)[0] = 5",
    "from numpy import frombuffer": "frombuffer(shm, 'i8')[0] = 5",
    "from numpy import ndarray": "ndarray((1,), 'i8', shm)[0] = 5",
    "view = memoryview": "view(shm).cast('B')[0] = 5",
    "from ctypes import sizeof": "shm.x = sizeof(shm) - 3",
    "import shmlab": "shmlab.buffer(shm)[0] = 5",
}


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("line", IMPORTS)
def test_it_works_however_it_was_imported(line, inside):
    text = f"def f(shm):\n    {line}\n    {IMPORTS[line]}" if inside else f"{line}\ndef f(shm):\n    {IMPORTS[line]}"
    program = Program([cell(text)["f"]], shared={"x": 0}, invariant=lambda shm: shm.x == 5)
    verdict = program.check(progress=False)
    assert verdict.ok, verdict.sentence
