"""Who waits where: what a picture says of conditions and barriers, between the steps too."""

from shmlab import Barrier, Condition, Mutex, Program, plot
from shmlab.show.timeline.rows import WitnessText
from shmlab.show.timeline.waits import Sleep


def one_slot(wake):
    """Two who take and two who bring, on one condition."""

    def take(shm, changed):
        with changed:
            while shm.count == 0:
                changed.wait()
            shm.count = 0
            wake(changed)

    def bring(shm, changed):
        with changed:
            while shm.count == 1:
                changed.wait()
            shm.count = 1
            wake(changed)

    return Program([take, take, bring, bring], shared={"count": 0},
                   sync={"mutex": Mutex(), "changed": Condition("mutex")})  # fmt: skip


def too_early():
    def wait(changed):
        with changed:
            changed.wait()

    def tell(changed):
        with changed:
            changed.notify()

    return Program([wait, tell], shared={}, sync={"mutex": Mutex(), "changed": Condition("mutex")})


def meeting():
    def meet(shm, rank, doors):
        shm.came[rank] = 1
        doors.wait()
        if rank == 0:
            doors.wait()

    return Program(meet, processes=3, shared={"came": [0, 0, 0]}, sync={"doors": Barrier(3)})


def witness_of(program):
    return program.check(spurious=False, progress=False).witness


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts + figure.axes[0].artists if hasattr(text, "get_text")]


def test_a_notification_says_whom_it_wakes():
    words = [step.words for step in witness_of(one_slot(lambda changed: changed.notify())).steps]
    assert [one for one in words if one.startswith("notify")] == [
        "notify changed: wakes P0",
        "notify changed: wakes P1",
    ]
    words = [step.words for step in witness_of(too_early()).steps]
    assert "notify changed: nobody waits" in words


def test_one_that_is_refused_says_nothing_of_it():
    def tell(changed):
        changed.notify()

    program = Program(tell, processes=1, shared={}, sync={"mutex": Mutex(), "changed": Condition("mutex")})
    assert [step.words for step in witness_of(program).steps] == ["notify changed"]


def test_who_wakes_somebody_is_never_folded_away():
    witness = witness_of(one_slot(lambda changed: changed.notify()))
    shown = [witness.steps[index].words for index in witness.core]
    assert "notify changed: wakes P0" in shown and "notify changed: wakes P1" in shown


def test_the_queue_stands_in_memory_s_column():
    rows = WitnessText(witness_of(one_slot(lambda changed: changed.notify()))).rows
    lines = [line for row in rows for line in row.memory if line.startswith("changed")]
    assert lines == ["changed: P0 waits", "changed: P0, P1 wait", "changed: P1 waits", "changed: P1, P3 wait",
                     "changed: P3 waits", "changed: P3, P1 wait", "changed: P3, P1 wait"]  # fmt: skip


def test_sleeping_and_waking_are_bars():
    witness = witness_of(one_slot(lambda changed: changed.notify()))
    sleeps = WitnessText(witness).waits.sleeps
    assert [sleep.rank for sleep in sleeps] == [0, 1, 3, 1]
    assert [sleep.woken is None for sleep in sleeps] == [False, False, True, True]
    assert all(sleep.start < sleep.woken < sleep.back for sleep in sleeps[:2])
    said = texts(plot(witness))
    assert said.count("asleep at changed") == 3 and said.count("awake, wants the mutex") == 2  # one has no room
    assert any("this process sleeps. A dashed one" in line for line in said)


def test_one_who_wakes_up_for_nothing_or_in_time_sleeps_no_more():
    def wait(shm, changed):
        with changed:
            try:
                changed.wait(timeout=1)
                shm.woken = 1
            except TimeoutError:
                shm.late = 1

    def found(**fields):
        program = Program(wait, processes=1, shared={"woken": 0, "late": 0},
                          sync={"mutex": Mutex(), "changed": Condition("mutex")},
                          invariant=lambda shm: not any(getattr(shm, name) for name in fields))  # fmt: skip
        return WitnessText(program.check(progress=False).witness).waits.sleeps

    assert found(late=1) == found(woken=1) == [Sleep(0, "changed", 1, 2, 3)]


def test_those_at_a_barrier_sleep_too():
    witness = witness_of(meeting())
    sleeps = WitnessText(witness).waits.sleeps
    assert [sleep.rank for sleep in sleeps] == [0, 1, 0]
    assert sleeps[0].woken == sleeps[0].back == sleeps[1].woken and sleeps[2].woken is None
    said = texts(plot(witness))
    assert "doors: P0, P1 wait" in said and "doors: nobody waits" in said
    assert "awake, wants the mutex" not in said and not any("A dashed one" in line for line in said)
