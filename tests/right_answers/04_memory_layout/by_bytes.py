"""header: the writer by name in a loop, the reader counts what room there is, and reads the magic twice."""


def publish_header(header, count):
    for field, value in (("count", count), ("record_bytes", RECORD_BYTES), ("version", VERSION), ("magic", MAGIC)):
        setattr(header, field, value)


def open_checked(header, size_bytes):
    if not header.magic:
        return None
    room = (size_bytes - HEADER_BYTES) // RECORD_BYTES if size_bytes else 0
    good = header.magic == MAGIC and header.version == VERSION and header.record_bytes == RECORD_BYTES
    if good and header.count <= room:
        return header.count
    raise ValueError(f"not a table of version {VERSION} with room for {header.count} records")
