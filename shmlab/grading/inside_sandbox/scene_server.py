"""Serve a scene (see scenes/world) in a sandbox's first process: start processes, report kernel objects, clear up.

The first process does this because the learner's code cannot change what it reports. It judges nothing.
Messages: ["start", function, umask, guarded] with a descriptor, ["look", kind, name, id], ["new"], ["status", pid],
["children", pid], ["maps", pid], ["smaps", pid], ["opened", pid], ["reads", pid], ["limited", pid], ["stuck"],
["still"], ["interrupt", pid], ["kill", pid], ["fill", bytes left], ["begin"], ["hand", name], ["number_from_zero"],
["clear"], ["room"]. Each gets one answer.
"""

import base64
import collections
import contextlib
import os
import pathlib
import pickle
import signal

from shmlab.grading.inside_sandbox import blocked, kernel_objects, rights
from shmlab.grading.inside_sandbox.stoppable_process import ForkedProcesses, Unbuilt
from shmlab.grading.messages.texts import shortened
from shmlab.grading.messages.wire import Closed
from shmlab.ipc.room import missing_room

_ENDED = "ZX"  # states of a process, see proc(5)
_MOST_OBJECTS = 200  # in one answer


class SceneServer:
    """Answer the parent's requests about scenes.

    `control`: the Channel to the parent. `missing_walls`: why there are no namespaces, or "". `learner`: process id of
    the process that runs the cells.
    """

    def __init__(self, control, missing_walls, learner):
        self._control, self._missing_walls, self._learner = control, missing_walls, learner
        self._open_before = collections.Counter()  # paths that the cells had open before the scene
        self.forked = ForkedProcesses()
        self._before, self._fillers, self._pids = [], [], set()  # of before the scene
        self._guarded = set()  # pids of processes that run only the check's own code
        self._issued = [] if missing_walls else None

    def answer_next(self):
        """Answer the parent's next request. Return False if the parent has closed the channel."""
        passed = []
        try:
            name, *content = self._control.receive(passed)
        except Closed:
            return False
        try:
            answer = getattr(self, f"_on_{name}")(*content, *passed)
        except Exception as error:  # reported to the parent: here nobody could read it
            answer = ["failed", shortened(f"{type(error).__name__}: {error}", 300)]
        self._control.send(answer)
        return True

    def _on_begin(self):
        """Begin a scene: remember what exists before it."""
        self._issued = [] if self._missing_walls else None
        self._before, self._pids = kernel_objects.all_objects(self._issued, counted=False), _pids()
        with contextlib.suppress(OSError):  # the learner's process has ended and will fork no other
            self._open_before = collections.Counter(kernel_objects.open_paths(self._learner))
        return ["done"]

    def _on_hand(self, name):
        """Reserve a name or key that the scene has chosen. Answer whether it was free."""
        if kernel_objects.is_taken(name):
            return ["handed", False]
        if self._missing_walls:
            self._issued.append(name)
        return ["handed", True]

    def _on_start(self, function, umask, guarded, descriptor):
        """Start a process. `guarded`: whether to keep a learner's code in the sandbox from inspecting it.

        With namespaces each process has a user namespace of its own, which already does that. Without them it is made
        undumpable; an ordinary user's sandbox cannot read its maps then, either.
        """

        def prepare():
            try:
                rights.close_all_except(descriptor)
                rights.give_up_rights(self._missing_walls)
                if guarded and self._missing_walls:
                    rights.forbid_inspection()
            except OSError as error:
                raise Unbuilt(str(error)) from error
            return pickle.loads(base64.b64decode(function))  # trusted: the parent made it

        pid = self.forked.start(descriptor, umask, prepare)
        if guarded:
            self._guarded.add(pid)
        return ["started", pid]

    def _on_status(self, pid):
        return ["status", self.forked.status(pid)]

    def _on_children(self, pid):
        return ["found", *_children(pid)]

    def _on_maps(self, pid):
        return _looked_into(kernel_objects.shared_maps, pid)

    def _on_smaps(self, pid):
        return _looked_into(kernel_objects.shared_memory, pid)

    def _on_opened(self, pid):
        paths = collections.Counter(kernel_objects.open_paths(pid))
        return ["found", *(paths - self._open_before).elements()]

    def _on_reads(self, pid):
        return ["reads", blocked.reads(pid)]

    def _on_limited(self, pid):
        return ["limited", *blocked.limited_wait(pid)]

    def _on_stuck(self):
        """Answer whether every process with learner code waits for ever. The check's own processes wait for these."""
        learners = _pids() - {os.getpid()} - self._guarded
        return ["stuck", not self._missing_walls and all(map(blocked.blocked_for_ever, learners))]

    def _on_still(self):
        """Answer whether no process except this one will go on by itself. A guarded process never counts as blocked,
        because its state cannot be read."""
        return ["still", not self._missing_walls and blocked.all_blocked(lambda: processes().keys() - {os.getpid()})]

    def _on_interrupt(self, pid):
        """Send one process a SIGINT, as Ctrl-C does."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        return ["done"]

    def _on_kill(self, pid):
        """End one process by kill -9, wherever it stands."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return ["done"]

    def _on_look(self, kind, name, id):
        return ["found", kernel_objects.find(kind, name, id, self._issued)]

    def _on_new(self):
        return ["found", *kernel_objects.new_objects(self._before, self._issued)[:_MOST_OBJECTS]]

    def _on_fill(self, left):
        filler = kernel_objects.fill(left)
        self._before.append(filler)
        self._fillers.append(filler)
        return ["done"]

    def _on_number_from_zero(self):
        """Let the next System V segment have the id 0, where the kernel allows that; see proc_sys_kernel(5)."""
        if not self._missing_walls:
            with contextlib.suppress(OSError):  # without CONFIG_CHECKPOINT_RESTORE, or only the host's root may
                pathlib.Path("/proc/sys/kernel/shm_next_id").write_text("0")
        return ["done"]

    def _on_room(self):
        return ["room", missing_room()]

    def _on_clear(self):
        """End the scene: kill its processes and remove its objects."""
        while pids := (_pids() - self._pids if not self._missing_walls else self.forked.pids()):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.forked.reap()
        for filler in self._fillers:
            self._before.remove(filler)
        self._fillers.clear()
        kernel_objects.remove_new(self._before, self._issued)
        return ["done"]


def _looked_into(read, pid):
    """Return the answer about a process's memory: "hidden" where this process may not look into a guarded one."""
    try:
        return ["found", *read(pid)]
    except PermissionError:
        return ["hidden"]


def _pids():
    """Return the pids of all processes of this pid namespace that have not ended."""
    return {pid for pid, (state, _) in processes().items() if state not in _ENDED}


def _children(pid):
    """Return [pid, whether it is a zombie] for each child of a process, in the order of their pids."""
    return [[child, state in _ENDED] for child, (state, parent) in sorted(processes().items()) if parent == pid]


def processes():
    """Return pid -> (state, pid of its parent) for all processes of this pid namespace. Source: proc(5)."""
    table = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{name}/stat") as stream:
            state, parent = stream.read().rpartition(")")[2].split()[:2]
            table[int(name)] = state, int(parent)
    return table
