"""header: magic first.

The learner fills in the fields in the order in which they are declared.
"""


def publish_header(header, count):
    header.magic = MAGIC
    header.version = VERSION
    header.record_bytes = RECORD_BYTES
    header.count = count


def open_checked(header, size_bytes):
    if header.magic == 0:
        return None
    if header.magic != MAGIC or header.version != VERSION or header.record_bytes != RECORD_BYTES:
        raise ValueError("not ours")
    if HEADER_BYTES + header.count * RECORD_BYTES > size_bytes:
        raise ValueError("too long")
    return header.count
