"""header: the header byte by byte.

The learner unpacks the header from its bytes, all at once.
"""


def publish_header(header, count):
    header.version = VERSION
    header.record_bytes = RECORD_BYTES
    header.count = count
    header.magic = MAGIC


def open_checked(header, size_bytes):
    magic, version, record_bytes, count = struct.unpack("@IHHI", memoryview(header))
    if magic == 0:
        return None
    if (magic, version, record_bytes) != (MAGIC, VERSION, RECORD_BYTES):
        raise ValueError("not ours")
    if HEADER_BYTES + count * RECORD_BYTES > size_bytes:
        raise ValueError("too long")
    return count
