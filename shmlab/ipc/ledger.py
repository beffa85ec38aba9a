"""The ledger: a record of every kernel object we create, so that what a dead process left can be removed.

There is one file for each process, written by that process alone, with one JSON line for each event: `intent` before
the object is created, `made` with its identity after, `gone` when it was removed. A killed process therefore leaves
either a whole record or, at worst, an intent. Lines are written and not synced to disk: a record has to outlive its
process, and not a restart of the machine, which no object survives either.
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
    thread: int = 0  # which thread created it; not written to the file, as only its own process asks for it


def folder():
    """Return the folder of the ledger: $SHMLAB_STATE, else $XDG_STATE_HOME/shmlab, else ~/.local/state/shmlab.

    Where a home cannot be written (in a classroom or a container), it is a private folder under /tmp.
    Raises PermissionError when that one belongs to another user.
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
    """Return the process id of the process whose file this is."""
    return int(_FILE_NAME.fullmatch(path.name)[3])


def writer_is_dead(path):
    """Return whether the process that the file is named after is dead, so that nobody writes to it any more."""
    boot, namespace, pid, start = _FILE_NAME.fullmatch(path.name).groups()
    now = current_creator()
    if boot != now.boot[:8]:
        return True
    return int(namespace) == now.pid_namespace and start_ticks(int(pid)) != int(start)


_LONG_BYTES = 2**16  # empty the file when it is longer and none of its objects exists any more


class _Book:
    """This process's own file, opened when it creates its first object."""

    def __init__(self):
        self._lock = threading.Lock()
        self._reset()

    def _reset(self):
        self._file = None
        self._tokens = itertools.count(1)
        self.live = {}

    def after_fork(self):
        """Begin anew in a forked child: it is another process, has a file of its own and has created nothing yet."""
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
        """Close the file, and delete it if none of its objects exists any more."""
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
    """Record the intent to create an object, and its identity once the block has created it.

    The block creates exactly one object. If it raises, the object counts as not created. An interrupt waits
    until the block has ended; then the object is removed.
    """
    entry = _book.intend(kind, name, chosen=chosen, keep=keep)
    try:
        with undisturbed():
            yield
            _book.confirm(entry, kinds.identity(kind, name))
    except BaseException as error:
        # An error after the creation (shmat(2) may refuse), or an interrupt. Nobody else can have created an object of
        # a random name; if the name was chosen and it is not known whose object it is, the intent stays in the file.
        found = kinds.identity(kind, name)
        ours = not chosen or found == _book.live[entry.token].identity
        if found and ours:
            kinds.remove(kind, name, found)
        if not found or ours or isinstance(error, FileExistsError):
            _book.strike(entry)
        raise


def removed(kind, name):
    """Record that this process removed an object. One that it did not create is not in its file."""
    for entry in list(_book.live.values()):
        if (entry.kind, entry.name) == (kind, name):
            _book.strike(entry)


def own():
    """Return the entries of this process whose objects exist."""
    return list(_book.live.values())


def strike(entry):
    """Record that the object of an entry of this process is gone."""
    _book.strike(entry)


def close():
    """Close this process's file, and delete it if none of its objects exists any more."""
    _book.close()


def entries():
    """Yield every entry, of any process, that no `gone` line follows; the oldest file first."""
    for path in files():
        yield from read(path).values()


def files():
    """Return the files of all processes, the oldest first."""
    return sorted((path for path in folder().iterdir() if _FILE_NAME.fullmatch(path.name)), key=age)


def age(path):
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def read(path):
    """Return the entries of one file that no `gone` line follows, by token.

    A line that a kill has cut short counts as an event that did not happen.
    """
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
