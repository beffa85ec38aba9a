"""roll_call: a view of numbers, children that the first one forks in turn."""


def roll_call(children):
    memory = mmap.mmap(-1, max(mmap.PAGESIZE, 8 * children), flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
    places = memoryview(memory).cast("q")
    pids = []
    for place in range(children):
        pid = os.fork()
        if not pid:
            places[place] = signature()
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    return places[:children].tolist()
