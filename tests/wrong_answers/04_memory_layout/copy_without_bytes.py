"""header: the header byte by byte.

The learner copies the header as one copies it from a segment.
"""


def publish_header(header, count):
    header.version = VERSION
    header.record_bytes = RECORD_BYTES
    header.count = count
    header.magic = MAGIC


def open_checked(header, size_bytes):
    header = Header.from_buffer_copy(header)
    if header.magic == 0:
        return None
    if header.magic != MAGIC or header.version != VERSION or header.record_bytes != RECORD_BYTES:
        raise ValueError("not ours")
    if HEADER_BYTES + header.count * RECORD_BYTES > size_bytes:
        raise ValueError("too long")
    return header.count
