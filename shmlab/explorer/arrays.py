"""numpy on shared memory in a check: each element read or written is a step.

Imported only when a learner's function uses numpy.
"""

import numpy

from shmlab.explorer.raw import raw_bytes


class RawArray(numpy.lib.mixins.NDArrayOperatorsMixin):
    """What an array over a shared buffer is: indexing by slices gives views, arithmetic reads them."""

    def __init__(self, process, offsets, dtype):
        self._process = process
        self._offsets = offsets  # the byte offset of each element, in the array's own shape
        self.dtype = dtype

    shape = property(lambda self: self._offsets.shape)
    size = property(lambda self: self._offsets.size)
    ndim = property(lambda self: self._offsets.ndim)
    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: self.size * self.itemsize)

    def __len__(self):
        return len(self._offsets)

    def _read(self, at):
        return numpy.frombuffer(self._process.load_bytes(int(at), self.itemsize), self.dtype)[0]

    def __array__(self, dtype=None, copy=None):
        loaded = numpy.empty(self.shape, self.dtype)
        for place in numpy.ndindex(self.shape):
            loaded[place] = self._read(self._offsets[place])
        return loaded if dtype is None else loaded.astype(dtype)

    def __getitem__(self, key):
        offsets = self._offsets[key]
        if not isinstance(offsets, numpy.ndarray):
            return self._read(offsets)
        part = RawArray(self._process, offsets, self.dtype)
        is_view = numpy.shares_memory(offsets, self._offsets)
        return part if is_view else numpy.asarray(part)

    def __setitem__(self, key, value):
        offsets = numpy.asarray(self._offsets[key])
        if isinstance(value, RawArray):
            value = numpy.asarray(value)
        values = numpy.broadcast_to(numpy.asarray(value).astype(self.dtype), offsets.shape)
        for place in numpy.ndindex(offsets.shape):
            self._process.store_bytes(int(offsets[place]), values[place].tobytes())

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        inputs = [numpy.asarray(one) if isinstance(one, RawArray) else one for one in inputs]
        result = getattr(ufunc, method)(*inputs, **options)
        if out is None:
            return result
        out[0][...] = result
        return out[0]

    def fill(self, value):
        self[...] = value

    def sort(self):
        self[...] = numpy.sort(numpy.asarray(self))

    def reshape(self, *shape):
        return RawArray(self._process, self._offsets.reshape(*shape), self.dtype)

    def __getattr__(self, name):
        # sum, tolist, copy, max …: they read the whole array.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(numpy.asarray(self), name)


def frombuffer(buffer, dtype=float, count=-1, offset=0, **options):
    """numpy.frombuffer, on shared memory too."""
    raw = raw_bytes(buffer)
    if raw is None:
        return numpy.frombuffer(buffer, dtype, count, offset, **options)
    dtype = numpy.dtype(dtype)
    room = raw.nbytes - offset
    count = room // dtype.itemsize if count < 0 else count
    if offset < 0 or count * dtype.itemsize > room:
        raise ValueError("buffer is smaller than requested size")
    process, at = raw.base
    return RawArray(process, at + offset + numpy.arange(count) * dtype.itemsize, dtype)


def ndarray(shape, dtype=float, buffer=None, offset=0, **options):
    """numpy.ndarray, on shared memory too."""
    if raw_bytes(buffer) is None:
        return numpy.ndarray(shape, dtype, buffer, offset, **options)
    return frombuffer(buffer, dtype, int(numpy.prod(shape)), offset).reshape(shape)
