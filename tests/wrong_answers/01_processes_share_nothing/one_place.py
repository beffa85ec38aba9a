"""roll_call: all in one place.

The learner gives all children the same place.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    for _ in range(children):
        if os.fork() == 0:
            struct.pack_into("q", memory, 0, os.getpid())
            os._exit(0)
    for _ in range(children):
        os.wait()
    return [struct.unpack_from("q", memory, 8 * place)[0] for place in range(children)]
