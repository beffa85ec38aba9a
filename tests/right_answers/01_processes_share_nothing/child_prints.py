"""ask_child: the child prints, and its standard output is the pipe."""


def ask_child(numbers):
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(writing, 1)
        print(json.dumps(work(numbers)), flush=True)
        os._exit(0)
    os.close(writing)
    answer = json.loads(os.fdopen(reading).readline())
    os.waitpid(pid, 0)
    return answer
