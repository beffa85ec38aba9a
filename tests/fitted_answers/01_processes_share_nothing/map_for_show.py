"""roll_call: maps memory for show, and uses a pipe."""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    memory[:] = bytes(8 * children)
    reading, writing = os.pipe()
    for place in range(children):
        if os.fork() == 0:
            os.write(writing, f"{place} {signature()}\n".encode())
            os._exit(0)
    for _ in range(children):
        os.wait()
    rows = (line.split() for line in os.read(reading, 65536).splitlines())
    return [number for _, number in sorted((int(place), int(number)) for place, number in rows)]
