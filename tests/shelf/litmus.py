"""The litmus tests of the literature: what a memory model allows two to four processes to see.

An entry is wrong under a model when that model allows the outcome named in it. Names as in Alglave, Maranget,
Tautschnig, Herding Cats (TOPLAS 2014), and Sewell et al., x86-TSO (CACM 2010).
"""

from shmlab import Program, exchange, fence, store_release

from .entry import Shelf

ENTRIES = Shelf()


def _never(functions, places, **outcome):
    """A program of these functions whose registers and places do not end as in `outcome`."""
    registers = sorted({name for name in outcome if name not in places} | {"r0", "r1"})

    def invariant(shm):
        return any(getattr(shm, name) != value for name, value in outcome.items())

    return Program(functions, shared=dict.fromkeys(places, 0) | dict.fromkeys(registers, -1), invariant=invariant)


# Store buffering.


def _store_x_load_y(shm):
    shm.x = 1
    shm.r0 = shm.y


def _store_y_load_x(shm):
    shm.y = 1
    shm.r1 = shm.x


@ENTRIES.right("sc")
@ENTRIES.wrong("invariant", "missing fence", "tso", "pso", preemptions=0)
def sb():
    """SB: each stores one place and loads the other; both load zero when both stores still wait."""
    return _never([_store_x_load_y, _store_y_load_x], "xy", r0=0, r1=0)


@ENTRIES.right()
def sb_fences():
    """SB with a fence on both sides."""

    def left(shm):
        shm.x = 1
        fence()
        shm.r0 = shm.y

    def right(shm):
        shm.y = 1
        fence()
        shm.r1 = shm.x

    return _never([left, right], "xy", r0=0, r1=0)


@ENTRIES.right("sc")
@ENTRIES.wrong("invariant", "missing fence", "tso", "pso")
def sb_one_fence():
    """SB with a fence on one side only: the other store still waits."""

    def left(shm):
        shm.x = 1
        fence()
        shm.r0 = shm.y

    return _never([left, _store_y_load_x], "xy", r0=0, r1=0)


@ENTRIES.right("sc")
@ENTRIES.wrong("invariant", "missing fence", "tso", "pso")
def sb_fence_after_load():
    """SB with the fence after the load, where it is too late."""

    def left(shm):
        shm.x = 1
        shm.r0 = shm.y
        fence()

    def right(shm):
        shm.y = 1
        shm.r1 = shm.x
        fence()

    return _never([left, right], "xy", r0=0, r1=0)


@ENTRIES.right()
def sb_exchanges():
    """SB with an exchange for each store: an atomic step waits for no buffer."""

    def left(shm):
        exchange(shm, "x", 1)
        shm.r0 = shm.y

    def right(shm):
        exchange(shm, "y", 1)
        shm.r1 = shm.x

    return _never([left, right], "xy", r0=0, r1=0)


@ENTRIES.right("sc")
@ENTRIES.wrong("invariant", "missing fence", "tso", "pso")
def sb_releases():
    """SB with release stores: a release does not keep a later load back."""

    def left(shm):
        store_release(shm, "x", 1)
        shm.r0 = shm.y

    def right(shm):
        store_release(shm, "y", 1)
        shm.r1 = shm.x

    return _never([left, right], "xy", r0=0, r1=0)


@ENTRIES.right("tso", "pso")
@ENTRIES.wrong("impossible", "", "sc")
def sb_all_four():
    """All four outcomes of SB occur where stores wait, and three of them where they do not."""
    outcomes = {
        f"r0 = {r0}, r1 = {r1}": lambda shm, r0=r0, r1=r1: (shm.r0, shm.r1) == (r0, r1)
        for r0 in (0, 1)
        for r1 in (0, 1)
    }
    return Program([_store_x_load_y, _store_y_load_x], shared={"x": 0, "y": 0, "r0": -1, "r1": -1}, possible=outcomes)


@ENTRIES.right("sc")
@ENTRIES.wrong("invariant", "missing fence", "tso")
def sb_three():
    """3.SB: three processes in a ring, all of which load zero."""

    def work(shm, rank):
        shm.at[rank] = 1
        shm.seen[rank] = shm.at[(rank + 1) % 3]

    return Program(
        work, processes=3, shared={"at": bytes(3), "seen": bytes([2] * 3)}, invariant=lambda shm: any(shm.seen)
    )


@ENTRIES.right("sc")
@ENTRIES.wrong("invariant", "missing fence", "tso", "pso")
def sb_forwarded():
    """SB+rfi-pos: each sees its own store before the other does."""

    def left(shm):
        shm.x = 1
        own = shm.x
        shm.r0 = 10 * own + shm.y

    def right(shm):
        shm.y = 1
        own = shm.y
        shm.r1 = 10 * own + shm.x

    return _never([left, right], "xy", r0=10, r1=10)


# Message passing.


def _load_y_load_x(shm):
    y = shm.y
    shm.r0 = y
    shm.r1 = shm.x


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("invariant", "unsafe publication", "pso", preemptions=0)
def mp():
    """MP: data, then flag; only PSO shows the flag without the data."""

    def write(shm):
        shm.x = 1
        shm.y = 1

    return _never([write, _load_y_load_x], "xy", r0=1, r1=0)


@ENTRIES.right()
def mp_fence():
    """MP with a fence between the stores; loads keep their order by themselves."""

    def write(shm):
        shm.x = 1
        fence()
        shm.y = 1

    return _never([write, _load_y_load_x], "xy", r0=1, r1=0)


@ENTRIES.right()
def mp_release():
    """MP with a release store of the flag."""

    def write(shm):
        shm.x = 1
        store_release(shm, "y", 1)

    return _never([write, _load_y_load_x], "xy", r0=1, r1=0)


@ENTRIES.wrong("invariant", "unsafe publication", "pso", preemptions=0)
def mp_release_of_the_data():
    """MP with the release on the data instead of the flag: it keeps nothing back that comes later."""

    def write(shm):
        store_release(shm, "x", 1)
        shm.y = 1

    return _never([write, _load_y_load_x], "xy", r0=1, r1=0)


@ENTRIES.right()
def lb():
    """LB: each loads one place and then stores the other; no load sees a store that comes after it."""

    def left(shm):
        shm.r0 = shm.x
        shm.y = 1

    def right(shm):
        shm.r1 = shm.y
        shm.x = 1

    return _never([left, right], "xy", r0=1, r1=1)


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("invariant", None, "pso")
def s():
    """S: the message is answered by a store that the first one then overwrites."""

    def left(shm):
        shm.x = 2
        shm.y = 1

    def right(shm):
        shm.r0 = shm.y
        shm.x = 1

    return _never([left, right], "xy", r0=1, x=2)


def _r(right):
    def left(shm):
        shm.x = 1
        shm.y = 1

    return _never([left, right], "xy", r0=0, y=2)


@ENTRIES.right("sc")
@ENTRIES.wrong("invariant", "missing fence", "tso")
def r():
    """R: two stores against a store and a load; the store of 2 still waits while x is loaded."""

    def right(shm):
        shm.y = 2
        shm.r0 = shm.x

    return _r(right)


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("invariant", None, "pso")
def r_fence():
    """R with a fence before the load, which is enough where the other's stores keep their order."""

    def right(shm):
        shm.y = 2
        fence()
        shm.r0 = shm.x

    return _r(right)


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("invariant", None, "pso")
def two_plus_two_w():
    """2+2W: two places stored in opposite orders; both end with the first value only if stores change places."""

    def left(shm):
        shm.x = 1
        shm.y = 2

    def right(shm):
        shm.y = 1
        shm.x = 2

    return _never([left, right], "xy", x=1, y=1)


# One place.


@ENTRIES.right()
def corr():
    """CoRR: of two loads of one place, the second does not see an older value."""

    def write(shm):
        shm.x = 1

    def read(shm):
        shm.r0 = shm.x
        shm.r1 = shm.x

    return _never([write, read], "x", r0=1, r1=0)


@ENTRIES.right()
def coww():
    """CoWW: two stores of one process to one place keep their order."""

    def write(shm):
        shm.x = 1
        shm.x = 2

    return _never([write, lambda shm: None], "x", x=1)


@ENTRIES.right()
def cowr():
    """CoWR: a load sees one's own store or one that came after it, and never one that it overwrote."""

    def left(shm):
        shm.x = 1
        shm.r0 = shm.x

    def right(shm):
        shm.x = 2

    return _never([left, right], "x", r0=2, x=1)


@ENTRIES.right()
def n5():
    """n5: two stores to one place, and each process sees the other's after its own."""

    def left(shm):
        shm.x = 1
        shm.r0 = shm.x

    def right(shm):
        shm.x = 2
        shm.r1 = shm.x

    return _never([left, right], "x", r0=2, r1=1)


@ENTRIES.right()
def n4b():
    """n4b: each loads what the other will store after its own load."""

    def left(shm):
        shm.r0 = shm.x
        shm.x = 1

    def right(shm):
        shm.r1 = shm.x
        shm.x = 2

    return _never([left, right], "x", r0=2, r1=1)


@ENTRIES.right("sc")
@ENTRIES.wrong("invariant", "missing fence", "tso", "pso")
def n6():
    """n6: a process sees its own store early, and others see it late, after two of theirs."""

    def left(shm):
        shm.x = 1
        shm.r0 = shm.x
        shm.r1 = shm.y

    def right(shm):
        shm.y = 1
        shm.x = 2

    return _never([left, right], "xy", r0=1, r1=0, x=1)


# Three and four processes.


def _store_x(shm):
    shm.x = 1


@ENTRIES.right()
def wrc():
    """WRC: who has seen a store and then stores passes it on."""

    def middle(shm):
        shm.r0 = shm.x
        shm.y = 1

    def right(shm):
        shm.r1 = shm.y
        shm.r2 = shm.x

    return _never([_store_x, middle, right], "xy", r0=1, r1=1, r2=0)


@ENTRIES.right("sc")
@ENTRIES.wrong("invariant", "missing fence", "tso", "pso")
def rwc():
    """RWC: a store that still waits is overlooked by its own process's next load."""

    def middle(shm):
        shm.r0 = shm.x
        shm.r1 = shm.y

    def right(shm):
        shm.y = 1
        shm.r2 = shm.x

    return _never([_store_x, middle, right], "xy", r0=1, r1=0, r2=0)


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("invariant", "unsafe publication", "pso")
def isa2():
    """ISA2: a message over a third process; only PSO loses the data on the way."""

    def left(shm):
        shm.x = 1
        shm.y = 1

    def middle(shm):
        shm.r0 = shm.y
        shm.z = 1

    def right(shm):
        shm.r1 = shm.z
        shm.r2 = shm.x

    return _never([left, middle, right], "xyz", r0=1, r1=1, r2=0)


@ENTRIES.right()
def iriw():
    """IRIW: two readers never disagree on the order of two stores of two other processes."""

    def store_y(shm):
        shm.y = 1

    def read_x_y(shm):
        x = shm.x
        shm.r0 = 10 * x + shm.y

    def read_y_x(shm):
        y = shm.y
        shm.r1 = 10 * y + shm.x

    return _never([_store_x, store_y, read_x_y, read_y_x], "xy", r0=10, r1=10)
