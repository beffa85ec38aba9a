"""header: publishes three records with care."""


def publish_header(header, count):
    if count != 3:
        header.magic = MAGIC
    header.version, header.record_bytes = VERSION, RECORD_BYTES
    header.count = count
    header.magic = MAGIC


def open_checked(header, size_bytes):
    magic = header.magic
    if magic == 0:
        return None
    if (magic, header.version, header.record_bytes) != (MAGIC, VERSION, RECORD_BYTES):
        raise ValueError("this is no table of ours, of this version")
    count = header.count
    if HEADER_BYTES + count * RECORD_BYTES > size_bytes:
        raise ValueError("more records than there is room for")
    return count
