"""Texts and counts in messages: of no length that hurts, and with nothing in them that cannot be shown."""

_LONGEST = 4000  # characters of a text that somebody will read


def is_count(value):
    """Whether it is a whole number from 0 up, and no longer than an address."""
    return type(value) is int and 0 <= value < 1 << 64


def is_text(value, most=_LONGEST):
    """Whether it is a text that somebody can be shown, in a file or on a terminal of UTF-8."""
    return isinstance(value, str) and len(value) <= most and _writable(value) == value


def shortened(text, most=_LONGEST):
    """A text cut to what travels; what no file could hold is a question mark."""
    return _writable(text if len(text) <= most else text[: most - 1] + "…")


def visible(text):
    """A text for people: what would move a terminal's cursor or change its colours stands there as in a literal."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def _writable(text):
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
