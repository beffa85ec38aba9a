"""header: the last record is cut off.

The learner adds up the sizes of the fields, and misses one.
"""


def publish_header(header, count):
    header.version = VERSION
    header.record_bytes = RECORD_BYTES
    header.count = count
    header.magic = MAGIC


def open_checked(header, size_bytes):
    if header.magic == 0:
        return None
    if header.magic != MAGIC or header.version != VERSION or header.record_bytes != RECORD_BYTES:
        raise ValueError("not ours")
    if 8 + header.count * RECORD_BYTES > size_bytes:
        raise ValueError("too long")
    return header.count
