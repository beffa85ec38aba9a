"""Give a process a /dev/shm and System V objects of its own, if this host allows it.

Source: namespaces(7), user_namespaces(7), unshare(2), mount(2), tmpfs(5).
"""

import os
import pathlib

from shmlab.ipc import names
from shmlab.ipc.libc import checked_call

NEW_MOUNT, NEW_IPC, NEW_USER = 0x00020000, 0x08000000, 0x10000000  # CLONE_NEWNS …, see clone(2)
_MS_NOSUID_NODEV, _MS_REC_PRIVATE = 0x2 | 0x4, 0x4000 | 0x40000


def own_objects(dev_shm_bytes):
    """Give this process, and those that it starts, System V objects and a /dev/shm of their own, of this size.

    An ordinary user gets a user namespace, too, which only a process with one thread may make. Raises OSError where
    the host refuses.
    """
    user, group = os.geteuid(), os.getegid()  # in a user namespace they are unknown until they are mapped
    checked_call("unshare", NEW_MOUNT | NEW_IPC | (NEW_USER if user else 0))
    if user:
        map_user(user, user, group, group)
    checked_call("mount", b"none", b"/", None, _MS_REC_PRIVATE, None)
    options = f"size={dev_shm_bytes},mode=1777".encode()
    checked_call("mount", b"tmpfs", names.POSIX_FOLDER.encode(), b"tmpfs", _MS_NOSUID_NODEV, options)


def map_user(inner_user, outer_user, inner_group, outer_group):
    """Map a user and a group of a new user namespace to those outside. Raises OSError."""
    pathlib.Path("/proc/self/setgroups").write_text("deny")
    pathlib.Path("/proc/self/uid_map").write_text(f"{inner_user} {outer_user} 1")
    pathlib.Path("/proc/self/gid_map").write_text(f"{inner_group} {outer_group} 1")
