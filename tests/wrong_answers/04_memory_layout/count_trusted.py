"""header: the count was trusted.

The learner believes that who has the right magic number has the right count.
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
    return header.count
