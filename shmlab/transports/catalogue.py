"""Every transport by name, with the facts that tables and charts show."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from shmlab import primitives
from shmlab.base.table import Table
from shmlab.ipc.limits import in_words
from shmlab.transports import message_queues, pipes, queues, sockets
from shmlab.transports.others import iceoryx, libraries
from shmlab.transports.ring import layout
from shmlab.transports.ring.ring import Ring

if TYPE_CHECKING:
    from shmlab.transports.transport import Transport

RINGS, PIPES, MULTIPROCESSING, QUEUES, SOCKETS, OTHERS = FAMILIES = (
    "shared memory",
    "pipes",
    "multiprocessing",
    "message queues",
    "sockets",
    "others",
)
_ANY = None
_TWO = "2: in and out"
_PICKLED = "4: pickle, in, out, unpickle"


@dataclasses.dataclass(frozen=True)
class Kind:
    """One transport: its name, how to create it, and its properties.

    `make`: creates one. `waits`: what a side does while it waits. `copies`: how often each byte is copied.
    `writers_bytes`: up to which length of message several processes may write at once, in bytes (None: any; 0: only
    one process may write). `native`: its inner loop is compiled code, not Python. `largest`: the longest message, in
    words. `dies`: which error the reader gets when the writer is killed. `sized`: `make` takes the expected length of
    messages, in bytes. `module`: of another library's transport, the module to import. `needs_native`: it needs the C
    extension. `keeps_back`: it keeps messages back until `flush`. `late`: a thread sends them, after `send` has
    returned; those not sent yet are lost when its process is killed.

    >>> TRANSPORTS["pipe"].copies
    '2: in and out'
    """

    name: str
    family: str
    make: Callable[..., Transport | Ring]
    waits: str
    copies: str = _TWO
    writers_bytes: int | None = 0
    native: bool = False
    zero_copy: bool = False
    largest: str = "any"
    dies: str = "EOFError"
    sized: bool = False
    module: str = ""
    needs_native: bool = False
    keeps_back: bool = False
    late: bool = False

    def create(self, expected_bytes: int = 1, *, in_place: bool = False) -> Transport | Ring:
        """Create one. `expected_bytes`: about how long messages will be, for transports that reserve room for them.

        `in_place`: give a ring enough room to reserve so many bytes in one piece. Raises ModuleNotFoundError where the
        library, NotImplementedError where the C extension that it needs is missing.
        """
        if in_place and self.family == RINGS:
            return self.make(capacity_bytes=max(layout.default_capacity_bytes(), 2 * expected_bytes + 4096))
        return self.make(expected_bytes) if self.sized else self.make()

    def check(self) -> None:
        """Raise ModuleNotFoundError or NotImplementedError, saying what to install, when it cannot be used here."""
        if self.needs_native:
            primitives.need_native()
        if self.module:
            libraries.need(self.module, self.name)

    def missing(self) -> str:
        """Return why it cannot be used here and what to install; "" when it can be used."""
        try:
            self.check()
        except (ImportError, NotImplementedError) as error:
            return f"{self.name}: {error}"
        return ""


def _ring(name: str, waiting: str, *, native: bool) -> Kind:
    return Kind(
        name,
        RINGS,
        functools.partial(Ring.create, waiting=waiting, native=native),
        waits={"spin": "spins", "futex": "spins, then sleeps"}.get(waiting, "sleeps"),
        native=native,
        zero_copy=True,
        dies="ConnectionResetError",
        needs_native=native,
    )


def _peer(name: str, make: Any, module: str, **facts: Any) -> Kind:
    return Kind(name, OTHERS, make, module=module, sized=True, native=True, **facts)


_ALL = (
    Kind(
        "shared memory",
        RINGS,
        Ring.create,
        waits="spins, then sleeps" if primitives.native_atomics() else "sleeps",
        native=primitives.native_atomics(),
        zero_copy=True,
        dies="ConnectionResetError",
    ),
    _ring("spinning ring", "spin", native=True),
    _ring("POSIX ring", "posix", native=True),
    _ring("System V ring", "sysv", native=True),
    _ring("POSIX ring in Python", "posix", native=False),
    _ring("System V ring in Python", "sysv", native=False),
    Kind("pipe", PIPES, pipes.Pipe, waits="sleeps", writers_bytes=pipes.SEVERAL_WRITERS_BYTES),
    Kind(
        "pipe of 1 MiB",
        PIPES,
        functools.partial(pipes.Pipe, pipes.LARGE_BUFFER_BYTES),
        waits="sleeps",
        writers_bytes=pipes.SEVERAL_WRITERS_BYTES,
    ),
    Kind(
        "buffered pipe",
        PIPES,
        pipes.BufferedPipe,
        waits="sleeps",
        copies="3: into a buffer, in and out",
        keeps_back=True,
    ),
    Kind("FIFO", PIPES, pipes.Fifo, waits="sleeps", writers_bytes=pipes.SEVERAL_WRITERS_BYTES),
    Kind("multiprocessing.Pipe", MULTIPROCESSING, queues.ConnectionPair, waits="sleeps"),
    Kind(
        "multiprocessing.Queue",
        MULTIPROCESSING,
        queues.Queue,
        waits="sleeps",
        copies=_PICKLED,
        writers_bytes=_ANY,
        late=True,
    ),
    Kind(
        "multiprocessing.SimpleQueue",
        MULTIPROCESSING,
        queues.SimpleQueue,
        waits="sleeps",
        copies=_PICKLED,
        writers_bytes=_ANY,
    ),
    Kind(
        "POSIX message queue",
        QUEUES,
        message_queues.PosixMessageQueue,
        waits="sleeps",
        writers_bytes=message_queues.piece_bytes("fs/mqueue/msgsize_max"),
    ),
    Kind(
        "System V message queue",
        QUEUES,
        message_queues.SysvMessageQueue,
        waits="sleeps",
        writers_bytes=message_queues.piece_bytes("kernel/msgmax"),
        dies="nothing, unless it waits with a time-out",
    ),
    Kind("Unix stream", SOCKETS, sockets.UnixStream, waits="sleeps"),
    Kind("Unix seqpacket", SOCKETS, sockets.UnixSeqpacket, waits="sleeps", writers_bytes=2**13),
    Kind("TCP", SOCKETS, sockets.Tcp, waits="sleeps"),
    _peer("pyzmq", libraries.Zmq, "zmq", waits="sleeps", copies="4: into a message, in, out, out of it", late=True),
    _peer(
        "faster-fifo",
        libraries.FasterFifo,
        "faster_fifo",
        waits="sleeps",
        copies="3: in, out, out",
        largest="half a queue",
    ),
    _peer("iceoryx2", iceoryx.Iceoryx2, "iceoryx2", waits="spins", zero_copy=True),
)
TRANSPORTS = {kind.name: kind for kind in _ALL}
PEERS = tuple(kind.name for kind in _ALL if kind.family == OTHERS)
DEFAULT = ("shared memory", "pipe", "multiprocessing.Queue")


def available(names: Iterable[str] = tuple(TRANSPORTS)) -> tuple[str, ...]:
    """Return those of these transports, by name, that can be used here."""
    return tuple(name for name in names if not TRANSPORTS[name].missing())


def chosen(words: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the transports that `words` mean: each is a name, a family or "all", in any case.

    Raises ValueError for a word that means nothing, or a transport that cannot be used here.

    >>> chosen(["sockets", "Pipe"])
    ('Unix stream', 'Unix seqpacket', 'TCP', 'pipe')
    """
    found: list[str] = []
    for word in words:
        wanted = word.strip().lower()
        names = [name for name in TRANSPORTS if name.lower() == wanted]
        if not names:
            names = [*available([kind.name for kind in _ALL if wanted in (kind.family, "all")])]  # no learner's own
        if not names:
            raise ValueError(f"transport {word!r} is unknown: choose from {', '.join((*TRANSPORTS, *FAMILIES[1:]))}")
        found += names
    for name in found:
        if why := TRANSPORTS[name].missing():
            raise ValueError(why)
    return tuple(dict.fromkeys(found))


def table() -> Table:
    """Return the facts of every transport, a Table."""
    headings = (
        "transport",
        "family",
        "copies of each byte",
        "how it waits",
        "several writers",
        "longest message",
        "zero-copy",
        "reader of a dead writer",
    )
    rows = tuple(
        (
            kind.name,
            kind.family,
            kind.copies,
            kind.waits,
            _writers(kind.writers_bytes),
            kind.largest,
            "yes" if kind.zero_copy else "no",
            kind.dies,
        )
        for kind in _ALL
    )
    return Table("", headings, rows)


def _writers(most_bytes: int | None) -> str:
    if most_bytes is None:
        return "yes"
    return f"up to {in_words(most_bytes)} a message" if most_bytes else "no"
