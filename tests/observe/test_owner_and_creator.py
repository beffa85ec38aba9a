"""A System V segment that is given away."""

import sysv_ipc

from shmlab.observe import owner_and_creator
from shmlab.observe.owner_and_creator import given_away
from shmlab.processes.workers import start


def test_the_creator_keeps_the_owners_rights():
    lines = str(given_away()).splitlines()
    assert lines[0].endswith("what the creator may do")
    assert lines[2].split("  ")[0] == "IPC_SET, another owner"
    assert "another user  me       reads, sets the mode" in lines[2]


def test_what_is_recorded_is_what_happens():
    done, recorded = start(owner_and_creator._give_away).result(), start(_refused).result()
    assert recorded.why_recorded
    assert done in ((), recorded.rows)
    assert str(recorded).endswith("this was recorded")


def _refused():
    owner_and_creator.start = lambda function: _Empty()
    return given_away()


class _Empty:
    def result(self):
        return ()


def test_who_has_no_right_may_nothing():
    memory = sysv_ipc.SharedMemory(sysv_ipc.IPC_PRIVATE, sysv_ipc.IPC_CREX, size=64)
    memory.detach()
    memory.remove()
    assert owner_and_creator._may(memory.id) == "may nothing"
