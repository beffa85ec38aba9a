"""Scenes of real processes: what a check of kernel objects finds, in a notebook and in a sandbox alike."""

import json
import linecache
import mmap
import re
import textwrap

import numpy as np
import posix_ipc
import pytest
from graded import gives_id_0

from shmlab.grading import Misconception, plays, tutor
from shmlab.grading.inside_sandbox.learner_process import cell_file
from shmlab.grading.results import Ended, Unjudged
from shmlab.grading.sandbox import resource_watch
from shmlab.grading.sandbox.sandbox import Sandbox
from shmlab.grading.sandbox.zygote import Zygote
from shmlab.grading.scenes import remote_process, world
from shmlab.grading.submissions.source_notebook import remember_lines

IMPORTS = "import mmap, os, signal, time\nimport posix_ipc, sysv_ipc\n"


@pytest.fixture(scope="module")
def zygote():
    one = Zygote()
    yield one
    one.close()


@pytest.fixture(params=["in a notebook", "in a sandbox"])
def learner(request, zygote):
    """source -> the learner's functions of that source, by name."""
    sandboxes = []

    def functions(source):
        source = IMPORTS + textwrap.dedent(source)
        if request.param == "in a notebook":
            space = {"__name__": "__main__"}
            remember_lines(cell_file(1), source)
            exec(compile(source, cell_file(1), "exec"), space)
            return space
        sandboxes.append(Sandbox(zygote))
        if sandboxes[-1].missing_walls:
            pytest.skip(sandboxes[-1].missing_walls)
        remember_lines(cell_file(1), source)
        assert sandboxes[-1].run_cell(1, source) == ""
        world.SANDBOX.set(sandboxes[-1])
        names = [line.split()[1].split("(")[0] for line in source.splitlines() if line.startswith("def ")]
        return sandboxes[-1].functions(names)

    yield functions
    world.SANDBOX.set(None)
    for one in sandboxes:
        one.close()
    linecache.cache.pop(cell_file(1), None)


def played(scene, *arguments):
    return plays("a scene", scene, *arguments, expected="what it says").look("an item")


# create_or_open(name, size): whether it was this one that made the segment.
CREATE_OR_OPEN = {
    "right": (
        """
        def create_or_open(name, size):
            try:
                made = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=0o600, size=size)
            except posix_ipc.ExistentialError:
                return False
            made.close_fd()
            return True
        """,
        "",
    ),
    "exists, then create": (
        """
        def create_or_open(name, size):
            if os.path.exists("/dev/shm" + name):
                return False
            posix_ipc.SharedMemory(name, posix_ipc.O_CREAT, mode=0o600, size=size).close_fd()
            return True
        """,
        "who says it made the segment is 2, and should be 1",
    ),
    "no O_EXCL": (
        """
        def create_or_open(name, size):
            posix_ipc.SharedMemory(name, posix_ipc.O_CREAT, mode=0o600, size=size).close_fd()
            return True
        """,
        "who says it made the segment is 2, and should be 1",
    ),
    "mode of everybody": (
        """
        def create_or_open(name, size):
            try:
                posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=0o666, size=size).close_fd()
            except posix_ipc.ExistentialError:
                return False
            return True
        """,
        "its mode is '0644', and should be '0600'",
    ),
    "one object more": (
        """
        def create_or_open(name, size):
            posix_ipc.Semaphore(name, posix_ipc.O_CREAT).close()
            try:
                posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=0o600, size=size).close_fd()
            except posix_ipc.ExistentialError:
                return False
            return True
        """,
        "what is left is ['POSIX segment', 'POSIX semaphore'], and should be ['POSIX segment']",
    ),
    "it raises": (
        """
        def create_or_open(name, size):
            raise BufferError("views are alive")
        """,
        "create_or_open raised BufferError: views are alive, in line 5, 'raise BufferError(\"views are alive\")'",
    ),
    "it ends its process": (
        """
        def create_or_open(name, size):
            os._exit(3)
        """,
        "the process ended its process with exit code 3",
    ),
}


def one_creator(world, create_or_open):
    name = world.name()
    first, second = world.start(create_or_open, name, 100), world.start(create_or_open, name, 100)
    world.interrupted(first, second)
    world.expect("who says it made the segment", first.result() + second.result(), 1)
    found = world.segment(name)
    world.expect("its size", found.size, 100)
    world.expect("its mode", found.mode, "0600")
    world.expect("what is left", sorted(one.kind for one in world.left()), ["POSIX segment"])


@pytest.mark.parametrize("name", CREATE_OR_OPEN)
def test_two_starters_at_every_point(learner, name):
    source, problem = CREATE_OR_OPEN[name]
    function = learner(source)["create_or_open"]
    result = played(one_creator, function)
    assert (result.share, result.sentence) == ((0.0, problem) if problem else (1.0, "all is as it should be"))


def test_it_says_where_a_process_was_stopped(learner):
    result = played(one_creator, learner(CREATE_OR_OPEN["exists, then create"][0])["create_or_open"])
    line = "posix_ipc.SharedMemory(name, posix_ipc.O_CREAT, mode=0o600, size=size).close_fd()"
    assert result.called == f"a process was stopped in line 7 of create_or_open, {line!r}, and others went on"


def test_each_time_a_process_is_stopped_at_the_next_point(learner):
    function = learner("def three(name):\n    len(name)\n    len(name)\n    return len(name)")["three"]
    stops = []

    def scene(world):
        process = world.start(function, world.name())
        world.interrupted(process)
        stops.append(world.stopped.partition(",")[0])

    assert played(scene).called == "the scene, played 4 times, a process stopped at another point each time"
    assert stops == [f"a process was stopped in line {line} of three" for line in (4, 5, 6)] + ["nobody was stopped"]


def half_header(world, write_header):
    """Whoever is killed on the way, a magic number stands only before a whole header."""
    name = world.name()
    world.killed(world.start(write_header, name))
    found = world.segment(name)
    content = found.content if found else b""
    if content[:4] == b"shml":
        world.expect("the rest of a header with a magic number", content[4:8], b"full")


def test_who_is_killed_at_every_point(learner):
    write = """
        def write_header(name):
            memory = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=8)
            with mmap.mmap(memory.fd, 8) as mapped:
                mapped[{0}] = {1}
                mapped[{2}] = {3}
            memory.close_fd()
    """
    right = learner(write.format("4:8", "b'full'", "0:4", "b'shml'"))["write_header"]
    assert played(half_header, right).share == 1
    wrong = learner(write.format("0:4", "b'shml'", "4:8", "b'full'"))["write_header"]
    result = played(half_header, wrong)
    assert result.sentence == (
        "the rest of a header with a magic number is b'\\x00\\x00\\x00\\x00', and should be b'full'"
    )
    assert result.called == "a process was killed in line 8 of write_header, \"mapped[4:8] = b'full'\" (kill -9)"


def use_and_leave(world, leave):
    key = world.key()
    made = world.call(make_sysv, key)
    process = world.start(leave, key)
    world.result(process)
    world.expect("the number of attachments, its process still alive", world.segment(id=made).attached, 0)
    world.expect("whether it is marked for removal", world.segment(id=made).removed, False)
    process.exit()
    world.expect("the number of attachments, its process gone", world.segment(id=made).attached, 0)
    world.expect("the content", world.segment(key).content[:3], b"abc")


def make_sysv(key):
    import sysv_ipc

    return sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, mode=0o640, size=4096).id


LEAVE = {
    "right": ("memory.write(b'abc'); memory.detach()", ""),
    "never detached": ("memory.write(b'abc'); os.held = memory", "the number of attachments, its process still alive"),
    "removed": (
        "memory.write(b'abc'); memory.remove(); memory.detach()",
        "the process",
    ),
}


@pytest.mark.parametrize("name", ["right", "never detached"])
def test_attachments_are_counted_while_the_process_lives(learner, name):
    body, problem = LEAVE[name]
    function = learner(f"def leave(key):\n    memory = sysv_ipc.SharedMemory(key)\n    {body}")["leave"]
    result = played(use_and_leave, function)
    assert result.sentence.startswith(problem or "all is as it should be")
    assert result.share == (0 if problem else 1)


def test_a_segment_marked_for_removal_is_seen_by_its_id(learner):
    function = learner("def retire(key):\n    sysv_ipc.SharedMemory(key).remove()")["retire"]

    def scene(world):
        key = world.key()
        holder = world.start(hold_sysv, key)
        made = world.result(holder)
        world.call(function, key)
        world.expect("its key", world.segment(key), None)
        found = world.segment(id=made)
        world.expect("its state", (found.removed, found.attached), (True, 1))
        holder.exit()
        world.expect("the segment, nobody attached", world.segment(id=made), None)

    assert played(scene).sentence == "all is as it should be"


@pytest.mark.parametrize("time", ["first", "again"])
def test_a_system_v_segment_can_have_the_id_0(learner, time):
    function = learner("def create(key):\n    return sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX).id")["create"]
    if not gives_id_0():
        pytest.skip("this host gives no segment of a scene the id 0")

    def scene(world):
        world.number_from_zero()
        world.expect("the id of the first", world.call(function, world.key()), 0)
        world.expect("whether another one has it, too", world.call(function, world.key()) == 0, False)

    assert played(scene).sentence == "all is as it should be"


def test_no_system_v_object_has_the_id_0_unless_a_scene_says_so(learner):
    """An answer that takes 0 for no id would be scored by the order of the items."""
    code = "def create(key):\n    return [kind(key, sysv_ipc.IPC_CREX).id for kind in KINDS]\n"
    function = learner(code + "KINDS = sysv_ipc.SharedMemory, sysv_ipc.Semaphore, sysv_ipc.MessageQueue")["create"]

    def scene(world):
        world.expect("the ids of the first", 0 in world.call(function, world.key()), False)

    assert played(scene).sentence == "all is as it should be"


def test_a_name_can_begin_with_another_one(learner):
    function = learner("def create(name):\n    posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=100).close_fd()")[
        "create"
    ]

    def scene(world):
        name = world.name()
        longer = world.name(name)
        world.call(function, longer)
        world.expect("how they begin", longer.startswith(name) and longer != name, True)
        world.expect("what has the short name", world.segment(name), None)
        world.expect("how many are left", len(world.left()), 1)

    assert played(scene).sentence == "all is as it should be"


def hold_sysv(key):
    import os

    import sysv_ipc

    os.held = sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, size=4096)
    return os.held.id


def test_a_full_memory_is_met_with_its_errno(learner):
    functions = learner(
        """
        def reserve(name, size):
            memory = posix_ipc.SharedMemory(name, posix_ipc.O_CREX)
            try:
                os.posix_fallocate(memory.fd, 0, size)
            except OSError as error:
                posix_ipc.unlink_shared_memory(name)
                return error.errno
        def trusting(name, size):
            memory = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=size)
            mmap.mmap(memory.fd, size)[:] = bytes(size)
        """
    )

    def scene(world, function):
        world.fill(left=4096)
        world.expect("what it returns", world.call(function, world.name(), 1 << 20), 28)
        world.expect("what is left", len(world.left()), 0)

    assert played(scene, functions["reserve"]).share == 1
    result = played(scene, functions["trusting"])
    assert result.sentence.startswith("the process was killed by SIGBUS")


# A right opener waits until the creator is ready, whichever way it waits.
WAITING = {
    "looking again and again": """
        def meet(name):
            try:
                made = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=1)
                with mmap.mmap(made.fd, 1) as mapped:
                    mapped[0] = 1
            except posix_ipc.ExistentialError:
                made = posix_ipc.SharedMemory(name)
                with mmap.mmap(made.fd, 1) as mapped:
                    while mapped[0] == 0:
                        time.sleep(0.01)
            return True
        """,
    "by a semaphore": """
        def meet(name):
            ready = posix_ipc.Semaphore(name, posix_ipc.O_CREAT)
            try:
                posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=1)
                ready.release()
            except posix_ipc.ExistentialError:
                ready.acquire()
            return True
        """,
}


@pytest.mark.parametrize("how", WAITING)
def test_who_waits_lets_the_stopped_one_go_on(learner, how):
    function = learner(WAITING[how])["meet"]

    def scene(world):
        name = world.name()
        first, second = world.start(function, name), world.start(function, name)
        world.interrupted(first, second)
        world.expect("what they return", (first.result(), second.result()), (True, True))

    assert played(scene).share == 1


WAITS_FOR_EVER = {
    "for a semaphore": ("posix_ipc.Semaphore(name, posix_ipc.O_CREAT).acquire()", ""),
    "for a child that waits": ("if os.fork() == 0: signal.pause()\n    os.wait()", ""),
    "for a child that failed": (
        "reading, writing = os.pipe()\n    if os.fork() == 0: os.write(writing, name)\n    os.read(reading, 1)",
        """; a child raised TypeError: a bytes-like object is required, not 'str', in line 5, """
        """'if os.fork() == 0: os.write(writing, name)'""",
    ),
}


@pytest.fixture
def impatient(monkeypatch):
    """Who neither works nor could is not waited for as long as usual."""
    for module in (world, remote_process):
        monkeypatch.setattr(module, "WAITS_FOR_EVER_S", 0.5)


@pytest.mark.parametrize("how", WAITS_FOR_EVER)
def test_who_waits_for_ever_is_told_where(impatient, learner, how):
    body, more = WAITS_FOR_EVER[how]
    function = learner(f"def wait(name):\n    {body}")["wait"]
    line = 3 + len(body.splitlines())
    last = body.splitlines()[-1].strip()
    result = played(lambda world: world.call(function, world.name()))
    assert result.share == 0
    assert result.sentence == f"wait waits for something that does not come: in line {line} of wait, {last!r}{more}"


WAITS_FOR_A_TIME = {
    "until a time": "posix_ipc.Semaphore(name, posix_ipc.O_CREAT).acquire(60)",
    "until an alarm": "signal.signal(signal.SIGALRM, print)\n    signal.alarm(60)\n    signal.pause()",
    "for a child with a limit": (
        "if os.fork() == 0: posix_ipc.Semaphore(name, posix_ipc.O_CREAT).acquire(60)\n    os.wait()"
    ),
    "in a thread": (
        "import threading\n"
        "    threading.Thread(target=threading.Event().wait, args=[60], daemon=True).start()\n"
        "    signal.pause()"
    ),
}


@pytest.mark.parametrize("how", WAITS_FOR_A_TIME)
def test_who_may_go_on_one_day_is_not_judged(impatient, learner, how):
    function = learner(f"def wait(name):\n    {WAITS_FOR_A_TIME[how]}")["wait"]
    with pytest.raises(Unjudged, match="waits for something that does not come"):
        played(lambda world: world.call(function, world.name()))


def test_two_that_wait_for_each_other_are_both_told(impatient, learner):
    function = learner(
        """
        def take(one, other):
            posix_ipc.Semaphore(one).acquire()
            posix_ipc.Semaphore(other).acquire()
            posix_ipc.Semaphore(one).release()
            posix_ipc.Semaphore(other).release()
        """
    )["take"]

    def scene(world):
        names = world.name(), world.name()
        for name in names:
            posix = world.call(make_semaphore, name)
            assert posix is None
        first, second = world.start(function, *names), world.start(function, *names[::-1])
        world.interrupted(first, second)

    assert played(scene).sentence == (
        "take waits for something that does not come: in line 6 of take, 'posix_ipc.Semaphore(other).acquire()'; "
        "take waits for something that does not come: in line 6 of take, 'posix_ipc.Semaphore(other).acquire()'"
    )


def make_semaphore(name):
    posix_ipc.Semaphore(name, posix_ipc.O_CREX, initial_value=1).close()


def test_who_goes_on_for_ever_is_told(learner):
    function = learner("def spin(name):\n    while True:\n        len(name)")["spin"]
    sentence = played(lambda world: world.call(function, world.name())).sentence
    assert re.search(r"goes on for ever, in line \d+ of spin", sentence), sentence


@pytest.mark.parametrize("body", ["while True: pass", "while True:\n        pass"])
def test_a_loop_that_touches_nothing_ends_by_its_lines(learner, body):
    function = learner(f"def spin(name):\n    {body}")["spin"]
    assert (
        "EndlessCell: went on for more than 250,000 lines"
        in played(lambda world: world.call(function, world.name())).sentence
    )


@pytest.mark.parametrize("learner", ["in a notebook"], indirect=True)
def test_who_checks_again_and_again_is_told_the_same(impatient, learner, monkeypatch):
    monkeypatch.setattr(resource_watch, "_SLEEP_S", 2.0)
    wait = learner("def wait(name): posix_ipc.Semaphore(name, posix_ipc.O_CREAT).acquire()")["wait"]
    for _ in range(5):
        sentence = played(lambda world: world.call(wait, world.name())).sentence
        assert sentence.startswith("wait waits for something that does not come")


HOSTILE = {
    "it cannot be killed": ("os.kill = lambda *_: None\n    return len(name)", "lived|should have ended"),
    "a frame of its own": (
        "for descriptor in range(3, 100):\n"
        '        try: os.write(descriptor, b\'["returned", {"evil": []}]\')\n'
        "        except OSError: pass\n"
        "    return 1",
        "tampered",
    ),
    "a place in a file of others'": (
        "for descriptor in range(3, 100):\n"
        '        try: os.write(descriptor, b\'["raised", ["KeyError", "", "KeyError", [], []], \'\n'
        "                                  b'[\"/etc/passwd\", 1], null, false]')\n"
        "        except OSError: pass\n"
        "    return 1",
        "KeyError: , in line 1\n",
    ),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_forged_answers_are_no_answers(learner, how):
    body, words = HOSTILE[how]
    function = learner(f"def hostile(name):\n    {body}")["hostile"]

    def scene(world):
        process = world.start(function, world.name())
        world.result(process)
        process.kill()
        world.expect("what it returns", process.result(), 5)

    with pytest.raises((Ended, AssertionError)) as raised:
        result = played(scene)
        assert result.share == 1, result.sentence
    assert raised.match(words)


def test_a_process_that_waits_is_killed_where_it_waits(learner):
    source = """
        def wait(key):
            sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREAT).acquire()
        """
    function = learner(source)["wait"]

    def scene(world):
        key = world.key()
        process = world.start(function, key)
        world.expect("whether it reports anything", process.turn(2_000, 0.3), False)
        process.kill()
        world.expect("whether it has ended", process.ended, False)
        world.expect("what it waited for", world.semaphore(key).value, 0)

    assert played(scene).sentence == "all is as it should be"


def test_what_is_looked_at_patiently_is_what_was_called(learner):
    source = """
        def wait(key):
            sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREAT).acquire()

        def other():
            pass
        """
    functions = learner(source)

    def scene(world):
        world.call(functions["other"])
        world.patiently(world.start(functions["wait"], world.key()), 1)
        world.expect("one", 1, 2)

    assert played(scene).called.startswith("wait(")


def test_a_scene_leaves_nothing_for_the_next(learner):
    function = learner("def leak(name):\n    posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=1)")["leak"]

    def scene(world):
        world.call(function, world.name())
        world.expect("how many objects there are", len(world.left()), 1)

    assert [played(scene).share for _ in range(3)] == [1, 1, 1]


def test_modes_follow_the_umask(learner):
    function = learner("def make(name):\n    posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=0o666)")["make"]

    def scene(world, umask, mode):
        name = world.name()
        world.call(function, name, umask=umask)
        world.expect("its mode", world.segment(name).mode, mode)

    assert played(scene, 0o077, "0600").share == played(scene, 0, "0666").share == 1


def test_a_segment_that_nobody_may_read_is_looked_at_and_keeps_its_mode(learner):
    """Without namespaces, and as an ordinary user, the independent process may not read it either."""
    function = learner("def make(name):\n    posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=0, size=64)")["make"]

    def scene(world):
        name = world.name()
        world.call(function, name)
        world.expect("its content", world.segment(name).content, bytes(64))
        world.expect("its mode", world.segment(name).mode, "0000")

    assert played(scene).share == 1


def test_values_of_semaphores(learner):
    function = learner(
        """
        def make(name, key):
            posix_ipc.Semaphore(name, posix_ipc.O_CREX, initial_value=3).close()
            sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREX, initial_value=4)
        """
    )["make"]

    def scene(world):
        name, key = world.name(), world.key()
        world.call(function, name, key)
        world.expect("their values", (world.semaphore(name).value, world.semaphore(key).value), (3, 4))

    assert played(scene).sentence == "all is as it should be"


def test_results_travel_as_plain_data(learner):
    functions = learner("def data(found):\n    return [found, (1, b'x'), {2.5}]\ndef thing():\n    return object()")
    returned = []
    played(lambda world: returned.append(world.call(functions["data"], {"a": [None]})))
    assert returned == [[{"a": [None]}, (1, b"x"), {2.5}]]
    sentence = played(lambda world: world.call(functions["thing"])).sentence
    assert sentence.startswith("thing returned a object: return plain data: numbers, text")
    assert played(lambda world: world.result(world.start(functions["thing"]))).sentence == sentence


FORKS = {
    "ends the child": ("if child == 0: os._exit(0)\n    os.waitpid(child, 0)", ([], False)),
    "leaves the child by sys.exit": ("if child == 0: raise SystemExit\n    os.waitpid(child, 0)", ([], False)),
    "does not wait": (
        "if child == 0: os._exit(0)\n    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)",
        ([True], False),
    ),
    "leaves it running": ("while child == 0: signal.pause()", ([False], False)),
    "lets the child return": ("if child: os.waitpid(child, 0)", ([], True)),
    "lets the child raise": ("if child == 0: raise KeyError\n    os.waitpid(child, 0)", ([], True)),
}


@pytest.mark.parametrize("how", FORKS)
def test_children_of_a_process_are_seen(learner, how):
    body, (children, twice) = FORKS[how]
    function = learner(f"def fork():\n    child = os.fork()\n    {body}\n    return child")["fork"]

    def scene(world):
        process = world.start(function)
        child = world.result(process)
        world.expect("whether the child has another number", child not in (0, process.pid), True)
        world.expect("its children", list(world.children(process).values()), children)
        world.expect("whether the child came back too", process.came_back_twice, twice)

    assert played(scene).sentence == "all is as it should be"


def test_memory_that_a_process_shares_is_seen_at_every_point(learner):
    function = learner(
        """
        def share():
            memory = mmap.mmap(-1, 8192)
            if os.fork() == 0:
                len(memory)
                os._exit(0)
            os.wait()
            memory.close()
            os.getpid()
        """
    )["share"]

    def scene(world):
        process = world.start(function)
        process.run_to(0)
        before, seen = world.shared_maps(process), {}
        while where := process.run_to(0):
            new = [line.split()[-2:] for line in world.shared_maps(process) if line not in before]
            seen[where.partition(", ")[2]] = new
        world.expect("while it has", seen["'os.wait()'"], [["/dev/zero", "(deleted)"]])
        world.expect("when it has unmapped", seen["'os.getpid()'"], [])
        world.expect("who is left", (world.children(process), process.came_back_twice), ({}, False))

    assert played(scene).sentence == "all is as it should be"


def test_how_much_a_process_has_of_shared_memory_is_seen(learner):
    function = learner(
        """
        def touch(pages):
            mmap.held = mmap.mmap(-1, 64 * mmap.PAGESIZE)
            for page in range(pages):
                mmap.held[page * mmap.PAGESIZE] = 1
        """
    )["touch"]

    def scene(world):
        found = []
        for pages in (0, 5):
            process = world.start(function, pages)
            world.result(process)
            found.append(world.shared_memory(process))
        resident = [[int(line.split()[1]) for line in lines if line.startswith("Rss:")] for lines in found]
        world.expect("the sizes", [5 * mmap.PAGESIZE // 1024 in sizes for sizes in resident], [False, True])
        world.expect("other memory", [line for line in found[1] if "[heap]" in line], [])

    assert played(scene).sentence == "all is as it should be"


def test_segments_that_a_process_has_open_are_seen(learner):
    function = learner(
        """
        def forget(name, times):
            for _ in range(times):
                posix_ipc.SharedMemory(name, posix_ipc.O_CREAT, size=1)
        """
    )["forget"]

    def scene(world):
        name = world.name()
        for times in (0, 2):
            process = world.start(function, name, times)
            world.result(process)
            world.expect("what it has open", world.opened(process), ["/dev/shm" + name] * times)

    assert played(scene).sentence == "all is as it should be"


def test_a_process_may_have_no_more_descriptors(learner):
    function = learner("def look():\n    with open('/dev/null'):\n        return 'opened'")["look"]

    def scene(world, most, outcome):
        process = world.start(function)
        process.limit_descriptors(most)
        try:
            world.expect("what comes of it", world.result(process), outcome)
        except OSError as error:
            world.expect("what comes of it", str(error), outcome)

    assert played(scene, 100, "opened").share == 1
    assert played(scene, 3, "[Errno 24] Too many open files: '/dev/null'").sentence == "all is as it should be"


def test_how_a_process_ended_is_kept_for_the_tutor(learner):
    function = learner("def leave():\n    os._exit(3)")["leave"]
    seen = []
    tutor("an item", hints=[], misconceptions={"it left": Misconception("look").when(seen.append)})
    played(lambda world: world.call(function))
    assert [one.got for one in seen] == [{"its end": "the process ended its process with exit code 3"}]


def test_a_scene_stops_one_process(learner):
    function = learner("def one(name):\n    return len(name)")["one"]

    def scene(world):
        world.interrupted(world.start(function, "a"))
        world.interrupted(world.start(function, "b"))

    with pytest.raises(RuntimeError, match="a scene stops one process"):
        played(scene)


def test_what_a_function_raises_is_a_difference_with_its_words(learner):
    functions = learner(
        """
        def right(name):
            return len(name)
        def wrong(name):
            raise BufferError("views are alive")
        def stub(name):
            raise NotImplementedError("not done yet")
        """
    )

    def scene(world, function):
        process = world.start(function, "abc")
        world.expect("what it returns", world.result(process), 3)
        world.expect("what it returns, asked again", world.result(process), 3)

    assert played(scene, functions["right"]).share == 1
    result = played(scene, functions["wrong"])
    assert (
        result.sentence
        == "wrong raised BufferError: views are alive, in line 7, 'raise BufferError(\"views are alive\")'"
    )
    assert result.called == "wrong('abc'), in a process of its own"
    with pytest.raises(NotImplementedError, match="not done yet"):
        played(scene, functions["stub"])


def test_what_was_expected_is_kept_for_the_tutor(learner):
    function = learner("def three():\n    return 3")["three"]
    seen = world.World(world.sandbox())
    seen.expect("one", 1, 1)
    with pytest.raises(world.Differs, match="two is 3, and should be 2"):
        seen.expect("two", seen.call(function), 2)
    seen.close()
    assert json.dumps(seen.observed) == '{"one": 1, "two": 3}'


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        (3, 3, True),
        (np.int64(3), 3, True),
        (3.0, 3, False),
        (True, 1, False),
        (1, True, False),
        ([1, 0], [True, False], False),
        ((1, 2), (1, 2), True),
        (0.5, 0.5, True),
        ("three", "three", True),
    ],
)
def test_equal_values_are_alike_only_when_they_are_of_one_kind(got, expected, same):
    assert world.alike(got, expected) == same
