"""Two address spaces, recorded in the form of /proc/PID/maps, for tests that need no process."""

from shmlab.observe import address_spaces

PARENT = """\
55d0a0000000-55d0a0001000 r--p 00000000 fe:00 100                        /usr/bin/some program
55d0a0001000-55d0a0003000 r-xp 00001000 fe:00 100                        /usr/bin/some program
55d0a0003000-55d0a0004000 rw-p 00000000 00:00 0
55d0b0000000-55d0b0021000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000001000 rw-s 00000000 00:1b 7                          /dev/shm/scores
7f0000001000-7f0000002000 rw-s 00000000 00:01 7                          /SYSV000004d2 (deleted)
7f0000002000-7f0000003000 rw-s 00000000 00:01 7                          /dev/zero (deleted)
7f0000003000-7f0000004000 rw-p 00000000 00:1b 8                          /dev/shm/copied
7f0000010000-7f0000020000 r-xp 00000000 fe:00 101                        /usr/lib/libc.so.6
7f0000020000-7f0000021000 r--p 00000000 fe:00 102                        /usr/lib/libm.so.6
7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]
7ffd00030000-7ffd00032000 r-xp 00000000 00:00 0                          [vdso]
"""
CHILD = """\
561110000000-561110001000 r--p 00000000 fe:00 100                        /usr/bin/some program
561120000000-561120021000 rw-p 00000000 00:00 0                          [heap]
7f1000000000-7f1000001000 r--s 00000000 00:1b 7                          /dev/shm/scores (deleted)
7f1000001000-7f1000002000 rw-s 00000000 00:01 7                          /dev/zero (deleted)
7f1000003000-7f1000004000 rw-p 00000000 00:1b 8                          /dev/shm/copied
7f1000004000-7f1000005000 rw-s 00000000 00:1b 9                          /dev/shm/scores
7ffe00000000-7ffe00021000 rw-p 00000000 00:00 0                          [stack]
"""


def stored(**texts):
    return address_spaces.AddressSpaces(
        tuple(address_spaces.AddressSpace(name, address_spaces.parse(text)) for name, text in texts.items())
    )
