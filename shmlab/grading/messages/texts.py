"""Check texts and counts in messages: their size is limited, and every text can be displayed and stored."""

_LONGEST = 4000  # characters of a text for people


def is_count(value):
    """Tell whether a value is an int from 0 to 2**64 - 1."""
    return type(value) is int and 0 <= value < 1 << 64


def is_text(value, most=_LONGEST):
    """Tell whether a value is a text of at most `most` characters that UTF-8 can encode."""
    return isinstance(value, str) and len(value) <= most and _writable(value) == value


def shortened(text, most=_LONGEST):
    """Return a text cut to `most` characters. Characters that UTF-8 cannot encode become question marks."""
    return _writable(text if len(text) <= most else text[: most - 1] + "…")


def visible(text):
    """Return a text with unprintable characters escaped: they could move a terminal's cursor or change colours."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _writable(text):
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
