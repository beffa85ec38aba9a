"""Hostile submissions, and the right result of each: cells that come first in a notebook with right answers, and
answers to one item of a notebook whose other answers are right."""

import dataclasses
import json

from graded import ROOT, solved, submission

from shmlab.grading.inside_sandbox import rights

STEM = "05_lost_updates"
QUICK = ("worst_schedule", "reserve")  # items of it; to judge the third one takes longer than both

# Cells: name -> (source, words in the remark about it); the answers after it get all their points.
CELLS = {
    "a loop without an end": ("while True:\n    pass", "EndlessCell in its line"),
    "a loop deaf to Ctrl-C": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "EndlessCell in its line 3",
    ),
    "a loop deaf to all": (
        "import signal\nfor number in set(signal.valid_signals()) - {9, 19}:\n"
        "    signal.signal(number, signal.SIG_IGN)\nsum(iter(int, 1))",
        f"used up its {rights.CPU_S} s of processor time",
    ),
    "a wait for nothing": (
        "import os\nread, _ = os.pipe()\nos.read(read, 1)",
        "waits for something that does not come",
    ),
    "input from nobody": ("name = input('who? ')", "code cell 1 (`name = input('who? ')`) raised"),
    "an early end": ("import os\nos._exit(0)", "ended its process with exit code 0"),
    "an early end, more politely": ("exit()", "code cell 1 (`exit()`) raised"),
    "kill -9 of itself": ("import os\nos.kill(os.getpid(), 9)", "SIGKILL"),
    "kill -9 of its parent": ("import os\nos.kill(os.getppid(), 9)", ""),  # refused, or without any effect
    "kill -9 of everybody": ("import os\nos.kill(-1, 9)", "ProcessLookupError in its line 2"),
    "a fork bomb": ("import os\nwhile True:\n    os.fork()", "code cell 1 (`import os`) raised"),
    "a fork bomb of threads": (
        "import threading\ndef bomb():\n    while True:\n        threading.Thread(target=bomb).start()\nbomb()",
        "code cell 1 (`import threading`)",  # which of its threads finds that there is no room decides how it ends
    ),
    "10 GB of memory": ("x = b'x' * 10**10", "MemoryError in its line 1"),
    "10 GB of memory, shared out": (
        "import os\nfor _ in range(20):\n    if os.fork() == 0:\n        x = b'x' * 5 * 10**8\n        os._exit(0)\n"
        "while True:\n    os.wait()",
        "used up 2,048 MiB of memory together",
    ),
    "3 GB of shared memory": (
        "import mmap, os\nfor _ in range(6):\n    if os.fork() == 0:\n        memory = mmap.mmap(-1, 5 * 10**8)\n"
        "        for at in range(0, len(memory), 4096):\n            memory[at] = 1\n"
        "        os.read(os.pipe()[0], 1)\nwhile True:\n    os.wait()",
        "used up 2,048 MiB of memory together",
    ),
    "3 GB in memfds": (
        "import os\nfiles = [os.memfd_create(str(n)) for n in range(60)]\nfor file in files:\n"
        "    os.posix_fallocate(file, 0, 5 * 10**7)\nos.read(os.pipe()[0], 1)",
        "used up 2,048 MiB of memory together",
    ),
    "1 GB of System V memory": (
        "import sysv_ipc\nfor _ in range(10):\n    sysv_ipc.SharedMemory(None, sysv_ipc.IPC_CREX, size=10**8).detach()",
        "in its line 3",
    ),
    "a full /dev/shm": ("open('/dev/shm/full', 'wb').write(b'x' * 10**8)", "OSError in its line 1"),
    "a full /tmp": ("for n in range(9):\n    open(f'/tmp/{n}', 'wb').write(b'x' * 10**7)", "OSError in its line 2"),
    "objects and a detached child": (
        "import os, posix_ipc, sysv_ipc\n"
        "posix_ipc.SharedMemory('/left', posix_ipc.O_CREX, size=4096)\n"
        "posix_ipc.Semaphore('/left', posix_ipc.O_CREX)\n"
        "sysv_ipc.SharedMemory(None, sysv_ipc.IPC_CREX, size=4096)\n"
        "sysv_ipc.Semaphore(None, sysv_ipc.IPC_CREX)\n"
        "sysv_ipc.MessageQueue(None, sysv_ipc.IPC_CREX)\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.read(os.pipe()[0], 1)\n"
        "    os._exit(0)",
        "",
    ),
    "asserts stripped": (
        "import ast\nclass Strip(ast.NodeTransformer):\n    def visit_Assert(self, node):\n        return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Strip())",
        "",
    ),
    "the check replaced": (
        "import shmlab, shmlab.grading, shmlab.grading.checks.parts, shmlab.grading.checks.grade\n"
        "shmlab.grading.grade = shmlab.grading.checks.grade.grade = lambda *_, **__: 10.0\n"
        "shmlab.Program.check = lambda *_, **__: True\n"
        "shmlab.grading.checks.parts._share = lambda _: (1.0, 'right')",
        "",
    ),
    "a forged score": ("print('{\"score\": 10}')\nimport os\nos.write(2, b'score: 10')\nos._exit(10)", "exit code 10"),
    "a forged answer on the wire": (
        "import os, socket\n"
        "for number in map(int, os.listdir('/proc/self/fd')):\n"
        "    place = f'/proc/self/fd/{number}'\n"
        "    if number > 2 and os.path.exists(place) and 'socket' in os.readlink(place):\n"
        "        socket.socket(fileno=number).send(b'[\"returned\", 1, null]')",
        "answered what only tampered code can",
    ),
    "the solutions read": (
        f"import pathlib\n[path.read_text() for path in pathlib.Path({str(ROOT)!r}).glob('solutions/*.ipynb')][0]",
        "IndexError in its line 2",
    ),
    "the network": ("import urllib.request\nurllib.request.urlopen('http://192.0.2.1/', timeout=9)", "URLError"),
    "a print of 100 MB": ("print('x' * 10**8)", ""),
    "a terminal of its own": ("!yes | head -c 100000000", ""),
    "control characters": (
        "raise ValueError('\\x1b[2J\\x00<script>alert(1)</script>')",
        r"\x1b[2J\x00<script>",
    ),
    "a trace function of its own": (
        "import sys\nsys.settrace(None)\nwhile True:\n    pass",
        "RuntimeError in its line 2: sys.settrace is not for",
    ),
}

# Cells before answers whose checks run real processes, by the exercise that they can disturb most: stem -> name ->
# source; every answer gets all its points.
LEFT_BEFORE = {
    "01_processes_share_nothing": {
        "children that nobody is told of": "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        "a session of its own": "import os\nos.setsid()",
        "children that wait": (
            "import os\nfor _ in range(3):\n    if os.fork() == 0:\n"
            "        os.read(os.pipe()[0], 1)\n        os._exit(0)"
        ),
        "children that nobody waited for": "import os\nfor _ in range(3):\n    if os.fork() == 0:\n        os._exit(0)",
        "signals blocked": (
            "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
            "signal.signal(signal.SIGINT, signal.SIG_IGN)\nsignal.signal(signal.SIGALRM, lambda *_: None)"
        ),
        "a thread": "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
    },
    "02_posix_shared_memory": {
        "folders in /dev/shm": (
            "import os\nfor name in ('.filler', 'scene-1', 'sem.scene-2'):\n    os.mkdir(f'/dev/shm/{name}')"
        ),
        "five files": "files = [open(f'/dev/shm/open-{n}', 'wb') for n in range(5)]",
        "a mapped segment": (
            "import mmap, posix_ipc\nsegment = posix_ipc.SharedMemory('/mine', posix_ipc.O_CREX, size=4096)\n"
            "memory = mmap.mmap(segment.fd, 4096)"
        ),
        "another folder, mask and priority": "import os\nos.chdir('/')\nos.umask(0o777)\nos.nice(5)",
    },
    "03_system_v_shared_memory": {
        "250 objects": (
            "import posix_ipc, sysv_ipc\nfor n in range(125):\n"
            "    posix_ipc.SharedMemory(f'/left-{n}', posix_ipc.O_CREX, size=4096).close_fd()\n"
            "    sysv_ipc.SharedMemory(None, sysv_ipc.IPC_CREX, size=4096)"
        ),
        "the keys of scenes": (
            "import sysv_ipc\nfor n in range(4):\n    sysv_ipc.Semaphore(0x5CE0 + n, sysv_ipc.IPC_CREX)"
        ),
        "an interval timer": "import signal\nsignal.setitimer(signal.ITIMER_VIRTUAL, 1000)",
    },
}

# Cells that leave something running in the process that also runs the answers, or little room in it: name -> (source,
# words in the remarks, or None if they depend on time); every answer after them gets all its points.
LEFT_RUNNING = {
    "threads that work without an end": (
        "import threading\ndef work():\n    while True:\n        pass\n"
        "for _ in range(3):\n    threading.Thread(target=work, daemon=True).start()",
        "",
    ),
    "threads that take all memory": (
        "import threading\nkept = []\n"
        "def work():\n    while True:\n        try:\n            kept.append(bytes(10**6))\n"
        "        except MemoryError:\n            pass\n"
        "for _ in range(3):\n    threading.Thread(target=work, daemon=True).start()",
        None,  # they may be ended before they have all
    ),
    "twenty threads that wait": (
        "import threading\nfor _ in range(20):\n    threading.Thread(target=threading.Event().wait).start()",
        "",
    ),
    "as many threads as there may be": (
        "import threading\ntry:\n    while True:\n        threading.Thread(target=threading.Event().wait).start()\n"
        "except RuntimeError:\n    pass",
        "left so many threads that no process can be started: it was left out",
    ),
    "a thread that ends its process": (
        "import faulthandler\nkept = open('said', 'w')\nfaulthandler.dump_traceback_later(0.4, exit=True, file=kept)",
        "",
    ),
    "a timer that interrupts": (
        "import signal\ndef interrupt(*_):\n    raise ValueError('now')\nsignal.signal(signal.SIGALRM, interrupt)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.3, 0.3)",
        "",
    ),
    "a timer that kills": ("import signal\nsignal.setitimer(signal.ITIMER_PROF, 0.1)", ""),
    "a hook that refuses": (
        "import sys\ndef refuse(event, _):\n    if event == 'compile':\n        raise ValueError(event)\n"
        "sys.addaudithook(refuse)",
        "",
    ),
    "all memory but 2 MiB": (
        "kept = []\ntry:\n    while True:\n        kept.append(bytes(2**20))\nexcept MemoryError:\n    del kept[-2:]",
        "and leaves too little memory for the answers: it was left out",
    ),
    "all memory in small pieces": (
        "kept = []\nwhile True:\n    kept.append(bytearray(2**12))",
        "and leaves too little memory for the answers: it was left out",
    ),
    "a lower limit on memory": (
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))",
        "and leaves too little memory for the answers: it was left out",
    ),
    "no room for one more file": (
        "import os\nkept = []\ntry:\n    while True:\n        kept.append(os.dup(0))\nexcept OSError:\n    pass",
        "Too many open files: '/proc/self/",
    ),
}

# Cells that leave no room for the objects of the answers after them: name -> source.
LEFT_FULL = {
    "/dev/shm": "for n in range(8):\n    open(f'/dev/shm/full-{n}', 'wb').write(b'x' * 10**7)",
    "many files in /dev/shm": "for n in range(10**6):\n    open(f'/dev/shm/{n}', 'wb').close()",
    "System V memory": (
        "import sysv_ipc\nfor _ in range(100):\n    sysv_ipc.SharedMemory(None, sysv_ipc.IPC_CREX, size=10**7).detach()"
    ),
    "System V segments": (
        "import sysv_ipc\nfor _ in range(5000):\n    sysv_ipc.SharedMemory(None, sysv_ipc.IPC_CREX, size=1).detach()"
    ),
}

# Answers to `reserve`: name -> (source, status, words in the result); the other answers get all their points.
ANSWERS = {
    "a loop without an end": (
        "def reserve(hall, lock):\n    while True:\n        pass",
        "wrong",
        "loops without a step",
    ),
    "a loop in C": ("def reserve(hall, lock):\n    sum(iter(int, 1))", "not judged", "processor time"),
    "endless recursion": (
        "def reserve(hall, lock):\n    return reserve(hall, lock)",
        "wrong",
        "RecursionError",
    ),
    "an early end": ("import ctypes\ndef reserve(hall, lock):\n    ctypes.CDLL(None)._exit(0)", "wrong", "exit code 0"),
    "a polite end": ("def reserve(hall, lock):\n    raise SystemExit(0)", "wrong", "0 of 3 seats were sold"),
    "kill -9 of itself": (
        "import ctypes\ndef reserve(hall, lock):\n    c = ctypes.CDLL(None)\n    c.kill(c.getpid(), 9)",
        "wrong",
        "SIGKILL",
    ),
    "10 GB of memory": ("def reserve(hall, lock):\n    return bool(b'x' * 10**10)", "wrong", "MemoryError"),
    "True to whoever asks": ("def reserve(hall, lock):\n    return True", "wrong", "4 of 3 seats were sold"),
    "an object that equals everything": (
        "class Any:\n    def __eq__(self, _):\n        return True\n    __hash__ = None\n"
        "    def __bool__(self):\n        return True\ndef reserve(hall, lock):\n    return Any()",
        "wrong",
        "plain data travels",
    ),
    "the lock opened beside": (
        "import gc\ndef reserve(hall, lock):\n    for one in gc.get_objects():\n"
        "        if type(one).__name__ == 'State':\n            one.free = 1\n    return False",
        "wrong",
        "0 of 3 seats were sold",
    ),
    "asserts switched off": (
        "%%python -O\ndef reserve(hall, lock):\n    return False",
        "missing",
        "nothing defines reserve",
    ),
    "no Python": ("def reserve(hall, lock)\n    return False", "missing", "SyntaxError in its line 1"),
}


def honest(learner="ada"):
    """Return a Submission with right answers to the quick items, and to no other."""
    return submission(STEM, {item: solved(STEM)[item] for item in QUICK}, learner)


def quick_items(result):
    """Return what a SubmissionResult has of the quick items."""
    return [item for item in result.items if item.name in QUICK]


def handed_in(cell, right=None):
    """Return a Submission like `right`, by default an honest one, and this cell first."""
    right = right or honest("mallory")
    notebook = json.loads(right.data)
    first = {"cell_type": "code", "source": cell, "metadata": {}, "outputs": [], "execution_count": None, "id": "first"}
    notebook["cells"].insert(0, first)
    return dataclasses.replace(right, data=json.dumps(notebook).encode())


def answered(answer):
    """Return a Submission with this answer to `reserve`, and the others right."""
    return submission(STEM, solved(STEM, reserve=answer), "mallory")
