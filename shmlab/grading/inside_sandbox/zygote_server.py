"""A warm process that starts sandboxes: everything a notebook imports is imported once, before anything is judged.

It is a fresh interpreter that has never seen a solution or another learner's work, so its forks have nothing
to give away. A request is one message with two descriptors: the ends of a sandbox's two sockets.
"""

import contextlib
import gc
import os
import signal
import socket

from shmlab.grading.inside_sandbox import rights, walls, warden

MESSAGE = b"start"
STARTED = b"!"
MOST_WORDS = 1000  # bytes of an answer


def serve(descriptor):
    """Serve until the parent has closed its end of the socket."""
    from shmlab.grading.inside_sandbox import learner_process

    rights.die_with_parent()
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
                parent.send(str(error).encode()[:MOST_WORDS])
                continue
            if pid == 0:
                parent.close()
                warden.run(*descriptors, shell, missing_walls, owner)
            for passed in descriptors:
                os.close(passed)
            parent.send(STARTED + str(pid).encode())


def _reap():
    """Wait for the sandboxes that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
