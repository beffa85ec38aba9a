"""header: count read before magic.

The learner takes all fields into variables first, to look at them in peace.
"""


def publish_header(header, count):
    header.version = VERSION
    header.record_bytes = RECORD_BYTES
    header.count = count
    header.magic = MAGIC


def open_checked(header, size_bytes):
    count, version, record_bytes, magic = header.count, header.version, header.record_bytes, header.magic
    if magic == 0:
        return None
    if magic != MAGIC or (version and version != VERSION) or (record_bytes and record_bytes != RECORD_BYTES):
        raise ValueError("not ours")
    if HEADER_BYTES + count * RECORD_BYTES > size_bytes:
        raise ValueError("too long")
    return count
