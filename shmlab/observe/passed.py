"""Start a process at the other end of a Unix socket, so that a lesson can pass it a descriptor."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from shmlab.processes.workers import start

if TYPE_CHECKING:
    from shmlab.processes.worker import Worker

_LONGEST_S = 30


@contextlib.contextmanager
def socket_to(
    function: Callable[..., object], *arguments: object, name: str = "B"
) -> Iterator[tuple[Worker, socket.socket]]:
    """Start `function(way, *arguments)` in a fresh process; a context manager that gives its Worker and our end.

    `way` is a Unix stream socket between the two. At the end of the with-block it is closed, and the process has been
    waited for. Raises TimeoutError when the process does not come, or waits for more than 30 s. Source: unix(7).
    """
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as door:
        path = os.path.join(folder, "door")
        door.bind(path)
        door.listen(1)
        door.settimeout(_LONGEST_S)
        worker = start(_at_the_other_end, function, arguments, path, name=name)
        try:
            way, _ = door.accept()
            with way:
                way.settimeout(_LONGEST_S)
                yield worker, way
        finally:
            worker.join()


def _at_the_other_end(function: Callable[..., object], arguments: tuple[object, ...], path: str) -> object:
    with socket.socket(socket.AF_UNIX) as way:
        way.settimeout(_LONGEST_S)
        way.connect(path)
        way.settimeout(None)
        return function(way, *arguments)
