"""Raw access in a check: bytes, struct and numpy on shared memory, and how their accesses tear.

One aligned access of 1, 2, 4 or 8 bytes is one step. Anything longer or misaligned is several: C promises no more of
memcpy. struct.pack_into first writes zeros, so a reader can see a zero that nobody stored; formats with a fixed byte
order then go byte by byte.
"""

import operator
import re
import struct

_WORD = 8
_OF_FIELDS = frozenset(f"<{code}" for code in "?bBhHiIlLqQfdc")  # ctypes' formats of items that struct knows


def pieces(offset, size):
    """Yield (offset, size) of the aligned accesses that together touch `size` bytes at `offset`."""
    while size:
        step = _WORD
        while offset % step or step > size:
            step //= 2
        yield offset, step
        offset, size = offset + step, size - step


class RawBytes:
    """Stands for a memoryview of shared memory: slices are views, reading and writing are steps."""

    __slots__ = ("_at", "_process", "contiguous", "format", "itemsize", "nbytes", "ndim", "readonly", "shape")

    def __init__(self, process, offset, length, format="B"):
        self._process = process
        self._at = offset
        self.format = format
        self.itemsize = struct.calcsize(format)
        self.nbytes = length * self.itemsize
        self.shape = (length,)
        self.readonly, self.ndim, self.contiguous = False, 1, True

    def __len__(self):
        return self.shape[0]

    def _item(self, index):
        self._check_format()
        try:
            index = operator.index(index)
        except TypeError:
            return self._like()[index]  # raises memoryview's error
        if not -len(self) <= index < len(self):
            raise IndexError("index out of bounds on dimension 1")
        return self._at + index % len(self) * self.itemsize

    def _check_format(self):
        """Raise NotImplementedError, as memoryview does, for items of a ctypes format such as "<q"."""
        if self.format.startswith("<"):
            raise NotImplementedError(f"memoryview: unsupported format {self.format}")

    def _like(self):
        """Return a private memoryview of the same form over zeros, for the errors that it raises."""
        return memoryview(bytearray(self.nbytes)).cast(self.format)

    def _part(self, index):
        start, stop, step = index.indices(len(self))
        if step != 1:
            raise NotImplementedError("a check follows slices of shared bytes with step 1 only")
        return RawBytes(self._process, self._at + start * self.itemsize, max(0, stop - start), self.format)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return self._part(index)
        return struct.unpack(self.format, self._process.load(self._item(index), self.itemsize))[0]

    def __setitem__(self, index, value):
        if not isinstance(index, slice):
            item = self._item(index)
            scratch = memoryview(bytearray(self.itemsize)).cast(self.format)
            scratch[0] = value  # memoryview converts, with its own errors
            self._process.store(item, scratch.tobytes())
            return
        part = self._part(index)
        whole = memoryview(bytearray(part.nbytes)).cast(self.format)
        whole[:] = value._copied() if isinstance(value, RawBytes) else value
        self._process.store_bytes(part._at, whole.tobytes())

    def __delitem__(self, index):
        del self._like()[index]

    def tobytes(self):
        return self._process.load_bytes(self._at, self.nbytes)

    __bytes__ = tobytes

    def hex(self, *options):
        return self.tobytes().hex(*options)

    def _copied(self):
        """Return a memoryview of a copy of the bytes."""
        self._check_format()
        return memoryview(self.tobytes()).cast(self.format)

    def tolist(self):
        self._check_format()
        return [self[index] for index in range(len(self))]

    def cast(self, format, shape=None):
        """Return the same bytes as items of another format."""
        if shape is not None:
            raise NotImplementedError("a check does not follow .cast with a shape: compute the index")
        memoryview(bytearray(self.nbytes)).cast(self.format.lstrip("<")).cast(format)  # raises memoryview's errors
        return RawBytes(self._process, self._at, self.nbytes // struct.calcsize(format), format)

    def release(self):
        """Do nothing: there is nothing to release."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()

    def __eq__(self, other):
        if isinstance(other, RawBytes):
            other = other._copied()
        elif not isinstance(other, bytes | bytearray | memoryview):
            return NotImplemented
        return self._copied() == other

    def __hash__(self):
        return hash(self._like())

    def __array__(self, dtype=None, copy=None):
        return self._process.as_array(self).__array__(dtype, copy)

    def __reduce_ex__(self, protocol):
        raise TypeError("shared bytes cannot be copied as an object: bytes(...) copies what they hold")

    def __getattr__(self, name):
        if not hasattr(memoryview, name) or name.startswith("__"):
            raise AttributeError(f"shared bytes have no {name!r}")
        raise NotImplementedError(f"a check does not follow .{name} of shared bytes: use their items and slices")

    # (process, offset), for numpy and struct.
    @property
    def base(self):
        return self._process, self._at


def raw_bytes(value):
    """Return `value` as RawBytes if it stands for shared memory, else None."""
    if isinstance(value, RawBytes):
        return value
    return value.take_buffer() if hasattr(type(value), "take_buffer") else None


def view(value):
    """Return memoryview(value). The items of a field have a ctypes format, which memoryview can only cast."""
    raw = raw_bytes(value)
    if raw is None:
        return memoryview(value)
    if raw is value:
        return raw
    real = memoryview(type(value).layout_of())
    if real.ndim == 1 and real.format in _OF_FIELDS:
        return RawBytes(*raw.base, len(real), real.format)
    return RawBytes(*raw.base, raw.nbytes, "<B")


_CODE = re.compile(r"(\d*)([a-zA-Z?])")


def _fields(format):
    """Yield (offset, size, whether it is copied at once, its own format) of each number in a struct format."""
    order = format[0] if format.startswith(("@", "=", "<", ">", "!")) else "@"
    text, seen = format.lstrip("@=<>!").replace(" ", ""), order
    for count, code in _CODE.findall(text):
        whole = code in "sp"
        if not whole and count and not int(count):
            seen += "0" + code  # no number, but the next one is aligned as after it
        for _ in range(1 if whole else int(count or 1)):
            item = (count if whole else "") + code
            size = struct.calcsize(order + item)
            seen += item
            if code != "x":
                yield struct.calcsize(seen) - size, size, order == "@" and not whole, order + item


def pack_into(format, target, offset, *values):
    """Do struct.pack_into, on shared memory too: first zeros, then number by number."""
    raw = raw_bytes(target)
    if raw is None:
        struct.pack_into(format, target, offset, *values)
        return
    size, fields = struct.calcsize(format), list(_fields(_text(format)))
    start = _start(raw, offset, size)
    if len(values) != len(fields) or start is None:
        struct.pack_into(format, bytearray(raw.nbytes), offset, *values)  # raises struct's error
    process, begin = raw.base
    begin += start
    process.store_bytes(begin, bytes(size))
    for (start, length, at_once, own), value in zip(fields, values, strict=True):
        # Converted only now: if a value is refused, those before it are stored and the rest is zero, as in struct.
        packed, first = struct.pack(own, value), begin + start
        for piece, step in _steps(first, length, at_once):
            process.store(piece, packed[piece - first : piece - first + step])


def unpack_from(format, source, offset=0):
    """Do struct.unpack_from, on shared memory too, number by number."""
    raw = raw_bytes(source)
    if raw is None:
        return struct.unpack_from(format, source, offset)
    loaded = bytearray(struct.calcsize(format))
    start = _start(raw, offset, len(loaded))
    if start is None:
        struct.unpack_from(format, bytearray(raw.nbytes), offset)  # raises struct's error
    process, begin = raw.base
    begin += start
    for start, size, at_once, _ in _fields(_text(format)):
        for piece, length in _steps(begin + start, size, at_once):
            loaded[piece - begin : piece - begin + length] = process.load(piece, length)
    return struct.unpack(format, loaded)


def unpack(format, source):
    """Do struct.unpack; of shared memory, all bytes are loaded first."""
    raw = raw_bytes(source)
    return struct.unpack(format, source if raw is None else raw.tobytes())


def iter_unpack(format, source):
    """Do struct.iter_unpack; each round loads its own bytes."""
    raw = raw_bytes(source)
    if raw is None:
        return struct.iter_unpack(format, source)
    struct.iter_unpack(format, bytes(raw.nbytes))  # raises if the sizes do not fit
    return (unpack_from(format, raw, offset) for offset in range(0, raw.nbytes, struct.calcsize(format)))


def _text(format):
    return format.decode() if isinstance(format, bytes) else format


def _steps(offset, size, at_once):
    return pieces(offset, size) if at_once else ((offset + index, 1) for index in range(size))


def _start(raw, offset, size):
    """Return the offset counted from the start; None if it is no offset, or the bytes are not there."""
    if not hasattr(offset, "__index__"):
        return None
    start = offset + raw.nbytes if offset < 0 else offset
    return start if 0 <= start <= raw.nbytes - size else None


class Struct:
    """struct.Struct whose pack_into and unpack_from take shared memory too."""

    def __init__(self, format):
        self._struct = struct.Struct(format)
        self.format, self.size = self._struct.format, self._struct.size
        self.pack = self._struct.pack

    def pack_into(self, target, offset, *values):
        pack_into(self.format, target, offset, *values)

    def unpack_from(self, source, offset=0):
        return unpack_from(self.format, source, offset)

    def unpack(self, source):
        return unpack(self.format, source)

    def iter_unpack(self, source):
        return iter_unpack(self.format, source)
