"""header: record size ignored.

The learner takes the size of a record for a matter of the version.
"""


def publish_header(header, count):
    header.version = VERSION
    header.record_bytes = RECORD_BYTES
    header.count = count
    header.magic = MAGIC


def open_checked(header, size_bytes):
    if header.magic == 0:
        return None
    if header.magic != MAGIC or header.version != VERSION:
        raise ValueError("not ours")
    if HEADER_BYTES + header.count * header.record_bytes > size_bytes:
        raise ValueError("too long")
    return header.count
