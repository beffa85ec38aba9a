"""Misconceptions that come up in several exercises, each a line of a tutor cell:

    misconceptions={**usual.mode_in_decimal(600, umask=0o022), "no size": Misconception("…").when(…)}

Each function returns {name: Misconception}.
"""

from shmlab.grading.checks.tutor import Misconception


def mode_in_decimal(number, *, umask=0):
    """Return the misconception that a mode needs no 0o. `number`: the octal digits, 640 for 0o640. `umask`: of the
    processes of the scene, where the object is a POSIX one."""
    return {
        "a mode in decimal": Misconception(f"""
            The mode you passed is the number {number}, and in octal that is {number:o}. Octal numbers begin with 0o.
        """).when(lambda seen: seen.mode_in_decimal(number, umask=umask))
    }


def mode_for_everybody():
    """Return the misconception that any mode will do for a POSIX segment, observed as "its mode"."""
    return {
        "a mode for everybody": Misconception("""
            Who may open it is decided when it is made: the third argument of shm_open, less the umask.
        """).when(lambda seen: seen.mode_for_others())
    }


def unlinked_by_the_tracker(what):
    """Return the misconception that SharedMemory leaves a name alone. `what`: observed to be "gone" once the processes
    have ended that had it open."""
    return {
        "unlinked by the tracker": Misconception("""
            It was there when your function returned, and went with its process. The resource tracker of SharedMemory
            unlinks at the end what the program has opened: lesson 02 shows it.
        """).when(lambda seen: seen[what] == "gone")
    }


def used_after_detaching():
    """Return the misconception that a System V segment can be used after it was detached."""
    return {
        "used after detaching": Misconception("""
            After `detach` there is no memory behind the object any more.
        """).when(lambda seen: seen.raised("NotAttachedError"))
    }
