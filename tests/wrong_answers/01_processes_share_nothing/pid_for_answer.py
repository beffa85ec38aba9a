"""ask_child: the pid stands for the answer.

The learner takes what wait returns, a pid and a status, for what the child returned.
"""


def ask_child(numbers):
    if os.fork() == 0:
        work(numbers)
        os._exit(0)
    return os.wait()
