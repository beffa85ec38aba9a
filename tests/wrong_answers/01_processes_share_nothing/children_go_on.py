"""roll_call: both came back.

The learner lets the children run on in the loop.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    for place in range(children):
        child = os.fork()
        if child == 0:
            struct.pack_into("q", memory, 8 * place, os.getpid())
            break
        os.waitpid(child, 0)
    return [struct.unpack_from("q", memory, 8 * place)[0] for place in range(children)]
