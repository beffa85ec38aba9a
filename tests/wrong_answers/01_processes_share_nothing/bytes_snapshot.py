"""roll_call: a copy taken too early.

The learner takes the content out of the mapping, and believes that the copy follows it.
"""


def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    places = bytearray(memory[:])
    for place in range(children):
        if os.fork() == 0:
            struct.pack_into("q", memory, 8 * place, os.getpid())
            os._exit(0)
    for _ in range(children):
        os.wait()
    return [struct.unpack_from("q", places, 8 * place)[0] for place in range(children)]
