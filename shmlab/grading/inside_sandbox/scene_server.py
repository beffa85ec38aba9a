"""What the first process of a sandbox does for a scene (see world): start a process with a function of the parent's,
look at the kernel's objects, and clear up after the scene.

Messages: ["actor", function, umask, guarded] with a descriptor, ["look", kind, name, id], ["new"], ["status", pid],
["children", pid], ["maps", pid], ["opened", pid], ["stuck"], ["still"], ["interrupt", pid], ["fill", bytes left],
["begin"], ["hand", name], ["clear"], ["room"]. Each has one answer.
"""

import base64
import collections
import contextlib
import os
import pickle
import signal

from shmlab.grading.inside_sandbox import blocked, kernel_objects, rights
from shmlab.grading.inside_sandbox.stoppable_process import Forked, Unbuilt
from shmlab.grading.messages.texts import shortened
from shmlab.grading.messages.wire import Closed
from shmlab.ipc.room import missing_room

_ENDED = "ZX"  # states of a process, see proc(5)
_MOST_TOLD = 200  # objects in one answer


class SceneServer:
    """`control`: the Channel to the parent. `missing_walls`: why there are no namespaces, or "". `learner`: the pid of
    the process that runs the cells."""

    def __init__(self, control, missing_walls, learner):
        self._control, self._missing_walls, self._learner = control, missing_walls, learner
        self._open_before = collections.Counter()  # paths that a cell has opened before the scene
        self.forked = Forked()
        self._known, self._fillers, self._pids = [], [], set()
        self._guarded = set()  # processes with nothing but the check's own code
        self._handed = [] if missing_walls else None

    def answered(self):
        """Do what the parent asks next; False when it is gone."""
        passed = []
        try:
            name, *content = self._control.receive(passed)
        except Closed:
            return False
        try:
            answer = getattr(self, f"_on_{name}")(*content, *passed)
        except Exception as error:  # told over there, where somebody reads it
            answer = ["failed", shortened(f"{type(error).__name__}: {error}", 300)]
        self._control.send(answer)
        return True

    def _on_begin(self):
        """A scene begins."""
        self._handed = [] if self._missing_walls else None
        self._known, self._pids = kernel_objects.everything(self._handed, counted=False), _pids()
        with contextlib.suppress(OSError):  # it has ended: nobody is forked from it any more
            self._open_before = collections.Counter(kernel_objects.opened(self._learner))
        return ["done"]

    def _on_hand(self, name):
        """The scene has chosen this name or key; whether it can have it."""
        if kernel_objects.is_taken(name):
            return ["handed", False]
        if self._missing_walls:
            self._handed.append(name)
        return ["handed", True]

    def _on_actor(self, function, umask, guarded, descriptor):
        """Start a process. `guarded`: there is a learner's code in here that may not look into it."""

        def prepared():
            try:
                rights.only_descriptor(descriptor)
                rights.give_up_rights(self._missing_walls)
                if guarded:
                    rights.close_to_others()
            except OSError as error:
                raise Unbuilt(str(error)) from error
            return pickle.loads(base64.b64decode(function))  # the parent's own

        pid = self.forked.start(descriptor, umask, prepared)
        if guarded:
            self._guarded.add(pid)
        return ["actor", pid]

    def _on_status(self, pid):
        return ["status", self.forked.status(pid)]

    def _on_children(self, pid):
        return ["found", *_children(pid)]

    def _on_maps(self, pid):
        return ["found", *kernel_objects.shared_maps(pid)]

    def _on_opened(self, pid):
        found = collections.Counter(kernel_objects.opened(pid))
        return ["found", *(found - self._open_before).elements()]

    def _on_stuck(self):
        """Whether every process with code of the learner's waits for ever; the check's own wait for these."""
        learners = _pids() - {os.getpid()} - self._guarded
        return ["stuck", not self._missing_walls and all(map(blocked.for_ever, learners))]

    def _on_still(self):
        """Whether no process but this one will go on by itself; of the check's own nobody may know."""
        return ["still", not self._missing_walls and blocked.all_still(lambda: processes().keys() - {os.getpid()})]

    def _on_interrupt(self, pid):
        """Ctrl-C for one process."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        return ["done"]

    def _on_look(self, kind, name, id):
        return ["found", kernel_objects.at(kind, name, id, self._handed)]

    def _on_new(self):
        return ["found", *kernel_objects.new(self._known, self._handed)[:_MOST_TOLD]]

    def _on_fill(self, left):
        filler = kernel_objects.fill(left)
        self._known.append(filler)
        self._fillers.append(filler)
        return ["done"]

    def _on_room(self):
        return ["room", missing_room()]

    def _on_clear(self):
        """The scene is over: end its processes, remove its objects."""
        while new := (_pids() - self._pids if not self._missing_walls else self.forked.pids()):
            for pid in new:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.forked.reap()
        for filler in self._fillers:
            self._known.remove(filler)
        self._fillers.clear()
        kernel_objects.remove_new(self._known, self._handed)
        return ["done"]


def _pids():
    """All processes of this pid namespace that have not ended."""
    return {pid for pid, (state, _) in processes().items() if state not in _ENDED}


def _children(pid):
    """[pid, whether it has ended and was not waited for] of each child of a process, the older ones first."""
    return [[child, state in _ENDED] for child, (state, parent) in sorted(processes().items()) if parent == pid]


def processes():
    """pid -> (state, pid of its parent), of all processes of this pid namespace. Source: proc(5)."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{name}/stat") as stream:
            state, parent = stream.read().rpartition(")")[2].split()[:2]
            found[int(name)] = state, int(parent)
    return found
