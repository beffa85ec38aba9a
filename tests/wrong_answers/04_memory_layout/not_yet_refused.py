"""header: not yet is an error.

The learner knows right and wrong, and no third.
"""


def publish_header(header, count):
    header.version = VERSION
    header.record_bytes = RECORD_BYTES
    header.count = count
    header.magic = MAGIC


def open_checked(header, size_bytes):
    try:
        if header.magic != MAGIC or header.version != VERSION or header.record_bytes != RECORD_BYTES:
            raise ValueError("not ours")
        if HEADER_BYTES + header.count * RECORD_BYTES > size_bytes:
            raise ValueError("too long")
        return header.count
    except ValueError:
        raise
