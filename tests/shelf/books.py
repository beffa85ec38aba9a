"""Books that are kept while processes are killed: what is written down, in which order, and what a repair may read."""

from shmlab import Mutex, Program, store_release
from shmlab.ipc import OwnerDied

from .entry import Shelf

ENTRIES = Shelf()


def _enter(lock, repair=lambda: None):
    try:
        lock.acquire()
    except OwnerDied:
        repair()
        lock.consistent()


# Lines behind each other; `count` says how many of them count.


def _lines(write, writers=2):
    def audit(shm, lock):
        _enter(lock)
        assert sum(shm.lines[: shm.count]) == 0, "the book does not balance"
        lock.release()

    return Program([write] * writers + [audit], shared={"lines": [0] * 4, "count": 0}, sync={"lock": Mutex()})


@ENTRIES.right("sc", "tso", crashes=1)
def committed_by_the_count():
    """Both lines are there before they count, so that a death finds nothing half done."""

    def write(shm, lock):
        _enter(lock)
        at = shm.count
        shm.lines[at] = -5
        shm.lines[at + 1] = 5
        shm.count = at + 2
        lock.release()

    return _lines(write)


@ENTRIES.right("sc", "tso", "pso", crashes=1)
def committed_by_a_release():
    """Where stores may change their order, the one that commits is a release: it reaches memory after the lines."""

    def write(shm, lock):
        _enter(lock)
        at = shm.count
        shm.lines[at] = -5
        shm.lines[at + 1] = 5
        store_release(shm, "count", at + 2)
        lock.release()

    return _lines(write)


@ENTRIES.wrong("exception", None, "sc", preemptions=0, crashes=1)
def count_first():
    """The lines count before they are written, and a death between the two leaves one of them."""

    def write(shm, lock):
        _enter(lock)
        at = shm.count
        shm.count = at + 2
        shm.lines[at] = -5
        shm.lines[at + 1] = 5
        lock.release()

    return _lines(write)


# Two balances, changed where they stand, and a note of what they were.


def _balances(repair, buy=None, auditors=2):
    def usual(shm, lock):
        _enter(lock, lambda: repair(shm))
        shm.old_cash = shm.cash
        shm.old_goods = shm.goods
        shm.noted = 1
        shm.cash -= 5
        shm.goods += 5
        shm.noted = 0
        lock.release()

    def audit(shm, lock):
        _enter(lock, lambda: repair(shm))
        assert shm.cash + shm.goods == 0, "the book does not balance"
        lock.release()

    shared = {"cash": 0, "goods": 0, "old_cash": 0, "old_goods": 0, "noted": 0}
    return Program([buy or usual] + [audit] * auditors, shared=shared, sync={"lock": Mutex()})


def _put_back(shm):
    if shm.noted:
        shm.cash = shm.old_cash
        shm.goods = shm.old_goods
        shm.noted = 0


@ENTRIES.right("sc", crashes=2)
def put_back_from_a_note():
    """What was changed is put back, and whoever repairs may die, too, as it can be put back again."""
    return _balances(_put_back)


@ENTRIES.wrong("exception", None, "sc", preemptions=0, crashes=2)
def note_closed_before_the_repair():
    """It takes two deaths: whoever repairs has closed the note, and dies before all is put back."""

    def repair(shm):
        if shm.noted:
            shm.noted = 0
            shm.cash = shm.old_cash
            shm.goods = shm.old_goods

    return _balances(repair)


@ENTRIES.right("sc", crashes=1)
def note_closed_before_the_repair_and_one_death():
    """Looks wrong, and is right as long as nobody dies while repairing."""

    def repair(shm):
        if shm.noted:
            shm.noted = 0
            shm.cash = shm.old_cash
            shm.goods = shm.old_goods

    return _balances(repair)


@ENTRIES.wrong("exception", None, "sc", preemptions=0, crashes=1)
def noted_too_late():
    """The first balance has changed when the note does not count yet."""

    def buy(shm, lock):
        _enter(lock, lambda: _put_back(shm))
        shm.old_cash = shm.cash
        shm.old_goods = shm.goods
        shm.cash -= 5
        shm.noted = 1
        shm.goods += 5
        shm.noted = 0
        lock.release()

    return _balances(_put_back, buy)


@ENTRIES.wrong("exception", None, "sc", preemptions=0, crashes=1)
def taken_back_by_adding():
    """Adding back what perhaps was never taken makes a book wrong that was right."""

    def repair(shm):
        if shm.noted:
            shm.cash += 5
            shm.goods -= 5
            shm.noted = 0

    return _balances(repair)
