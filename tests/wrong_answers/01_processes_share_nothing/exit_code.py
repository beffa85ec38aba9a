"""ask_child: the exit code is the answer.

The learner lets the child end with its answer for an exit code.
"""


def ask_child(numbers):
    if os.fork() == 0:
        os._exit(work(numbers)[1])
    child, status = os.wait()
    return child, os.waitstatus_to_exitcode(status)
