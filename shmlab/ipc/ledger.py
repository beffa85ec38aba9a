"""The record of every kernel object we make, so that what a dead process left can be removed.

One file for each process, written by that process alone, one JSON line for each event:
`intent` before the object is created, `made` with its identity after, `gone` when it was removed.
A killed process therefore leaves either a whole record or, at worst, an intent. Lines are written,
not synced to disk: a record has to outlive its process, not the machine, since none of these
objects outlives the machine either.
"""

import contextlib
import dataclasses
import itertools
import json
import os
import pathlib
import re
import threading

from shmlab.base.interrupts import undisturbed
from shmlab.ipc import kinds
from shmlab.ipc.creator import Creator, current_creator, start_ticks


@dataclasses.dataclass(frozen=True)
class Entry:
    """One object as recorded. `identity` is None when its creation was never confirmed."""

    creator: Creator
    token: int
    kind: str
    name: str | int
    chosen: bool
    keep: bool
    identity: list | None = None
    thread: int = 0  # which made it; not on record: for its own process


def folder():
    """Where the records are: $SHMLAB_STATE, else $XDG_STATE_HOME/shmlab, else ~/.local/state/shmlab.

    A home that cannot be written (a classroom's, a container's) is replaced by a private folder
    under /tmp. Raises PermissionError when that one belongs to somebody else.
    """
    named = os.environ.get("SHMLAB_STATE")
    state_home = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local/state")
    path = pathlib.Path(named or os.path.join(state_home, "shmlab"))
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(path, os.W_OK | os.X_OK):
            return path
    except OSError:
        if named:
            raise
    path = pathlib.Path(f"/tmp/shmlab-{os.geteuid()}")
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if status.st_uid != os.geteuid() or status.st_mode & 0o077 or path.is_symlink():
        raise PermissionError(f"{path} is not private to user {os.geteuid()}: set SHMLAB_STATE to a folder that is")
    return path


def _file_name(creator):
    return f"{creator.boot[:8]}-{creator.pid_namespace}-{creator.pid}-{creator.start_ticks}.jsonl"


_FILE_NAME = re.compile(r"([0-9a-f]{8})-(\d+)-(\d+)-(\d+)\.jsonl")


def writer(path):
    """The number of the process whose file this is."""
    return int(_FILE_NAME.fullmatch(path.name)[3])


def writer_is_dead(path):
    """Whether nobody will write to this file any more; its name tells whose it is."""
    boot, namespace, pid, start = _FILE_NAME.fullmatch(path.name).groups()
    now = current_creator()
    if boot != now.boot[:8]:
        return True
    return int(namespace) == now.pid_namespace and start_ticks(int(pid)) != int(start)


_LONG_BYTES = 2**16  # begin the file anew when it is longer and nothing on it lives


class _Book:
    """This process's own file, opened at the first object it makes."""

    def __init__(self):
        self._lock = threading.Lock()
        self._reset()

    def _reset(self):
        self._file = None
        self._tokens = itertools.count(1)
        self.live = {}

    def after_fork(self):
        """A forked child is another process: it starts a file of its own and owns nothing yet."""
        self._lock = threading.Lock()
        if self._file is not None:
            os.close(self._file)
        self._reset()

    def _write(self, event):
        if self._file is None:
            self._path = folder() / _file_name(current_creator())
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_size == 0:
            self._append({"creator": dataclasses.asdict(current_creator())})
        self._append(event)

    def _append(self, event):
        os.write(self._file, json.dumps(event).encode() + b"\n")

    def close(self):
        """Put the file away: deleted when nothing on it lives."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None
                if not self.live:
                    self._path.unlink(missing_ok=True)

    def intend(self, kind, name, *, chosen, keep):
        with self._lock:
            entry = Entry(current_creator(), next(self._tokens), kind, name, chosen, keep, thread=threading.get_ident())
            self._write({"intent": entry.token, "kind": kind, "name": name, "chosen": chosen, "keep": keep})
            self.live[entry.token] = entry
            return entry

    def confirm(self, entry, identity):
        with self._lock:
            self._write({"made": entry.token, "identity": identity})
            self.live[entry.token] = dataclasses.replace(entry, identity=identity)

    def strike(self, entry):
        with self._lock:
            if self.live.pop(entry.token, None) is not None:
                self._write({"gone": entry.token})
            if not self.live and os.fstat(self._file).st_size > _LONG_BYTES:
                os.ftruncate(self._file, 0)
                self._append({"creator": dataclasses.asdict(current_creator())})


_book = _Book()
os.register_at_fork(after_in_child=_book.after_fork)


@contextlib.contextmanager
def creating(kind, name, *, chosen, keep=False):
    """Record the intent to create an object, and its identity once the body has created it.

    The body creates exactly one object. When it raises, the object is taken as not created. An interrupt waits
    until the body has ended; then the object is removed.
    """
    entry = _book.intend(kind, name, chosen=chosen, keep=keep)
    try:
        with undisturbed():
            yield
            _book.confirm(entry, kinds.identity(kind, name))
    except BaseException as error:
        # An error after the creation (shmat(2) refused, say), or an interrupt. A random name can be nobody
        # else's; a chosen one of which we do not know whose it is stays on record as an intent.
        found = kinds.identity(kind, name)
        ours = not chosen or found == _book.live[entry.token].identity
        if found and ours:
            kinds.remove(kind, name, found)
        if not found or ours or isinstance(error, FileExistsError):
            _book.strike(entry)
        raise


def removed(kind, name):
    """Record that this process removed an object; one that it did not make is not in its book."""
    for entry in list(_book.live.values()):
        if (entry.kind, entry.name) == (kind, name):
            _book.strike(entry)


def own():
    """The entries of this process that live."""
    return list(_book.live.values())


def strike(entry):
    """Take an entry of this process off its book."""
    _book.strike(entry)


def close():
    """Put this process's file away; it is deleted when nothing on it lives."""
    _book.close()


def entries():
    """Every entry on record that no `gone` line follows, oldest file first, whoever made it."""
    for path in files():
        yield from read(path).values()


def files():
    """The files of all processes, oldest first."""
    return sorted((path for path in folder().iterdir() if _FILE_NAME.fullmatch(path.name)), key=age)


def age(path):
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def read(path):
    """The live entries of one file, by token. A line torn by a kill is an event that did not happen."""
    live, creator = {}, None
    try:
        lines = path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return live
    for line in lines:
        try:
            event = json.loads(line)
            if "creator" in event:
                creator = Creator(**event["creator"])
            elif "intent" in event:
                token = event.pop("intent")
                live[token] = Entry(creator, token, **event)
            elif "made" in event:
                live[event["made"]] = dataclasses.replace(live[event["made"]], identity=event["identity"])
            else:
                live.pop(event["gone"], None)
        except (ValueError, KeyError, TypeError):
            continue
    return {token: entry for token, entry in live.items() if entry.creator is not None}
