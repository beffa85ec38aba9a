"""roll_call: never waited.

The learner believes that the children are done when the loop is.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    for place in range(children):
        if os.fork() == 0:
            struct.pack_into("q", memory, 8 * place, os.getpid())
            os._exit(0)
    return [struct.unpack_from("q", memory, 8 * place)[0] for place in range(children)]
