"""ask_child: an assignment crosses over.

The learner believes that a global variable is one for all processes of a program.
"""

answer = None


def ask_child(numbers):
    global answer
    child = os.fork()
    if child == 0:
        answer = work(numbers)
        os._exit(0)
    os.waitpid(child, 0)
    return answer
