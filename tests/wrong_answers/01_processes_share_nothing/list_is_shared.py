"""ask_child: a list is one for both.

The learner believes that a mutable object is shared, as it is between functions.
"""


def ask_child(numbers):
    found = []
    if os.fork() == 0:
        found.append(work(numbers))
        os._exit(0)
    os.wait()
    return found[0]
