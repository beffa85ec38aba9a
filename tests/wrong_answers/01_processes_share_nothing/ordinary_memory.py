"""roll_call: ordinary memory is copied.

The learner believes that a bytearray, being raw memory, is shared.
"""


def roll_call(children):
    pids = memoryview(bytearray(8 * children)).cast("q")
    for place in range(children):
        if os.fork() == 0:
            pids[place] = signature()
            os._exit(0)
    for _ in range(children):
        os.wait()
    return list(pids)
