"""roll_call: memory without a name, from memfd_create."""


def roll_call(children):
    descriptor = os.memfd_create("roll")
    os.ftruncate(descriptor, 8 * children)
    with mmap.mmap(descriptor, 8 * children) as memory:
        for place in range(children):
            if os.fork() == 0:
                memory[8 * place : 8 * place + 8] = signature().to_bytes(8, sys.byteorder)
                os._exit(0)
            os.wait()
        return [int.from_bytes(memory[8 * place : 8 * place + 8], sys.byteorder) for place in range(children)]
