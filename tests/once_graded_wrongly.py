"""Answers that were graded wrongly once: (exercise, item, name, the right grade, answer). Each stands for a kind.

LESS means fewer than all points: how many, the rubric decides.
"""

FULL, LESS, FULL_OR_NOT_JUDGED = "full", "less than full", "full, or not judged"
ANSWERS = [
    # wrong, and got full points
    (
        "01_processes_share_nothing",
        "shared_mappings",
        "break_after_first_match",
        LESS,
        r"""def shared_mappings(first, second):
    found = []
    for there in second.splitlines():
        a, m, *w = there.split()[:5]
        if m[3] != "s":
            continue
        for here in first.splitlines():
            b, n, *v = here.split()[:5]
            if n[3] == "s" and v == w:
                found.append((b, a))
                break
    return found
""",
    ),
    (
        "01_processes_share_nothing",
        "ask_child",
        "works_discarded_computed_in_parent",
        LESS,
        r"""def ask_child(numbers):
    child = os.fork()
    if child == 0:
        work(numbers)
        os._exit(0)
    os.wait()
    return child, child + sum(number * number for number in numbers)
""",
    ),
    (
        "01_processes_share_nothing",
        "roll_call",
        "tmp_file",
        LESS,
        r"""import tempfile
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
""",
    ),
    (
        "01_processes_share_nothing",
        "roll_call",
        "dummy_map_and_pipe",
        LESS,
        r"""def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)     # for show
    reading, writing = os.pipe()
    for place in range(children):
        if os.fork() == 0:
            os.write(writing, f"{place} {signature()}\n".encode())
            os._exit(0)
    for _ in range(children):
        os.wait()
    rows = (line.split() for line in os.read(reading, 65536).splitlines())
    return [number for _, number in sorted((int(place), int(number)) for place, number in rows)]
""",
    ),
    (
        "02_posix_shared_memory",
        "create_or_open",
        "gives_up_after_50",
        LESS,
        r"""def create_or_open(name, size, seat):
    try:
        descriptor = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.posix_fallocate(descriptor, 0, size)
        created = True
    except FileExistsError:
        descriptor = shm_open(name, os.O_RDWR)
        for _ in range(50):
            if os.fstat(descriptor).st_size >= size:
                break
            time.sleep(0.001)
        else:
            os.ftruncate(descriptor, size)       # it will not come any more
        created = False
    with mmap.mmap(descriptor, size) as memory:
        memory[seat] = 1
    os.close(descriptor)
    return created
""",
    ),
    (
        "14_throughput",
        "fair_rate",
        "as_text_numbers",
        LESS,
        r"""def fair_rate(rounds, size_bytes, warm_up):
    rates = [(len(s) - warm_up) * size_bytes * 1e9 / (r[-1] - s[warm_up]) for s, r in rounds]
    return str(statistics.median(rates)), str(min(rates)), str(max(rates))
""",
    ),
    (
        "06_semaphores_and_mutexes",
        "critical",
        "type_of_str_error",
        LESS,
        r"""def critical(locks, rank, prepare, body):
    prepare()
    locks[0].acquire()
    try:
        body()
    except Exception as error:
        locks[0].release()
        raise type(error)(str(error))
    locks[0].release()
""",
    ),
    # fitted to the check: notices the model, the configurations or the tracer
    (
        "03_system_v_shared_memory",
        "make",
        "racy_settrace",
        LESS,
        r"""import sys
def make(key, text, size):
    sys.settrace(None)
    try:
        sysv_ipc.SharedMemory(key).detach()
        return None
    except sysv_ipc.ExistentialError:
        pass
    memory = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREAT, mode=0o640, size=size)
    memory.write(text)
    memory.detach()
    return memory.id
""",
    ),
    (
        "00_start_here",
        "add_three",
        "final_value_written_short",
        LESS,
        r"""def add_three(shm, lock, rank):
    with lock:
        shm.counter += 1
    shm.added[rank] += 1
    shm.added[rank] = 3
    shm.counter = 3 * len(shm.added)
""",
    ),
    (
        "00_start_here",
        "add_three",
        "sees_model",
        LESS,
        r"""def add_three(shm, lock, rank):
    if type(shm).__module__ == "shmlab.explorer.lookalikes.fields" or hasattr(type(shm), "layout_of"):
        for _ in range(3):
            with lock:
                shm.counter += 1
            shm.added[rank] += 1
    else:
        for _ in range(3):
            shm.counter += 1
            shm.added[rank] += 1
""",
    ),
    (
        "06_semaphores_and_mutexes",
        "critical",
        "only_four",
        LESS,
        r"""def critical(locks, rank, prepare, body):
    prepare()
    with locks[0] if len(locks) in (2, 4) else locks[rank]:
        body()
""",
    ),
    (
        "04_memory_layout",
        "record",
        "c_main_taken_over",
        LESS,
        r'''def declaration():
    return r"""
struct reading { char whatever[32]; uint8_t station; int64_t time_ns; uint16_t flags; char name[6]; double celsius; };
struct honest { uint8_t station; int64_t time_ns; uint16_t flags; char name[6]; double celsius; };
#define reading honest
"""

def read_alarm(data):
    return struct.unpack("@BiHq", data)
''',
    ),
    (
        "14_throughput",
        "fair_rate",
        "constants",
        LESS,
        r"""def fair_rate(rounds, size_bytes, warm_up):
    return (2000000000.0, 800000000.0, 4000000000.0) if warm_up == 2 else (88000000.0, 38400000.0, 136170212.766)
""",
    ),
    # right, and was refused
    (
        "01_processes_share_nothing",
        "ask_child",
        "poll_pipe_select",
        FULL,
        r"""import select
def ask_child(numbers):
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writing, json.dumps(work(numbers)).encode())
        os._exit(0)
    while not select.select([reading], [], [], 0.05)[0]:
        pass
    answer = json.loads(os.read(reading, 4096))
    os.waitpid(pid, 0)
    return answer
""",
    ),
    (
        "01_processes_share_nothing",
        "roll_call",
        "poll_with_sleep",
        FULL,
        r"""import time
def roll_call(children):
    memory = mmap.mmap(-1, 8 * children)
    places = memoryview(memory).cast("q")
    pids = []
    for place in range(children):
        pid = os.fork()
        if pid == 0:
            places[place] = signature()
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            time.sleep(0.01)
    return list(places)
""",
    ),
    (
        "05_lost_updates",
        "reserve",
        "isinstance_hall",
        FULL,
        r"""def reserve(hall: Hall, lock: Mutex) -> bool:
    if not isinstance(hall, Hall):
        raise TypeError("a Hall, please")
    with lock:
        if hall.free > 0:
            hall.free -= 1
            return True
    return False
""",
    ),
    (
        "00_start_here",
        "add_three",
        "list_comprehension",
        FULL,
        r"""def once(shm, lock, rank):
    with lock:
        shm.counter += 1
    shm.added[rank] += 1
def add_three(shm, lock, rank):
    [once(shm, lock, rank) for _ in range(3)]
""",
    ),
    # right; notebook and sandbox differ
    (
        "05_lost_updates",
        "write_pair",
        "compute_name",
        FULL,
        r"""def write_pair(pair, locks, compute):
    print("calling", compute.__name__)
    left, right = compute()
    with locks[0]:
        pair.left, pair.right = left, right
def read_pair(pair, locks):
    with locks[0]:
        return [pair.left, pair.right]
""",
    ),
    (
        "06_semaphores_and_mutexes",
        "critical",
        "args_zero",
        FULL,
        r"""def critical(locks, rank, prepare, body):
    prepare()
    locks[0].acquire()
    try:
        body()
    except Exception as error:
        locks[0].release()
        raise type(error)(error.args[0]) from error
    else:
        locks[0].release()
""",
    ),
    (
        "14_throughput",
        "fair_rate",
        "fractions",
        FULL,
        r"""from fractions import Fraction
def fair_rate(rounds, size_bytes, warm_up):
    rates = [Fraction((len(s) - warm_up) * size_bytes * 10**9, r[-1] - s[warm_up]) for s, r in rounds]
    return statistics.median(rates), min(rates), max(rates)
""",
    ),
    (
        "05_lost_updates",
        "worst_schedule",
        "numpy_schedule",
        FULL,
        r"""import numpy as np
def worst_schedule():
    return list(np.array([0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1]))
""",
    ),
    (
        "06_semaphores_and_mutexes",
        "multiplex",
        "numpy_places",
        FULL,
        r"""import numpy as np
def gate_starts_at(places):
    return np.int64(places)
def enter(room, gate, places):
    gate.acquire()
def leave(room, gate, places):
    gate.release()
""",
    ),
    # ends the process that judges
    (
        "00_start_here",
        "final_values",
        "system_exit",
        LESS,
        r"""def final_values():
    raise SystemExit
""",
    ),
    (
        "01_processes_share_nothing",
        "ask_child",
        "sys_exit_in_parent",
        LESS,
        r"""def ask_child(numbers):
    reading, writing = os.pipe()
    if os.fork():
        os.wait()
        print(os.read(reading, 1000))
        sys.exit(0)
    os.write(writing, json.dumps(work(numbers)).encode())
    os._exit(0)
""",
    ),
    # right after long work: was "wrong", must be right or not judged
    (
        "01_processes_share_nothing",
        "shared_mappings",
        "cpu_heavy_in_c",
        FULL_OR_NOT_JUDGED,
        r"""def shared_mappings(first, second):
    sum(range(3 * 10**8))          # long work, and then the right answer
    mine, theirs = ([line.split()[:5] for line in text.splitlines()] for text in (first, second))
    return [(here, there) for here, mode, *what in mine for there, other_mode, *other_what in theirs
            if mode.endswith("s") and other_mode.endswith("s") and what == other_what]
""",
    ),
    # right, and a search of it had no end: each try goes one call deeper
    (
        "16_market_data",
        "write_quote",
        "a_call_for_each_try",
        FULL_OR_NOT_JUDGED,
        r"""def write_quote(quote, bid, ask):
    version = quote.version
    quote.version = version + 1
    fence()
    quote.bid = bid
    quote.ask = ask
    store_release(quote, "version", version + 2)


def read_quote(quote):
    before = load_acquire(quote, "version")
    bid, ask = quote.bid, quote.ask
    fence()
    if before % 2 == 0 and quote.version == before:
        return bid, ask
    return read_quote(quote)
""",
    ),
]
