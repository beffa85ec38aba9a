"""ask_child: numbers of four bytes."""


def ask_child(numbers):
    memory = mmap.mmap(-1, 8)
    both = memoryview(memory).cast("i")
    if os.fork() == 0:
        both[0], both[1] = work(numbers)
        os._exit(0)
    os.wait()
    return list(both)
