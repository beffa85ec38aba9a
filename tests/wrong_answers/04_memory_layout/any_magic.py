"""header: any magic will do.

The learner takes the magic number for a flag: 0 or not.
"""


def publish_header(header, count):
    header.version = VERSION
    header.record_bytes = RECORD_BYTES
    header.count = count
    header.magic = MAGIC


def open_checked(header, size_bytes):
    if not header.magic:
        return None
    if header.version != VERSION or header.record_bytes != RECORD_BYTES:
        raise ValueError("not ours")
    if HEADER_BYTES + header.count * RECORD_BYTES > size_bytes:
        raise ValueError("too long")
    return header.count
