"""header: waits for the writer.

The learner makes the reader wait until the header is there, however long that takes.
"""


def publish_header(header, count):
    header.version = VERSION
    header.record_bytes = RECORD_BYTES
    header.count = count
    header.magic = MAGIC


def open_checked(header, size_bytes):
    while header.magic == 0:
        pass
    if header.magic != MAGIC or header.version != VERSION or header.record_bytes != RECORD_BYTES:
        raise ValueError("not ours")
    if HEADER_BYTES + header.count * RECORD_BYTES > size_bytes:
        raise ValueError("too long")
    return header.count
