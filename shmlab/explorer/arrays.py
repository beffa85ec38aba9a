"""numpy on shared memory in a check: each element read or written is a step.

Imported only when a learner's function uses numpy. What an array over a segment can do and this one cannot is
refused, so that no access goes unseen.
"""

import functools

import numpy

from shmlab.explorer.raw import raw_bytes

# Methods that read the whole array, and those that show the same memory in another shape.
_READING = frozenset(
    (
        *("all", "any", "argmax", "argmin", "argsort", "astype", "copy", "cumprod", "cumsum", "diagonal", "dot"),
        *("flatten", "item", "max", "mean", "min", "nonzero", "prod", "round", "std", "sum"),
        *("tobytes", "tolist", "var"),
    )
)
_VIEWS = frozenset(("ravel", "reshape", "squeeze", "swapaxes", "transpose"))


class RawArray(numpy.lib.mixins.NDArrayOperatorsMixin):
    """What an array over a shared buffer is: indexing by slices gives views, arithmetic reads them."""

    __slots__ = ("_dtype", "_offsets", "_process")

    def __init__(self, process, offsets, dtype):
        self._process = process
        self._offsets = offsets  # the byte offset of each element, in the array's own shape
        self._dtype = dtype

    dtype = property(lambda self: self._dtype)
    shape = property(lambda self: self._offsets.shape)
    size = property(lambda self: self._offsets.size)
    ndim = property(lambda self: self._offsets.ndim)
    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: self.size * self.itemsize)
    T = property(lambda self: self.transpose())

    def content(self):
        """What tells it from others, for marks."""
        return "shared array", self._offsets.tobytes(), self.shape, self.dtype.str

    def __len__(self):
        return len(self._offsets)

    def __bool__(self):
        return bool(numpy.asarray(self))

    def _read(self, at):
        return numpy.frombuffer(self._process.load_bytes(int(at), self.itemsize), self.dtype)[0]

    def __array__(self, dtype=None, copy=None):
        loaded = numpy.empty(self.shape, self.dtype)
        for place in numpy.ndindex(self.shape):
            loaded[place] = self._read(self._offsets[place])
        loaded = loaded if dtype is None else loaded.astype(dtype)
        # One that numpy did not ask for is taken for the shared memory: what is stored into it would be lost.
        loaded.flags.writeable = copy is True
        return loaded

    def __bytes__(self):
        return self.tobytes()

    def __copy__(self):
        return numpy.array(self)

    def __deepcopy__(self, memo):
        return numpy.array(self)

    def __setattr__(self, name, value):
        if hasattr(numpy.ndarray, name):
            raise NotImplementedError(f"a check does not follow setting .{name} of an array over shared memory")
        super().__setattr__(name, value)

    def __getitem__(self, key):
        offsets = self._offsets[key]
        if not isinstance(offsets, numpy.ndarray):
            return self._read(offsets)
        part = RawArray(self._process, offsets, self.dtype)
        is_view = numpy.shares_memory(offsets, self._offsets)
        return part if is_view else numpy.array(part)

    def __setitem__(self, key, value):
        offsets = numpy.asarray(self._offsets[key])
        # numpy's own conversion, with its errors, into an array of nobody else's.
        converted = numpy.empty(offsets.shape, self.dtype)
        converted[...] = numpy.asarray(value) if isinstance(value, RawArray) else value
        flat = converted.reshape(-1)
        for number, at in enumerate(offsets.reshape(-1)):
            self._process.store_bytes(int(at), flat[number : number + 1].tobytes())

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if method == "at":
            raise NotImplementedError(f"a check does not follow numpy.{ufunc.__name__}.at: assign element by element")
        inputs = [numpy.asarray(one) if isinstance(one, RawArray) else one for one in inputs]
        if out is None:
            return getattr(ufunc, method)(*inputs, **options)
        if len(out) > 1:
            raise NotImplementedError("a check does not follow out= with several arrays: assign what is returned")
        target = out[0]
        # Where a mask leaves elements out, they stay as they are.
        private = numpy.array(target) if "where" in options else numpy.empty(target.shape, target.dtype)
        getattr(ufunc, method)(*inputs, out=private, **options)
        target[...] = private
        return target

    def fill(self, value):
        self[...] = value

    def sort(self, axis=-1):
        self[...] = numpy.sort(numpy.asarray(self), axis)

    def __getattr__(self, name):
        if name in _READING:
            return getattr(numpy.asarray(self), name)
        if name in _VIEWS:
            return functools.partial(self._seen_as, name)
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotImplementedError(f"a check does not follow .{name} of an array over shared memory: use its elements")

    def _seen_as(self, name, *how, **options):
        """The same memory in another shape, where numpy shows the same; else a copy."""
        offsets = getattr(self._offsets, name)(*how, **options)
        part = RawArray(self._process, offsets, self.dtype)
        return part if numpy.shares_memory(offsets, self._offsets) else numpy.array(part)


def frombuffer(buffer, dtype=float, count=-1, offset=0, **options):
    """numpy.frombuffer, on shared memory too."""
    raw = raw_bytes(buffer)
    if raw is None:
        return numpy.frombuffer(buffer, dtype, count, offset, **options)
    dtype = numpy.dtype(dtype)
    if dtype.kind in "VO":
        raise NotImplementedError("a check does not follow arrays of structured elements: use the fields of shm")
    room = raw.nbytes - offset
    if count < 0 and room % dtype.itemsize:
        raise ValueError("buffer size must be a multiple of element size")
    count = room // dtype.itemsize if count < 0 else count
    if offset < 0 or count * dtype.itemsize > room:
        raise ValueError("buffer is smaller than requested size")
    process, at = raw.base
    return RawArray(process, at + offset + numpy.arange(count) * dtype.itemsize, dtype)


def of_field(field, kind):
    """The array that numpy makes of a ctypes array, here over its look-alike."""
    dtype = numpy.dtype(kind)
    return frombuffer(field, dtype.base).reshape(dtype.shape)


def ndarray(shape, dtype=float, buffer=None, offset=0, strides=None, order=None):
    """numpy.ndarray, on shared memory too."""
    if raw_bytes(buffer) is None:
        return numpy.ndarray(shape, dtype, buffer, offset, strides, order)
    if strides is not None or order not in (None, "C"):
        raise NotImplementedError("a check does not follow numpy.ndarray with strides or order: index what you need")
    return frombuffer(buffer, dtype, int(numpy.prod(shape)), offset).reshape(shape)
