"""roll_call: mapped after the fork.

The learner believes that two processes that map in the same way map the same memory.
"""


def roll_call(children):
    pids = []
    for place in range(children):
        child = os.fork()
        memory = mmap.mmap(-1, 8 * children)
        if child == 0:
            struct.pack_into("q", memory, 8 * place, os.getpid())
            os._exit(0)
        os.wait()
        pids.append(struct.unpack_from("q", memory, 8 * place)[0])
    return pids
