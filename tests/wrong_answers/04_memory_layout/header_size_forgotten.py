"""header: the header takes room, too.

The learner divides the segment's size by the record's.
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
    if header.count > size_bytes // RECORD_BYTES:
        raise ValueError("too long")
    return header.count
