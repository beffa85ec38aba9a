"""header: a value in place of an error.

The learner returns what C functions return.
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
        return -1
    if HEADER_BYTES + header.count * RECORD_BYTES > size_bytes:
        return -1
    return header.count
