"""What a check has seen of an answer: of a program, of a scene, of a value that came back."""

import pytest

from shmlab import Mutex, Program, Semaphore
from shmlab.grading import Misconception, Seen, tutor, usual
from shmlab.grading.checks.tutor import COLLECTED, about


def seen(function, **arguments):
    program = Program(function, **{"processes": 2} | arguments)
    return Seen("a part", program=program, verdict=program.check(progress=False))


def unlocked(shm, lock):
    shm.x += 1


def kept(shm, lock, rank):
    lock.acquire()
    shm.x += 1
    if rank == 0:
        lock.release()


def crossed(shm, locks, rank):
    first, second = locks if rank == 0 else reversed(locks)
    with first, second:
        pass


def apart(shm, locks, rank):
    with locks[rank]:
        shm.x += 1


def mutexes(number):
    return {"locks": [Mutex() for _ in range(number)]}


def test_the_failure_and_what_a_process_does_alone():
    found = seen(unlocked, shared={"x": 0}, sync={"lock": Mutex()}, invariant=lambda shm: shm.x == 2)
    assert found.failed("invariant")
    assert not found.failed("invariant", "no such words")
    assert not found.failed("deadlock")
    assert not found.rules_out()
    assert found.final == {"x": 1}
    assert found.alone().begin("load x", "store x")
    assert [len(steps) for steps in found.each_alone] == [2, 2]
    assert found.did(1).count("x") == 2
    assert found.steps.ranks() == set(found.ranks) == {0, 1}
    assert list(found.ends) == ["finished", "finished"]
    assert found.waits == ["", ""]


def test_where_a_process_waits_and_what_it_holds():
    found = seen(kept, shared={"x": 0}, sync={"lock": Semaphore(1)})
    assert found.failed("deadlock")
    assert "lock" in found.waits
    assert not found.waits_holding("lock")
    assert [steps.never_releases("lock") for steps in found.each_alone] == [False, True]


def test_locks_in_opposite_order():
    found = seen(crossed, shared={"x": 0}, sync=mutexes(2))
    assert found.failed("deadlock")
    assert found.take_in_opposite_order("locks")
    assert found.waits_holding("locks")
    assert sorted(found.waits) == ["locks[0]", "locks[1]"]
    assert not found.have_no_lock_in_common("locks")


def test_locks_that_nobody_else_takes():
    found = seen(apart, shared={"x": 0}, sync=mutexes(2), invariant=lambda shm: shm.x == 2)
    assert found.locks("locks") == [{"locks[0]"}, {"locks[1]"}]
    assert found.have_no_lock_in_common("locks")
    assert found.have_no_lock_in_common("locks", 0, 1)
    assert not found.take_in_opposite_order("locks")


def test_a_process_that_laps_another():
    def walker(shm, door, rank):
        for _ in range(2 if rank == 0 else 0):
            door.acquire()
        shm.done = 1

    found = seen(walker, shared={"done": 0}, sync={"door": Semaphore(2)}, always=lambda shm: not shm.done)
    assert not found.lapped("acquire door")
    found = seen(walker, shared={"done": 0}, sync={"door": Semaphore(2)}, invariant=lambda shm: False)
    assert found.lapped("acquire door")


def test_a_livelock_has_a_loop():
    def spins(shm, lock):
        while not shm.ready:
            with lock:
                pass

    found = seen(spins, shared={"ready": 0}, sync={"lock": Mutex()})
    assert found.kind in ("livelock", "endless")
    assert "acquire lock" in found.loop


def test_what_must_be_possible():
    def waits(shm, lock):
        with lock:
            shm.busy += 1
            shm.busy -= 1

    found = seen(waits, shared={"busy": 0}, sync={"lock": Mutex()}, possible={"both work": lambda shm: shm.busy == 2})
    assert found.rules_out("both work")


OBSERVED = {
    "what make raises": "FileExistsError: [Errno 17] File exists",
    "what a child raised": "TypeError: a bytes-like object is required",
    "its end": "the process was ended by SIGBUS",
    "where it waits": "os.read(reading, 8)",
    "how many descriptors it has open": 1,
    "how many processes have it mapped": 0,
    "the attach count, after it raised": 2,
    "the attach count, after it returned": 0,
    "how many children are left, when it has returned": 1,
    "who comes back from your function": "parent and child",
    "its mode": "0644",
}


def test_what_was_observed_of_a_scene():
    found = Seen("a part", got=OBSERVED)
    assert found["its mode"] == "0644"
    assert found.get("its size", 3) == 3
    assert found.raised("FileExistsError")
    assert found.raised("FileExistsError", "[Errno 17]", by="make")
    assert not found.raised("FileExistsError", by="other")
    assert not found.raised("bytes-like")
    assert found.child_raised("TypeError", "bytes-like")
    assert not found.returned_twice()
    assert Seen("a part", got={"who comes back from your function": "parent and child"}).returned_twice()
    assert found.ended("SIGBUS")
    assert found.waits_at("read(", "recv(")
    assert not found.waits_at("recv(")
    assert found.goes_on_for_ever()


def test_what_is_left_in_the_kernel():
    found = Seen("a part", got=OBSERVED)
    assert found.left_open()
    assert not found.left_mapped()
    assert found.left_attached()
    assert not found.left_attached("after it returned")
    assert found.left_children()
    nothing = Seen("a part", got={})
    for question in (nothing.left_open, nothing.left_mapped, nothing.left_attached, nothing.left_children):
        assert question() is False
    assert not nothing.raised() and not nothing.ended() and not nothing.goes_on_for_ever()


@pytest.mark.parametrize(
    ("mode", "number", "umask", "decimal"),
    [("0110", 600, 0o022, True), ("0200", 640, 0, True), ("0620", 400, 0, True), ("0600", 600, 0o022, False)],
)
def test_a_mode_in_decimal(mode, number, umask, decimal):
    assert Seen("a part", got={"the mode": mode}).mode_in_decimal(number, umask=umask) == decimal


def test_numbers_that_came_back():
    found = Seen("a part", got=[1.0, 2.0000001], expected=(1, 2))
    assert found.came_back(*found.expected)
    assert not found.came_back(1, 3)
    with pytest.raises(ValueError, match="zip"):
        found.came_back(1)


@pytest.fixture
def named():
    """Write a tutor cell; then which misconception is behind what was observed."""
    collected = COLLECTED.set([])  # nothing is displayed

    def call(misconceptions, observed):
        tutor("an item", hints=["one", "two", "three"], misconceptions=misconceptions)
        return about("an item").named(Seen("a part", got=observed))

    yield call
    COLLECTED.reset(collected)


def test_the_first_misconception_whose_patterns_are_all_true_is_named(named):
    misconceptions = {
        "asks for what is not there": Misconception("one").when(lambda seen: seen["no such thing"]),
        "one pattern of two": Misconception("two").when(lambda seen: True, lambda seen: False),
        "both": Misconception("""
            Look at the mode,
            in octal.
        """).when(lambda seen: seen["its mode"] == "0644", lambda seen: True),
        "too late": Misconception("four").when(lambda seen: True),
        "without a pattern": Misconception("five"),
    }
    found = named(misconceptions, OBSERVED)
    assert (found.name, found.sentence) == ("both", "Look at the mode, in octal.")
    assert named({"without a pattern": Misconception("five")}, OBSERVED) is None


@pytest.mark.parametrize(
    ("usual_ones", "observed", "name"),
    [
        (usual.mode_in_decimal(600, umask=0o022), {"its mode": "0110"}, "a mode in decimal"),
        (usual.mode_for_everybody(), {"its mode": "0640"}, "a mode for everybody"),
        (usual.unlinked_by_the_tracker("the segment"), {"the segment": "gone"}, "unlinked by the tracker"),
        (usual.used_after_detaching(), {"what f raises": "NotAttachedError: …"}, "used after detaching"),
    ],
)
def test_usual_misconceptions(named, usual_ones, observed, name):
    assert named(usual_ones, observed).name == name
    assert named(usual_ones, {"its mode": "0600", "the segment": "there"}) is None


def test_a_number_without_0o_is_said_in_octal(named):
    sentence = named(usual.mode_in_decimal(640), {"the mode": "0200"}).sentence
    assert "the number 640, and in octal that is 1200" in sentence
