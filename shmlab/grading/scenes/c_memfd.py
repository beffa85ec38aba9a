"""A learner's C function that hands memory over: compiled and run inside a sandbox, and what it hands over looked at.

The function, `publish`, is linked with a `main` of ours (native/hand_over.c), which calls it and passes the descriptor
that it returns through a Unix socket. At the other end is a process that runs none of the learner's code. It tries
what a stranger with this descriptor could do, and looks at the program from outside while that still runs. The program
gets only the content; what the other process reports it cannot reach.

Source: memfd_create(2), "File sealing"; fcntl(2), F_ADD_SEALS; proc_pid_fd(5).
"""

import contextlib
import dataclasses
import fcntl
import mmap
import os
import re
import socket
import stat
import subprocess
import tempfile

from shmlab.base import root
from shmlab.grading.inside_sandbox import rights
from shmlab.grading.results import Differs, Unjudged
from shmlab.grading.scenes.c_record import DoesNotCompile, has_compiler
from shmlab.observe import program_output
from shmlab.observe.c_programs import compiled

_NATIVE = root.PACKAGE / "native"
_STRICT = ("-Werror=implicit-function-declaration", "-Werror=return-type", "-D_GNU_SOURCE")
_UNPREPARED = 101  # the exit code of our main where it could not call publish
_MOST_BYTES = 1 << 20  # of content that is read
_PLACE = re.compile(r"program\.c:(\d+)(?::\d+)?: (?:fatal )?error: .*")
_SEALS = {"F_SEAL_SEAL": 1, "F_SEAL_SHRINK": 2, "F_SEAL_GROW": 4, "F_SEAL_WRITE": 8, "F_SEAL_FUTURE_WRITE": 16}
_OF_THE_LINKER = re.compile(r"(undefined reference to|multiple definition of) ['`](\w+)'")


@dataclasses.dataclass(frozen=True)
class Handed:
    """What `publish` handed over. `kind`: "a memfd", "another file", "-1", or "a number that is no descriptor".

    For a memfd: `size_bytes` and `content`; `seals`, by their names; `only_reads`: whether the descriptor itself is for
    reading only; `possible`: what another process could do to the memory, some of WRITE, MAP, GROW and SHRINK;
    `maker_can_store`: whether the program itself has it mapped for writing still. In any case `descriptors` and
    `mappings`: how many the program has that it did not have before.
    """

    kind: str
    size_bytes: int
    content: bytes
    seals: list
    only_reads: bool
    possible: list
    maker_can_store: bool
    descriptors: int
    mappings: int


WRITE, MAP, GROW, SHRINK = "write to it", "map it for writing", "make it larger", "make it smaller"


def handed_over(world, text, content, *, most_descriptors=0, most_bytes=0):
    """Compile a C text with a function `int publish(const void *content, size_t size)`, call it in a process of its
    own, and return the Handed. `most_descriptors`, `most_bytes`: limits on open files and on the size of a file while
    it runs, 0 for none.

    Raises DoesNotCompile with the compiler's words, Differs where the program ended before publish returned, Unjudged
    where there is no compiler or the kernel has no memfds.
    """
    if not has_compiler():
        raise Unjudged("needs a C compiler, and there is none here")
    called = world.called
    try:
        told = world.call(call_publish, text, content, most_descriptors, most_bytes)
    except NotImplementedError as error:
        raise Unjudged(str(error)) from None
    except OSError as error:
        raise Unjudged(f"could not be compiled: {error}") from None
    except (TypeError, ValueError) as error:
        world.observed["what is wrong with the text"] = str(error)
        told_by_gcc = isinstance(error, ValueError)
        called = "the C compiler, with your text" if told_by_gcc else called
        raise DoesNotCompile(f"the compiler says: {error}" if told_by_gcc else str(error)) from None
    finally:
        world.called = called
    world.called = f"publish(content, {len(content)}), in a process of its own"
    if isinstance(told, str):
        if "SIGXCPU" in told:  # a limit proves nothing
            raise Unjudged(f"used up its {rights.CPU_S} s of processor time")
        world.observed["its end"] = told
        raise Differs(f"the program {told}")
    return Handed(*told)


def call_publish(text, content, *limits):
    """Compile, run and look; this runs inside the sandbox. Return the fields of a Handed, or how the program ended."""
    if not isinstance(text, str):
        raise TypeError(f"the C program is to be text, and what came is of type {type(text).__name__}")
    _have_memfds()
    with tempfile.TemporaryDirectory() as folder:
        given = "-include", str(_NATIVE / "hand_over.h"), str(_NATIVE / "hand_over.c")
        try:
            program = compiled(text, folder, "-O1", *_STRICT, *given)
        except ValueError as error:
            raise ValueError(_first_error(str(error), text)) from None
        return _run([program, str(len(content)), *map(str, limits)], content)


def _have_memfds():
    """Raise NotImplementedError if this kernel gives no memfd that can be sealed."""
    try:
        os.close(os.memfd_create("tried", os.MFD_ALLOW_SEALING))
    except OSError as error:
        raise NotImplementedError(f"needs memfd_create, which is refused here: {error}") from None


def _run(command, content):
    mine, its = socket.socketpair()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with mine, subprocess.Popen(command, stdin=its, **quiet) as process:
        its.close()
        with contextlib.suppress(BrokenPipeError):
            mine.sendall(content)
        said, descriptors, *_ = socket.recv_fds(mine, 1, 1)
        if not said:
            return _how(process.wait())
        kind, descriptor = {b"n": "-1"}.get(said, "a number that is no descriptor"), None
        if said == b"d" and descriptors:
            (descriptor,) = descriptors
            kind = "a memfd" if _is_memfd(descriptor) else "another file"
        inside = _inside(process.pid)
        looked = _looked_at(descriptor) if kind == "a memfd" else [0, b"", [], False, []]
        if descriptor is not None:
            os.close(descriptor)
        mine.shutdown(socket.SHUT_RDWR)  # the program ends
        return [kind, *looked, *inside]


def _how(returncode):
    if returncode == _UNPREPARED:
        raise OSError("the program could not be prepared")
    return program_output.how(returncode)


def _is_memfd(descriptor):
    regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    return regular and os.readlink(f"/proc/self/fd/{descriptor}").startswith("/memfd:")


def _inside(pid):
    """Return [whether it has a memfd mapped for writing, its descriptors but the standard ones, its mappings of
    memfds]."""
    with open(f"/proc/{pid}/maps") as maps:
        modes = [line.split()[1] for line in maps if "/memfd:" in line]
    writable = any(mode[1] == "w" and mode[3] == "s" for mode in modes)
    return [writable, len([name for name in os.listdir(f"/proc/{pid}/fd") if int(name) > 2]), len(modes)]


def _looked_at(descriptor):
    """Return [size, content, seals, whether the descriptor only reads, what can be done to it] of a memfd."""
    only_reads = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
    bits = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
    seals = [name for name, bit in _SEALS.items() if bits & bit]
    size = os.fstat(descriptor).st_size
    content = os.pread(descriptor, min(size, _MOST_BYTES), 0)
    with contextlib.suppress(OSError):
        os.fchmod(descriptor, 0o600)  # a mode stops nobody who owns the file
    try:
        mine = os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR)  # nor does a descriptor that only reads
    except OSError:
        mine = os.dup(descriptor)
    tries = {
        WRITE: lambda: os.pwrite(mine, b"x", 0),
        MAP: lambda: mmap.mmap(mine, max(size, 1), mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE).close(),
        GROW: lambda: os.ftruncate(mine, size + 1),
        SHRINK: lambda: os.ftruncate(mine, max(size - 1, 0)),
    }
    try:
        return [size, content, seals, only_reads, [what for what, attempt in tries.items() if _works(attempt)]]
    finally:
        os.close(mine)


def _works(attempt):
    try:
        attempt()
    except (OSError, ValueError):
        return False
    return True


def _first_error(words, text):
    """Return the first error of a compiler or linker, with the learner's line."""
    if found := _PLACE.search(words):
        lines = text.splitlines()
        at = int(found[1]) - 1
        code = lines[at].strip().replace("`", "'") if at < len(lines) else ""
        return found[0] + (f"; there stands `{code}`" if code else "")
    if found := _OF_THE_LINKER.search(words):
        return f"{found[1]} `{found[2]}`"
    words = words.removeprefix("the C program does not compile: ").strip()
    return next((line for line in words.splitlines() if "error" in line), words[:200])
