"""roll_call: ordinary memory is copied.

The learner believes that a bytearray, being raw memory, is shared.
"""


def roll_call(children):
    memory = bytearray(8 * children)
    for place in range(children):
        if os.fork() == 0:
            struct.pack_into("q", memory, 8 * place, os.getpid())
            os._exit(0)
    for _ in range(children):
        os.wait()
    return [struct.unpack_from("q", memory, 8 * place)[0] for place in range(children)]
