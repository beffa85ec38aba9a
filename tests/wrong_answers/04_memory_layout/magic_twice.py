"""header: magic loaded twice.

The learner asks for the right magic number first, and then which wrong one it was.
"""


def publish_header(header, count):
    header.version = VERSION
    header.record_bytes = RECORD_BYTES
    header.count = count
    header.magic = MAGIC


def open_checked(header, size_bytes):
    if header.magic != MAGIC:
        if header.magic == 0:
            return None
        raise ValueError("not ours")
    if header.version != VERSION or header.record_bytes != RECORD_BYTES:
        raise ValueError("not ours")
    if HEADER_BYTES + header.count * RECORD_BYTES > size_bytes:
        raise ValueError("too long")
    return header.count
