"""What `type` and ctypes say about shared memory in a check: the same as about the real memory."""

import ctypes

BY_ADDRESS = ("addressof", "byref", "pointer", "cast", "memmove", "memset", "string_at", "wstring_at")


class _OfType(type):
    """Does what `type` does, except for shared memory: there the type of a look-alike is its layout, as on the real
    segment. So a function that asks for the type of its argument gets the same answer in a check and in a real
    process."""

    def __call__(cls, *arguments, **named):
        if cls is Type and len(arguments) == 1 and not named:
            kind = type(arguments[0])
            return arguments[0].__class__ if hasattr(kind, "layout_of") else kind
        return super().__call__(*arguments, **named) if cls is not Type else type(*arguments, **named)

    def __instancecheck__(cls, obj):
        return isinstance(obj, type) if cls is Type else super().__instancecheck__(obj)

    def __subclasscheck__(cls, kind):
        return issubclass(kind, type) if cls is Type else super().__subclasscheck__(kind)

    def __eq__(cls, other):
        return other is cls or (cls is Type and other is type)

    def __hash__(cls):
        return hash(type) if cls is Type else super().__hash__()


class Type(type, metaclass=_OfType):
    """What a learner's function gets as `type`."""


def sizeof(obj):
    return ctypes.sizeof(getattr(type(obj), "layout_of", None) or getattr(obj, "layout_of", None) or obj)


def by_address(name):
    """Return a stand-in for a function of ctypes that bypasses the fields; it refuses shared memory."""

    def called(*arguments):
        if any(hasattr(type(argument), "layout_of") for argument in arguments):
            raise NotImplementedError(f"a check does not follow ctypes.{name} of shared memory: use its fields")
        return getattr(ctypes, name)(*arguments)

    return called
