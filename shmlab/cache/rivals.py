"""The caches that a SharedCache is measured against: one dict for each process, and those of other programs.

A rival is a context manager in the process that measures; it starts what it needs, a server perhaps. Its `connect()` is
called in each process that uses it, and returns (get, put) there. All are given the same keys and bytes. `missing()`
says why it cannot be measured here, or "".
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import multiprocessing
import os
import shutil
import subprocess
import time
from typing import Any

from shmlab.cache.shared_cache import SharedCache

_PATIENCE_S = 10.0


class Rival(contextlib.AbstractContextManager):
    """One kind of cache. `folder`: for its files and sockets. `size_bytes`: of all that it is to hold."""

    name = ""
    library = program = ""  # what has to be installed

    def __init__(self, folder: str, size_bytes: int) -> None:
        self.folder, self.size_bytes = folder, size_bytes

    @classmethod
    def missing(cls) -> str:
        """Return what is not installed, in words, or ""."""
        if cls.program and not shutil.which(cls.program):
            return f"{cls.program} is not installed"
        if cls.library and importlib.util.find_spec(cls.library) is None:
            return f"the Python package {cls.library} is not installed"
        return ""

    def connect(self) -> tuple[Any, Any]:
        """Return (get, put) for the process that calls this."""
        raise NotImplementedError

    def __exit__(self, *_: object) -> None:
        pass


class OwnDict(Rival):
    """A dict in each process: nothing is shared, each has its own copy."""

    name = "a dict in each process"

    def connect(self):
        own: dict[str, bytes] = {}
        return own.get, own.__setitem__


class OurCache(Rival):
    name = "our shared cache"

    def __enter__(self):
        self._cache = SharedCache.create(4 * self.size_bytes + 100_000)
        return self

    def connect(self):
        return self._cache.get, self._cache.put  # after a fork the mapping is still there

    def __exit__(self, *_):
        self._cache.close()


class ManagerDict(Rival):
    """multiprocessing.Manager().dict(): a dict in a server process; each access is a message there and back."""

    name = "multiprocessing.Manager"

    def __enter__(self):
        self._manager = multiprocessing.get_context("fork").Manager()
        self._dict = self._manager.dict()
        return self

    def connect(self):
        return self._dict.get, self._dict.__setitem__

    def __exit__(self, *_):
        self._manager.shutdown()


class DiskCache(Rival):
    """diskcache: SQLite in a folder, read through the page cache, which all processes share, too."""

    name = library = "diskcache"

    def connect(self):
        import diskcache

        cache = diskcache.Cache(self.folder, eviction_policy="none")
        return cache.get, cache.set


class _Server(Rival):
    command: tuple[str, ...] = ()

    def __enter__(self):
        self.socket = os.path.join(self.folder, f"{self.program}.socket")
        command = [part.format(socket=self.socket) for part in self.command]
        self._server = subprocess.Popen([self.program, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _until_it_answers(self):
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self.connect()[0]("no-such-key")
            except OSError as error:
                if self._server.poll() is not None or time.monotonic() > until:
                    raise OSError(f"{self.program} did not start: {error}") from error
                time.sleep(0.01)
            else:
                return

    def __exit__(self, *_):
        self._server.terminate()
        self._server.wait()


class Redis(_Server):
    """redis-server on a Unix socket, without writing to a disk."""

    name = library = "redis"
    program = "redis-server"
    command = ("--port", "0", "--unixsocket", "{socket}", "--save", "", "--appendonly", "no")

    def connect(self):
        redis = importlib.import_module(self.library)
        client = redis.Redis(unix_socket_path=self.socket)

        def get(key):
            try:
                return client.get(key)
            except redis.exceptions.ConnectionError as error:
                raise OSError(str(error)) from error

        return get, client.set


class Memcached(_Server):
    """memcached on a Unix socket."""

    name = program = "memcached"
    library = "pymemcache"
    command = ("-s", "{socket}", "-U", "0", "-m", "64", "-u", "root")

    def connect(self):
        client = importlib.import_module("pymemcache.client.base").Client(self.socket)
        return client.get, client.set


RIVALS = (OurCache, OwnDict, ManagerDict, DiskCache, Redis, Memcached)
