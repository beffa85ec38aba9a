"""header: a copy of all fields is checked.

The learner copies the header as lesson 04 does; the error is a ValueError of its own.
"""


class NotOurs(ValueError):
    pass


def publish_header(header, count):
    header.version = VERSION
    header.record_bytes = RECORD_BYTES
    header.count = count
    header.magic = MAGIC


def open_checked(header, size_bytes):
    copied = Header.from_buffer_copy(bytes(header))
    if copied.magic == 0:
        return None
    if (copied.magic, copied.version, copied.record_bytes) != (MAGIC, VERSION, RECORD_BYTES):
        raise NotOurs("another table")
    if copied.count > (size_bytes - HEADER_BYTES) // RECORD_BYTES:
        raise NotOurs("too long")
    return copied.count
