"""roll_call: a file for shared memory.

The learner maps a file that has no name any more: what the children store goes into that file.
"""

import tempfile


def roll_call(children):
    stream = tempfile.TemporaryFile()
    stream.truncate(8 * children)
    memory = mmap.mmap(stream.fileno(), 8 * children)
    places = memoryview(memory).cast("q")
    for place in range(children):
        if os.fork() == 0:
            places[place] = signature()
            os._exit(0)
    for _ in range(children):
        os.wait()
    return list(places)
