"""numpy on shared memory in a check: each element read or written is a step.

Imported only if a learner's function uses numpy. What an array over a segment can do and this one cannot is refused,
so that no access goes unseen.
"""

import functools

import numpy

from shmlab.explorer.lookalikes.raw_bytes import raw_bytes

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
    """Stands for an array over a shared buffer: indexing by slices gives views, arithmetic reads the elements."""

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
        """Return the parts that distinguish it from others, for marks."""
        return "shared array", self._offsets.tobytes(), self.shape, self.dtype.str

    def __len__(self):
        return len(self._offsets)

    def __bool__(self):
        return bool(numpy.asarray(self))

    def _read(self, offset):
        return numpy.frombuffer(self._process.load_bytes(int(offset), self.itemsize), self.dtype)[0]

    def __array__(self, dtype=None, copy=None):
        loaded = numpy.empty(self.shape, self.dtype)
        for place in numpy.ndindex(self.shape):
            loaded[place] = self._read(self._offsets[place])
        loaded = loaded if dtype is None else loaded.astype(dtype)
        # A caller may take this copy for the shared memory; a store into it would be lost, so it cannot be written.
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

    @property
    def __class__(self):
        return numpy.ndarray  # for isinstance, as on the real memory

    def __array_function__(self, function, types, arguments, options):
        return on_shared(function, arguments, options)

    def __getitem__(self, key):
        offsets = self._offsets[key]
        if not isinstance(offsets, numpy.ndarray):
            return self._read(offsets)
        part = RawArray(self._process, offsets, self.dtype)
        is_view = numpy.shares_memory(offsets, self._offsets)
        return part if is_view else numpy.array(part)

    def __setitem__(self, key, value):
        offsets = numpy.asarray(self._offsets[key])
        # numpy converts, with its own errors, into a private array.
        converted = numpy.empty(offsets.shape, self.dtype)
        converted[...] = numpy.asarray(value) if isinstance(value, RawArray) else value
        flat = converted.reshape(-1)
        for number, offset in enumerate(offsets.reshape(-1)):
            self._process.store_bytes(int(offset), flat[number : number + 1].tobytes())

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if method == "at":
            raise NotImplementedError(f"a check does not follow numpy.{ufunc.__name__}.at: assign element by element")
        inputs = [numpy.asarray(array) if isinstance(array, RawArray) else array for array in inputs]
        if out is None:
            return getattr(ufunc, method)(*inputs, **options)
        if len(out) > 1:
            raise NotImplementedError("a check does not follow out= with several arrays: assign what is returned")
        target = out[0]
        # Elements that a mask leaves out stay as they are.
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

    def _seen_as(self, name, *shape, **options):
        """Return the same memory in another shape, if numpy would show the same memory; else a copy."""
        offsets = getattr(self._offsets, name)(*shape, **options)
        part = RawArray(self._process, offsets, self.dtype)
        return part if numpy.shares_memory(offsets, self._offsets) else numpy.array(part)


_WRITING = frozenset(("fill_diagonal", "place", "put", "put_along_axis", "putmask"))


def on_shared(function, arguments, options):
    """Call a function of numpy with arrays over shared memory: it reads them all, and its result is private. Raise
    NotImplementedError for a function that would write to them or show their memory."""
    name = function.__name__
    if name in _VIEWS and isinstance(first := shared(arguments[0]), RawArray):
        return getattr(first, name)(*arguments[1:], **options)
    if name == "copyto" and isinstance(target := shared(arguments[0]), RawArray):
        target[...] = numpy.broadcast_to(numpy.asarray(arguments[1]), target.shape)
        return None
    if name in _WRITING or "out" in options:
        raise NotImplementedError(f"a check does not follow numpy.{name} into shared memory: assign element by element")
    loaded = []
    result = function(
        *(_private(value, loaded) for value in arguments),
        **{key: _private(value, loaded) for key, value in options.items()},
    )
    parts = result if isinstance(result, list | tuple) else [result]
    if any(
        isinstance(part, numpy.ndarray) and numpy.may_share_memory(part, value) for part in parts for value in loaded
    ):
        raise NotImplementedError(
            f"a check does not follow numpy.{name} where it shows the same shared memory: use indices and slices, or "
            "numpy.array(...) for a copy"
        )
    return result


def _private(value, loaded):
    """Return `value` with every array over shared memory in it read now. The arrays that were read are added to
    `loaded`."""
    if isinstance(value, list | tuple):
        return type(value)(_private(part, loaded) for part in value)
    array = shared(value)
    if not isinstance(array, RawArray):
        return value
    loaded.append(array.__array__())
    return loaded[-1]


def shared(value):
    """Return the array over shared memory that numpy makes of a field, of its bytes, or of such an array; any other
    value as it is."""
    kind = getattr(type(value), "layout_of", None)
    if isinstance(value, RawArray):
        return value
    if kind is not None:
        return of_field(value, kind)
    raw = raw_bytes(value)
    return value if raw is None else frombuffer(raw, raw.format)


def asarray(value, dtype=None, order=None, **options):
    """Do numpy.asarray, on shared memory too: the result shows the same memory unless it has to be converted."""
    array = shared(value)
    if not isinstance(array, RawArray):
        return numpy.asarray(value, dtype, order, **options)
    if options.get("copy") or (dtype is not None and numpy.dtype(dtype) != array.dtype):
        return numpy.array(array, dtype, order=order)
    return array


asanyarray = ascontiguousarray = asarray


def array(value, dtype=None, *, copy=True, **options):
    """Do numpy.array, on shared memory too."""
    if copy or not isinstance(shared(value), RawArray):
        return numpy.array(value, dtype, copy=copy, **options)
    return asarray(value, dtype)


def as_array(value, shape=None):
    """Do numpy.ctypeslib.as_array, on shared memory too."""
    result = shared(value)
    return result if isinstance(result, RawArray) else numpy.ctypeslib.as_array(value, shape)


def frombuffer(buffer, dtype=float, count=-1, offset=0, **options):
    """Do numpy.frombuffer, on shared memory too."""
    raw = raw_bytes(buffer)
    if raw is None:
        return numpy.frombuffer(buffer, dtype, count, offset, **options)
    dtype = numpy.dtype(dtype)
    if dtype.kind in "VO":
        raise NotImplementedError("a check does not follow arrays of structured elements: use the fields of shm")
    count = len(numpy.frombuffer(bytes(raw.nbytes), dtype, count, offset))  # raises numpy's errors
    process, start = raw.base
    return RawArray(process, start + offset + numpy.arange(count) * dtype.itemsize, dtype)


def of_field(field, kind):
    """Return the array that numpy makes of a ctypes array, here over its look-alike."""
    dtype, shape = numpy.dtype(kind), ()
    while dtype.subdtype is not None:
        dtype, shape = dtype.subdtype[0], (*shape, *dtype.subdtype[1])
    return frombuffer(field, dtype).reshape(shape)


class _Arrays(type):
    def __call__(cls, *arguments, **options):
        return _ndarray(*arguments, **options)

    def __instancecheck__(cls, found):
        return isinstance(found, numpy.ndarray)

    def __getattr__(cls, name):
        return getattr(numpy.ndarray, name)


class ndarray(metaclass=_Arrays):  # noqa: N801 - what a learner's function finds as numpy.ndarray
    """numpy.ndarray, on shared memory too."""


def _ndarray(shape, dtype=float, buffer=None, offset=0, strides=None, order=None):
    if raw_bytes(buffer) is None:
        return numpy.ndarray(shape, dtype, buffer, offset, strides, order)
    if strides is not None or order not in (None, "C"):
        raise NotImplementedError("a check does not follow numpy.ndarray with strides or order: index what you need")
    return frombuffer(buffer, dtype, int(numpy.prod(shape)), offset).reshape(shape)
