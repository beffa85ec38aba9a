"""Every test runs in IPC and mount namespaces of our own with a /dev/shm of 64 MiB, where the host
allows it, so that other people's objects do not matter; and every test ends with nothing left."""

import ctypes
import os
import pathlib
import signal

import pytest

_NEW_NAMESPACES = {"mount": 0x00020000, "ipc": 0x08000000}
_NEW_USER = 0x10000000
_MS_NOSUID_NODEV, _MS_REC_PRIVATE = 0x2 | 0x4, 0x4000 | 0x40000
DEV_SHM_MIB = 64


def _enter_private_namespaces():
    """Move this process, and all it will start, away from the host's objects; says whether it did."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    flags = sum(_NEW_NAMESPACES.values()) | (0 if user == 0 else _NEW_USER)
    if libc.unshare(flags) != 0:
        return False
    if user != 0:  # keep our own number: an ordinary user stays one
        pathlib.Path("/proc/self/setgroups").write_text("deny")
        pathlib.Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        pathlib.Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    if libc.mount(b"none", b"/", None, _MS_REC_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), "the mounts cannot be made private")
    options = f"size={DEV_SHM_MIB}m,mode=1777".encode()
    if libc.mount(b"tmpfs", b"/dev/shm", b"tmpfs", _MS_NOSUID_NODEV, options) != 0:
        raise OSError(ctypes.get_errno(), "a /dev/shm of our own cannot be mounted")
    return True


PRIVATE = _enter_private_namespaces()
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it starts in the background ignore Ctrl-C


def pytest_report_header():
    where = (
        f"private namespaces, /dev/shm of {DEV_SHM_MIB} MiB" if PRIVATE else "the host's own (namespaces are forbidden)"
    )
    return f"kernel objects: {where}"


@pytest.fixture(scope="session", autouse=True)
def state_folder(tmp_path_factory):
    """Records of objects go to a folder of this session's own."""
    folder = tmp_path_factory.mktemp("state")
    os.environ["SHMLAB_STATE"] = str(folder)
    return folder


@pytest.fixture
def private_namespaces():
    """For tests that count on a /dev/shm of 64 MiB, or on nobody else's objects."""
    if not PRIVATE:
        pytest.skip("this host forbids namespaces")


def kernel_objects():
    """Names and ids of all POSIX and System V objects."""
    posix = {path.name for path in pathlib.Path("/dev/shm").iterdir()}
    tables = {kind: pathlib.Path("/proc/sysvipc", kind).read_text().splitlines()[1:] for kind in ("shm", "sem", "msg")}
    return posix | {f"{kind} id {line.split()[1]}" for kind, lines in tables.items() for line in lines}


@pytest.fixture(autouse=True)
def leaves_nothing(state_folder):
    """A test that leaves a kernel object behind fails."""
    before = kernel_objects()
    yield
    if not PRIVATE and "PYTEST_XDIST_WORKER" in os.environ:
        return  # another test's objects are in the same kernel at the same time
    left = kernel_objects() - before
    assert not left, f"left in the kernel: {sorted(left)}"
