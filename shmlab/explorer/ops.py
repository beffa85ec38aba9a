"""Operations: what a process asks of memory and of synchronization objects. Each is one step of a schedule.

A process runs its own code up to its next operation and stops before it. What comes back is the operation's
observation: the bytes that a load found, the old number of a read-modify-write, True, False or a number from a
synchronization object, or the name of a problem (a str), which the look-alike turns into the exception that the real
object raises.
"""

import typing


class Op(typing.NamedTuple):
    """One operation. `place`: an offset in shared memory in bytes, or the number of a synchronization object. `size`:
    in bytes. `values`: its arguments."""

    kind: str
    place: int = 0
    size: int = 0
    values: tuple = ()


LOADS = frozenset({"load", "load_acquire"})
STORES = frozenset({"store", "store_release"})
UPDATES = frozenset({"fetch_add", "exchange", "compare_exchange"})
MEMORY = LOADS | STORES | UPDATES
# Where an operation of the program begins and ends, see model/linearization; its values: (name, arguments), (result,).
INVOKE, RESPOND = "invoke", "respond"
WITHOUT_PLACE = frozenset({"fence", INVOKE, RESPOND})
# A process at one of these takes no further step.
END, RAISE, ENDLESS = "end", "raise", "endless"
ENDS = frozenset({END, RAISE, ENDLESS})
# A process is given up: its function waits for more calls of itself than are allowed, or has gone round a loop for
# longer than is followed, and it is not known whether it ends.
DEEP, LONG = "deep", "long"
GIVEN_UP = frozenset({DEEP, LONG})

# The problems that a synchronization object may answer with.
TIMED_OUT = "timed out"
HELD_ALREADY = "held already"
NOT_HELD = "not held"
OWNER_DIED = "owner died"
NOT_RECOVERABLE = "not recoverable"
CONSISTENT_ALREADY = "consistent already"

# What these operations always observe once they are done; the last two on a semaphore, without a time-out.
SURE = {"store": None, "store_release": None, "fence": None, "release": None, "acquire": True}


class Stop(typing.NamedTuple):
    """Where a process stands: before `op`, in the learner's own line.

    `mark`: bytes; processes with equal marks have the same future; None where only the whole history of observations
    decides it. `problem`: the exception behind "raise", as (type, message).
    """

    op: Op
    mark: bytes | None
    place: "Place | None"
    problem: tuple = ()


class Place(typing.NamedTuple):
    """A place in the learner's source. `span`: (line, end line, column, end column) of the expression. `registers`:
    the local variables there, as (name, value in words)."""

    file: str
    line: int
    function: str
    span: tuple
    registers: tuple = ()
