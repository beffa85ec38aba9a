"""Shared-memory segments, POSIX and System V, under one vocabulary.

create · open · view · close · destroy. A POSIX segment has a name and is unlinked; a System V
segment has a key and an id and is removed; `destroy` is either. Both refuse to be closed while a
view of their memory is alive, because the next access through it would kill the interpreter.
"""

import abc
import ctypes
import errno
import mmap
import os
import weakref

import posix_ipc
import sysv_ipc

from shmlab.ipc import kinds, ledger, limits, names
from shmlab.ipc.errors import os_error, translated


class Segment(abc.ABC):
    """A piece of memory that several processes map. Made by `create` or `open` of its two kinds.

    As a context manager it is closed at the end, and destroyed as well by the process that created
    it, unless it was made with keep=True.
    """

    kind = ""

    def __init__(self, name, size_bytes, *, creator, keep=False):
        self._name = name
        self.what = kinds.describe(self.kind, name)
        self._size_bytes = size_bytes
        self._creator_pid = os.getpid() if creator else None
        self._keep = keep
        self._closed = False

    @staticmethod
    def create(size_bytes, *, ipc="posix", mode=0o600, keep=False):
        """Create a segment of the kind `ipc`, "posix" or "sysv", under a random name or key."""
        return segment_class(ipc).create(None, size_bytes, mode=mode, keep=keep)

    @property
    def size_bytes(self):
        """The size it was created with; the kernel hands out whole pages behind it."""
        return self._size_bytes

    @property
    def buffer(self):
        """The whole memory as a writable memoryview of bytes. Raises ValueError after close()."""
        return self._whole()[: self._size_bytes]

    def view(self, layout, offset=0):
        """A ctypes Structure or array of type `layout`, laid over the memory `offset` bytes in.

        Nothing is copied: what this process stores there, every other process sees.
        Raises ValueError when it does not fit, is misaligned, or the segment is closed.
        """
        size, alignment = ctypes.sizeof(layout), ctypes.alignment(layout)
        if offset < 0 or offset + size > self._size_bytes:
            raise ValueError(
                f"{self.what}: a view of {size} bytes at offset {offset} does not fit into {self._size_bytes} bytes"
            )
        if offset % alignment:
            raise ValueError(f"{self.what}: offset {offset} is not a multiple of {alignment}, the view's alignment")
        return layout.from_buffer(self._whole(), offset)

    def prefault(self):
        """Touch every page once, so that no page fault disturbs what is timed later; keeps the bytes."""
        memory = self.buffer
        for offset in range(0, self._size_bytes, mmap.PAGESIZE):
            memory[offset] = memory[offset]

    def close(self):
        """Unmap the memory from this process; the segment lives on. A second call does nothing.

        Raises BufferError while views are alive: drop them first (`del view`).
        """
        if not self._closed:
            self._unmap()
            self._closed = True

    @abc.abstractmethod
    def destroy(self):
        """Unlink or remove it, whichever word its kind has."""

    @abc.abstractmethod
    def _whole(self):
        """A memoryview of all that is mapped; ValueError after close()."""

    @abc.abstractmethod
    def _unmap(self):
        """Give the mapping back, or raise BufferError when a view of it is alive."""

    def _refuse_views(self):
        return BufferError(
            f"{self.what}: views of its memory are still alive, and using one after the unmapping would crash "
            "Python; drop them first (`del view`; a notebook also keeps its last result in `_`), then close"
        )

    def _check_open(self):
        if self._closed:
            raise ValueError(f"{self.what} is closed in this process: open it again")

    def __enter__(self):
        self._check_open()
        return self

    def __exit__(self, *_):
        try:
            self.close()
        finally:
            if self._creator_pid == os.getpid() and not self._keep and not self._destroyed():
                self.destroy()

    @abc.abstractmethod
    def _destroyed(self):
        """Whether this very segment is gone or marked to go."""

    def __repr__(self):
        state = ", closed" if self._closed else ""
        return f"<{self.what}, {self._size_bytes} bytes{state}>"


class PosixSegment(Segment):
    """A segment from shm_open(3): a name, bytes, and a life until it is unlinked and unmapped by all."""

    kind = kinds.POSIX_SEGMENT

    def __init__(self, name, descriptor, *, creator, read_only=False, keep=False):
        status = os.fstat(descriptor)
        super().__init__(name, status.st_size, creator=creator, keep=keep)
        self._identity = [status.st_dev, status.st_ino]
        access = mmap.ACCESS_READ if read_only else mmap.ACCESS_WRITE
        self._map = mmap.mmap(descriptor, status.st_size, access=access)

    @classmethod
    def create(cls, name, size_bytes, *, mode=0o600, keep=False):
        """Create and map a new segment, zero-filled, with its memory reserved.

        `name`: "/scores", or None for a random one. `mode`: permission bits, less the umask.
        Raises FileExistsError, PermissionError, ValueError, and OSError(ENOSPC) when /dev/shm has
        not that much room. Source: shm_open(3), posix_fallocate(3).
        """
        chosen = name is not None
        name = names.checked_name(name) if chosen else names.random_name()
        size_bytes = checked_size(size_bytes)
        what = kinds.describe(cls.kind, name)
        with ledger.creating(cls.kind, name, chosen=chosen, keep=keep), translated(what, creating=True):
            memory = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=names.checked_mode(mode))
            try:
                _reserve(memory.fd, size_bytes, what)
                return cls(name, memory.fd, creator=True, keep=keep)
            except BaseException:
                memory.unlink()
                raise
            finally:
                memory.close_fd()

    @classmethod
    def open(cls, name, *, read_only=False):
        """Map the existing segment `name`. Raises FileNotFoundError, PermissionError or ValueError."""
        name = names.checked_name(name)
        what = kinds.describe(cls.kind, name)
        with translated(what, creating=False):
            memory = posix_ipc.SharedMemory(name, flags=0, read_only=read_only)
        try:
            if os.fstat(memory.fd).st_size == 0:
                raise ValueError(f"{what} has size 0: its creator has not given it one yet; try again when it has")
            return cls(name, memory.fd, creator=False, read_only=read_only)
        finally:
            memory.close_fd()

    @property
    def name(self):
        return self._name

    @property
    def mode(self):
        """The permission bits it has now. Raises FileNotFoundError once unlinked."""
        return os.stat(names.segment_path(self._name)).st_mode & 0o777

    def unlink(self):
        """Take the name away; the memory lives on until the last process unmaps it. See shm_unlink(3).

        Raises FileNotFoundError when the name is gone, or belongs to another segment by now.
        """
        if self._destroyed():
            raise os_error(errno.ENOENT, f"{self.what} was unlinked already; unlink once, by its owner")
        kinds.remove(self.kind, self._name, self._identity)
        ledger.removed(self.kind, self._name)

    destroy = unlink

    def _destroyed(self):
        return kinds.identity(self.kind, self._name) != self._identity

    def _whole(self):
        self._check_open()
        return memoryview(self._map)

    def _unmap(self):
        try:
            self._map.close()
        except BufferError:
            raise self._refuse_views() from None

    def __reduce__(self):
        return PosixSegment.open, (self._name,)


class SysvSegment(Segment):
    """A segment from shmget(2): a key to find it by, an id to use it by, and no name."""

    kind = kinds.SYSV_SEGMENT

    def __init__(self, memory, key, *, creator, keep=False):
        super().__init__(key, memory.size, creator=creator, keep=keep)
        self._memory = memory
        self._root = self._attach(memory)

    @staticmethod
    def _attach(memory):
        # Every view keeps `root` alive through the buffer protocol, and `root` keeps the attachment.
        # sysv_ipc itself would detach under live views.
        root = type("Attached", (ctypes.c_ubyte * memory.size,), {}).from_address(memory.address)
        root.attachment = memory
        return root

    @classmethod
    def create(cls, key, size_bytes, *, mode=0o600, keep=False):
        """Create and attach a new segment, zero-filled.

        `key`: 1 to 2**31 - 1, or None for a random one. `mode`: permission bits; no umask applies.
        Raises FileExistsError, PermissionError, ValueError, and OSError(EINVAL, ENOSPC or ENOMEM)
        beyond the limits of this host. Source: shmget(2), shmat(2).
        """
        chosen = key is not None
        key = names.checked_key(key) if chosen else names.random_key()
        size_bytes = checked_size(size_bytes)
        what = kinds.describe(cls.kind, key)
        _check_shmmax(size_bytes, what)
        with ledger.creating(cls.kind, key, chosen=chosen, keep=keep), translated(what, creating=True):
            memory = sysv_ipc.SharedMemory(
                key, sysv_ipc.IPC_CREX, mode=names.checked_mode(mode), size=size_bytes, init_character=b"\0"
            )
            return cls(memory, key, creator=True, keep=keep)

    @classmethod
    def open(cls, key=None, *, id=None):
        """Attach the existing segment with this `key`, or with this `id`.

        Raises FileNotFoundError, PermissionError, TypeError or ValueError.
        """
        if (key is None) == (id is None):
            raise TypeError("give a key or an id, one of the two")
        if id is not None:
            return cls(_attach_id(id), kinds.row(cls.kind, id)["key"], creator=False)
        with translated(kinds.describe(cls.kind, names.checked_key(key)), creating=False):
            return cls(sysv_ipc.SharedMemory(key), key, creator=False)

    @property
    def key(self):
        return self._name

    @property
    def id(self):
        return self._memory.id

    @property
    def mode(self):
        with translated(self.what, creating=False):
            return self._memory.mode & 0o777

    @property
    def attach_count(self):
        """How many attachments the kernel counts (shm_nattch). Raises FileNotFoundError once removed."""
        with translated(self.what, creating=False):
            return self._memory.number_attached

    def remove(self):
        """Mark it for removal (IPC_RMID): the key is free at once, the memory at the last detach.

        Raises FileNotFoundError when it was removed already, PermissionError when it is another's.
        """
        if self._destroyed():
            raise os_error(errno.ENOENT, f"{self.what} was removed already; remove once, by its owner")
        with translated(self.what, creating=False):
            self._memory.remove()
        ledger.removed(self.kind, self._name)

    destroy = remove

    def _destroyed(self):
        row = kinds.row(self.kind, self._memory.id)
        return row is None or bool(row["perms"] & kinds.MARKED_FOR_REMOVAL)

    def _whole(self):
        self._check_open()
        return memoryview(self._root).cast("B")

    def _unmap(self):
        alive, self._root = weakref.ref(self._root), None
        root = alive()
        if root is not None:
            self._root = root
            raise self._refuse_views()
        self._memory.detach()

    def __reduce__(self):
        return _open_by_id, (self._memory.id,)


def segment_class(ipc):
    """The class behind "posix" or "sysv". Raises ValueError for any other word."""
    classes = {"posix": PosixSegment, "sysv": SysvSegment}
    if ipc not in classes:
        raise ValueError(f'ipc is {ipc!r}: choose "posix" or "sysv"')
    return classes[ipc]


def checked_size(size_bytes):
    """`size_bytes` itself. Raises TypeError or ValueError when it is no size a segment can have."""
    if isinstance(size_bytes, bool) or not isinstance(size_bytes, int):
        raise TypeError(f"size_bytes is {size_bytes!r}: a size is a whole number of bytes")
    if size_bytes <= 0:
        raise ValueError(f"size_bytes is {size_bytes}: a segment has at least 1 byte")
    if size_bytes > limits.MOST_ADDRESSABLE_BYTES:
        raise ValueError(
            f"size_bytes is {size_bytes}: no address space holds more than {limits.MOST_ADDRESSABLE_BYTES}"
        )
    return size_bytes


def _reserve(descriptor, size_bytes, what):
    """Give the new segment its size and its memory; ftruncate(2) alone would reserve nothing."""
    try:
        os.posix_fallocate(descriptor, 0, size_bytes)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.ENOMEM, errno.EFBIG):
            raise
        space = limits.posix_space()
        raise os_error(
            errno.ENOSPC,
            f"{what} of {limits.in_words(size_bytes)} does not fit: {names.POSIX_FOLDER} has "
            f"{limits.in_words(space.free_bytes)} free of {limits.in_words(space.size_bytes)}. Ask for less, free some "
            f"(`shmlab clean`), or enlarge it (in Docker: --shm-size)",
        ) from None


def _check_shmmax(size_bytes, what):
    most = limits.shmmax()
    if size_bytes > most:
        raise os_error(
            errno.EINVAL,
            f"{what} of {limits.in_words(size_bytes)} is more than SHMMAX, {limits.in_words(most)}: ask for less, "
            "or have root raise it (sysctl kernel.shmmax)",
        )


def _attach_id(id):
    if isinstance(id, bool) or not isinstance(id, int):
        raise TypeError(f"id is {id!r}: a System V id is the integer that shmget gave")
    what = f"{kinds.SYSV_SEGMENT} with id {id}"
    try:
        with translated(what, creating=False):
            return sysv_ipc.attach(id)
    except ValueError as error:  # EINVAL: nothing has this id
        raise os_error(errno.ENOENT, f"{what} does not exist: it was never created, or was removed since") from error


def _open_by_id(id):
    return SysvSegment.open(id=id)
