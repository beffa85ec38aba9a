"""share_with_group: it never ends.

The learner waits for what nobody does.
"""


def share_posix(name, size):
    while True:
        pass


def share_system_v(key, size):
    while True:
        pass
