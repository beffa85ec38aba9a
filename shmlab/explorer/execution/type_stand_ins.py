"""What `type` and ctypes say of shared memory in a check: what they say of the real memory."""

import ctypes

BY_ADDRESS = ("addressof", "byref", "pointer", "cast", "memmove", "memset", "string_at", "wstring_at")


class _OfType(type):
    """What `type` does, but for shared memory: the type of a look-alike is its layout, as on the real segment. So a
    function that asks what it has been given gets the same answer in a check as in a real process."""

    def __call__(cls, *arguments, **named):
        if cls is Type and len(arguments) == 1 and not named:
            kind = type(arguments[0])
            return arguments[0].__class__ if hasattr(kind, "layout_of") else kind
        return super().__call__(*arguments, **named) if cls is not Type else type(*arguments, **named)

    def __instancecheck__(cls, found):
        return isinstance(found, type) if cls is Type else super().__instancecheck__(found)

    def __subclasscheck__(cls, found):
        return issubclass(found, type) if cls is Type else super().__subclasscheck__(found)

    def __eq__(cls, other):
        return other is cls or (cls is Type and other is type)

    def __hash__(cls):
        return hash(type) if cls is Type else super().__hash__()


class Type(type, metaclass=_OfType):
    """What a learner's function finds as `type`."""


def sizeof(found):
    return ctypes.sizeof(getattr(type(found), "layout_of", None) or getattr(found, "layout_of", None) or found)


def by_address(name):
    """A function of ctypes that goes around the fields, refused on shared memory."""

    def called(*arguments):
        if any(hasattr(type(one), "layout_of") for one in arguments):
            raise NotImplementedError(f"a check does not follow ctypes.{name} of shared memory: use its fields")
        return getattr(ctypes, name)(*arguments)

    return called
