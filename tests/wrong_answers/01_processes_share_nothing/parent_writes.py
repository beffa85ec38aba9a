"""roll_call: the parent wrote for them.

The learner stores before the fork, when there is only one process.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    for place in range(children):
        struct.pack_into("q", memory, 8 * place, os.getpid())
        if os.fork() == 0:
            os._exit(0)
        os.wait()
    return [struct.unpack_from("q", memory, 8 * place)[0] for place in range(children)]
