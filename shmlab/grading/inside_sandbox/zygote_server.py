"""Run the zygote: a process that has imported what notebooks import, and forks the sandboxes.

Importing takes most of a sandbox's start, so it is done once, before anything is judged. The zygote is a fresh
interpreter that has never seen a solution or another learner's work, so a fork of it has no secret in its memory.
A request is one message with two descriptors: the sandbox's ends of its two sockets.
"""

import contextlib
import gc
import os
import signal
import socket

from shmlab.grading.inside_sandbox import walls, warden
from shmlab.processes import kinship

MESSAGE = b"start"
STARTED = b"!"
LONGEST_ANSWER = 1000  # the longest answer, in bytes


def serve(descriptor):
    """Start sandboxes until the parent closes its end of the socket.

    `descriptor`: of the socket to the parent.
    """
    from shmlab.grading.inside_sandbox import learner_process

    kinship.die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    shell = learner_process.prepared_shell()
    gc.collect()
    gc.freeze()
    missing_walls = walls.missing_walls()
    owner = os.geteuid(), os.getegid()
    with socket.socket(fileno=descriptor) as parent:
        while True:
            message, descriptors, _, _ = socket.recv_fds(parent, len(MESSAGE), 2)
            if not message:
                return
            _reap()
            try:
                pid = os.fork() if missing_walls else walls.fork_into_namespaces()
            except OSError as error:
                parent.send(str(error).encode()[:LONGEST_ANSWER])
                continue
            if pid == 0:
                parent.close()
                warden.run(*descriptors, shell, missing_walls, owner)
            for passed in descriptors:
                os.close(passed)
            parent.send(STARTED + str(pid).encode())


def _reap():
    """Wait for sandboxes that have ended, so that no zombie is left."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
