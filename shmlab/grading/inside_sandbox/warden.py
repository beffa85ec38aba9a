"""Run the warden, the first process of a sandbox: build its walls, start the learner's process, report how it ended.

A learner's code can ignore signals, fork and leave its process group, so nothing it starts may decide when the sandbox
ends. The warden can: it is process 1 of the pid namespace, so no process inside can kill it, and when it ends, the
kernel kills all processes inside. It ends when the trusted parent closes its end of the control socket or dies.
"""

import contextlib
import os
import select
import shutil
import signal
import socket
import tempfile

from shmlab.grading.inside_sandbox import kernel_objects, rights, walls
from shmlab.grading.inside_sandbox.left_running import CrowdedOut
from shmlab.grading.inside_sandbox.scene_server import SceneServer
from shmlab.grading.messages.texts import shortened
from shmlab.grading.messages.wire import Channel
from shmlab.ipc import cleaning
from shmlab.processes import kinship, proc


def run(data, control, shell, missing_walls, owner):
    """Become the warden of a sandbox. Never returns.

    `data`, `control`: descriptors of the learner's and the warden's own socket to the parent. `shell`: see
    learner_process. `missing_walls`: why there are no namespaces, or "". `owner`: (user id, group id) of the process
    that forked this one.
    """
    control = Channel(socket.socket(fileno=control))
    try:
        kinship.die_with_parent()
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if not missing_walls:
            walls.enter_namespaces(owner)
            walls.change_root()
            kernel_objects.use_up_id_0()
        _guard(data, control, missing_walls, shell)
    except BaseException as error:  # reported by message, because the standard streams lead nowhere
        control.send(["failed", shortened(f"{type(error).__name__}: {error}", 300)])
    finally:
        os._exit(1)


def _guard(data, control, missing_walls, shell):
    rights.forbid_inspection()
    kinship.adopt_orphans()
    folder = _working_folder(missing_walls)
    learner = os.fork()
    if learner == 0:
        control.close()
        _become_learner(data, missing_walls, shell)
    os.close(data)
    control.send(["walls", missing_walls])
    poll = select.poll()
    poll.register(control, select.POLLIN)
    watch = os.pidfd_open(learner)
    poll.register(watch, select.POLLIN)
    scene_server = SceneServer(control, missing_walls, learner)
    while True:
        for descriptor, _ in poll.poll(1000):
            if descriptor == control.fileno():
                if not scene_server.answer_next():
                    return _end_all(folder if missing_walls else None)
                continue
            control.send(["ended", *_end_of(learner)])
            poll.unregister(watch)
            learner = 0
        _reap(learner, scene_server.forked)


def _end_of(learner):
    """Wait for the learner's process and return its wait status and its processor time in seconds."""
    _, status, usage = os.wait4(learner, 0)
    return status, usage.ru_utime + usage.ru_stime


def _reap(learner, forked):
    """Wait for orphans that have ended, but not for the processes whose wait status the parent asks for."""
    for pid in _children():
        if pid != learner and pid not in forked:
            os.waitpid(pid, os.WNOHANG)


def _children():
    with open(f"/proc/self/task/{os.getpid()}/children") as stream:  # see proc(5)
        return [int(pid) for pid in stream.read().split()]


def _working_folder(missing_walls):
    """Create and enter a folder where the learner's code may write. Without walls it lies in the host's own /tmp."""
    folder = tempfile.mkdtemp(prefix="shmlab-") if missing_walls else "/tmp/work"
    if missing_walls:
        os.environ |= {"HOME": folder, "TMPDIR": folder, "SHMLAB_STATE": os.path.join(folder, "state")}
    else:
        os.mkdir(folder)
        os.chmod(folder, 0o777)
    os.chdir(folder)
    return folder


def _end_all(folder):
    """End all processes inside.

    With namespaces the kernel does this when the warden ends. Without, the warden kills its children, and adopts and
    kills their orphans. It then removes the objects on the ledger and the learner's `folder`.
    """
    _stop_all()
    while children := _children():
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    if folder is not None:
        cleaning.clean()
        shutil.rmtree(folder, ignore_errors=True)


def _stop_all():
    """Stop all descendants of this process, so that none of them forks while others are killed."""
    stopped, running = None, set()
    while running != stopped:
        stopped, running = running, {process.pid for process in proc.below(os.getpid())} - {os.getpid()}
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)


def _become_learner(data, missing_walls, shell):
    from shmlab.grading.inside_sandbox import learner_process

    channel = Channel(socket.socket(fileno=data))
    try:
        os.umask(0o022)
        rights.close_all_except(data)
        rights.give_up_rights(missing_walls)
        if missing_walls:
            rights.keep_signals_inside()
    except BaseException as error:  # reported by message, because the standard streams lead nowhere
        channel.send(["unbuilt", shortened(f"{type(error).__name__}: {error}", 300)])
        os._exit(1)
    try:
        learner_process.answer_parent(channel, shell)
    except MemoryError:
        channel.send(["unable", "used up its memory"])
    except CrowdedOut as error:
        channel.send(["unable", str(error)])
    except BaseException as error:  # whether the learner's code or ours is the cause is not known
        channel.send(["unable", shortened(f"could not go on: {type(error).__name__}: {error}", 300)])
    finally:
        os._exit(1)
