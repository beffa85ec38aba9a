"""What each process begins with: fresh copies of all that its function reaches, in every world by one rule."""

import contextlib
import ctypes
import enum
import functools
import importlib
import io
import math
import sys
import textwrap
import weakref

import pytest

from shmlab import Program, start

CALLS = []


@functools.cache
def cached(number):
    return [number]


@functools.lru_cache(maxsize=1)
def bounded(number):
    CALLS.append(number)
    return number


class Table:
    made = 0
    rows = []  # noqa: RUF012 - shared by all, as a learner might have it

    def __init__(self):
        Table.made += 1
        self.seen = 0

    @functools.cached_property
    def total(self):
        self.seen += 1
        return self.seen

    @functools.lru_cache  # noqa: B019
    def row(self, number):
        self.seen += 1
        return self.seen + number

    @classmethod
    def add(cls, row):
        cls.rows.append(row)
        return len(cls.rows)

    @staticmethod
    @functools.cache
    def twice(number):
        return 2 * number


table = Table()


def note(number, seen=[]):  # noqa: B006
    seen.append(number)
    return len(seen)


def counted():
    counted.calls = getattr(counted, "calls", 0) + 1
    return counted.calls


total = 0


def add():
    global total
    total += 1
    return total


def a_cache(shm):
    cached(1).append(2)
    shm.n = len(cached(1)) * 100 + cached.cache_info().hits * 10 + cached.cache_info().misses


def a_small_cache(shm):
    bounded(1), bounded(2), bounded(1), bounded(1)
    shm.n = len(CALLS) * 10 + bounded.cache_info().hits


def a_cached_property(shm):
    shm.n = Table().total + table.total * 10 + table.seen * 100


def caches_in_a_class(shm):
    mine = Table()
    shm.n = mine.row(1) + mine.row(1) + Table.twice(3) * 10 + Table.row.cache_info().hits * 100


def a_cache_made_inside(shm):
    @functools.cache
    def inner(number):
        shm.n += number
        return number

    inner(3), inner(3)


def a_class_attribute(shm):
    Table()
    shm.n = Table.made * 10 + Table.add(1) + Table.add(2)


def a_default(shm):
    shm.n = note(1) * 10 + note(2)


def a_function_attribute(shm):
    shm.n = counted() * 10 + counted()


def a_global(shm):
    shm.n = add() * 10 + add()


def a_container(shm):
    CALLS.append(1)
    shm.n = len(CALLS)


class Planet(enum.Enum):
    EARTH = (5, 6)
    MARS = (7, 8)

    def __init__(self, mass, radius):
        self.mass, self.radius = mass, radius


class Box:
    __slots__ = ("__value",)

    def __init__(self, value):
        self.__value = value

    def value(self):
        return self.__value


def an_attribute_of_a_member(shm):
    shm.n = Planet.MARS.radius * 10 + Planet((5, 6)).mass


def a_private_slot(shm):
    shm.n = Box(4).value()


def a_printed_line(shm):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        shm.n = 1
        print("a line")
    shm.n = len(text.getvalue())


def a_deleted_object(shm):
    planet = Plain()
    seen = weakref.ref(planet)
    shm.n = 1
    del planet
    shm.n = 2 + (seen() is None)


REACHING = [a_cache, a_small_cache, a_cached_property, caches_in_a_class, a_cache_made_inside, a_class_attribute,
            a_default, a_function_attribute, a_global, a_container, an_attribute_of_a_member, a_private_slot,
            a_printed_line, a_deleted_object]  # fmt: skip


def state():
    """All that these functions could have left in this interpreter."""
    return (
        *(list(CALLS), Table.made, list(Table.rows), dict(vars(table)), note.__defaults__, dict(vars(counted)), total),
        *(one.cache_info() for one in (cached, bounded, Table.row, Table.twice)),
    )


def in_every_world(function):
    """What `function` leaves in shm.n, by world. One process of two is compared: each begins with its own copies."""

    def look(shm, rank):
        function(shm)
        assert rank == 0, "seen"

    seen = []
    program = Program(
        [look, lambda shm: None], shared={"n": 0}, invariant=lambda shm: bool(seen.append(shm.n)) or shm.n == -1
    )
    ran = program.run().values["n"]
    seen.clear()
    verdict = program.check(progress=False)
    assert verdict.failure.kind == "invariant", verdict.sentence
    checked = set(seen)
    replayed = program.replay(verdict.witness).values["n"]
    started = start(returning, function).result()
    return {"run": {ran}, "check": checked, "replay": {replayed}, "start": {started}}


def same(found):
    """What came of it in each world, which is the same in all."""
    assert len({frozenset(one) for one in found.values()}) == 1, found
    return found["run"]


class Plain:
    n = 0


def returning(function):
    """What `function` leaves in an object that nobody shares."""
    shm = Plain()
    function(shm)
    return shm.n


@pytest.mark.parametrize("function", REACHING)
def test_each_process_begins_alike_in_every_world(function):
    before = state()
    found = in_every_world(function)
    assert len(set.union(*found.values())) == 1, found
    assert state() == before


@pytest.fixture
def filled():
    """Caches that hold something, and state that was changed, before anything is run."""
    cached(1).append(7)
    bounded(1)
    table.row(5)
    Table.twice(3)
    counted()
    note(9)
    yield
    for one in (cached, bounded, Table.row, Table.twice):
        one.cache_clear()
    CALLS.clear()
    del counted.calls
    note.__defaults__[0].clear()
    table.seen = 0
    vars(table).pop("total", None)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("function", REACHING)
def test_a_cache_begins_empty_and_all_else_as_it_was(function):
    before = state()
    found = in_every_world(function)
    assert len(set.union(*found.values())) == 1, found
    assert state() == before
    if function is a_cache:
        assert found["run"] == {211}
    if function is a_function_attribute:
        assert found["run"] == {23}


# Modules of the learner's own.


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Writes modules that a learner could have beside a notebook; returns what imports one."""

    def write(**texts):
        for name, text in texts.items():
            path = tmp_path.joinpath(*name.split("_in_")[::-1]).with_suffix(".py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return importlib.import_module

    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    yield write
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


BANK = """
    import functools, math

    total = 0
    log = []


    class Account:
        opened = 0

        def __init__(self):
            Account.opened += 1


    @functools.cache
    def rate(number):
        log.append(number)
        return number


    def pay(amount):
        global total
        total += amount
        log.append(amount)
        Account()
        rate(1)
        return total
"""


def bank_state(bank):
    return bank.total, list(bank.log), bank.Account.opened, bank.rate.cache_info(), sorted(vars(bank))


@pytest.mark.parametrize("changed", [False, True])
def test_a_module_that_a_function_names_is_one_module(modules, changed):
    bank = modules(own_bank=BANK)("own_bank")
    if changed:
        bank.pay(5)

    def pays(shm):
        bank.pay(2)
        bank.total += 10
        bank.extra = 3
        shm.n = bank.pay(1) * 1000 + len(bank.log) * 100 + bank.Account.opened * 10 + bank.extra

    before = bank_state(bank)
    found = in_every_world(pays)
    assert same(found) == {18533 if changed else 13323}
    assert bank_state(bank) == before


def test_a_module_that_is_imported_inside_is_read_anew(modules):
    bank = modules(own_purse=BANK)("own_purse")
    bank.pay(5)

    def pays(shm):
        import own_purse
        from own_purse import pay

        pay(2)
        own_purse.total += 10
        import own_purse as again

        shm.n = again.pay(1) * 1000 + len(again.log) * 100 + own_purse.Account.opened * 10

    before = bank_state(bank)
    found = in_every_world(pays)
    assert same(found) == {13320}
    assert bank_state(bank) == before


def test_a_module_that_nobody_has_imported_is_not_left_behind(modules):
    modules(own_unseen="import own_unseen_too\nx = 5\n", own_unseen_too="y = 6\n")

    def looks(shm):
        import own_unseen

        shm.n = own_unseen.x + own_unseen.own_unseen_too.y

    found = in_every_world(looks)
    assert same(found) == {11}
    assert not {"own_unseen", "own_unseen_too"} & set(sys.modules)


def test_a_package_is_imported_inside(modules):
    till = "from own_shop import rate\n\ndef sum_of(a, b):\n    return (a + b) * rate\n"
    modules(__init___in_own_shop="rate = 2\n", till_in_own_shop=till)

    def sells(shm):
        import own_shop.till
        from own_shop import till
        from own_shop.till import sum_of

        shm.n = own_shop.till.sum_of(1, 2) * 100 + till.sum_of(1, 1) * 10 + sum_of(0, 1)

    found = in_every_world(sells)
    assert same(found) == {642}


def test_a_function_can_say_where_modules_are(modules, tmp_path):
    modules(own_far_in_elsewhere="x = 8\n")
    folder = str(tmp_path / "elsewhere")

    def looks(shm):
        sys.path.append(folder)
        import own_far

        shm.n = own_far.x

    assert same(in_every_world(looks)) == {8}
    assert folder not in sys.path


def test_accesses_in_a_module_that_is_imported_inside_are_steps(modules):
    modules(own_steps="import struct\n\n\ndef add(shm):\n    shm.n += 1\n")

    def adds(shm):
        from own_steps import add

        add(shm)

    program = Program(adds, processes=2, shared={"n": 0}, invariant=lambda shm: shm.n == 2)
    verdict = program.check(progress=False)
    assert verdict.failure.diagnosis == "lost update"
    assert not program.replay(verdict.witness)


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("x = 1 / 0", "ZeroDivisionError: division by zero"),
        ("import own_nowhere", "ModuleNotFoundError: No module named"),
        ("x = = 1", "SyntaxError: invalid syntax"),
    ],
)
def test_an_import_that_fails_fails_alike(modules, text, raised):
    modules(own_broken=text)

    def imports(shm):
        import own_broken  # noqa: F401

    program = Program(imports, processes=1, shared={"n": 0})
    assert raised in program.run().exits[0].words
    verdict = program.check(progress=False)
    assert raised in verdict.failure.sentence
    assert "in line 1" in verdict.failure.sentence
    assert raised in program.replay(verdict.witness).why


def test_a_name_that_a_module_has_not_is_told_alike(modules):
    modules(own_small="x = 1\n")

    def imports(shm):
        from own_small import y  # noqa: F401

    program = Program(imports, processes=1, shared={"n": 0})
    words = program.run().exits[0].words
    assert "ImportError: cannot import name 'y' from 'own_small'" in words
    assert words.removeprefix("raised ").partition(" (at ")[0] in program.check(progress=False).failure.sentence


# Libraries are one for all, and stay as they are.


def sets_a_name(shm):
    math.shmlab_x = 1
    shm.n = 1


def sets_a_name_later(shm):
    import json.decoder

    shm.n = 1
    setattr(json.decoder, "shmlab_x", 1)  # noqa: B010


def sets_a_name_of_a_part(shm):
    import os

    os.path.shmlab_x = 1


def deletes_a_name(shm):
    del math.pi


@pytest.mark.parametrize("function", [sets_a_name, sets_a_name_later, sets_a_name_of_a_part, deletes_a_name])
def test_a_library_module_is_not_changed_by_a_check(function):
    import json.decoder
    import os.path

    verdict = Program(function, processes=2, shared={"n": 0}).check(progress=False)
    assert verdict.ok is False
    assert "a module is one for all that run in this interpreter" in verdict.failure.sentence
    assert not any(hasattr(module, "shmlab_x") for module in (math, json.decoder, os.path))
    assert math.pi > 3


def sets_the_environment(shm):
    import os

    os.environ["SHMLAB_X"] = "5"
    shm.n = int(os.getenv("SHMLAB_X")) + len(os.environ.get("SHMLAB_Y", ""))


def test_the_environment_is_each_process_s_own():
    import os

    found = in_every_world(sets_the_environment)
    assert same(found) == {5}
    assert "SHMLAB_X" not in os.environ


def test_what_would_change_this_interpreter_is_refused_by_name():
    def limits(shm):
        sys.setrecursionlimit(100_000)

    before = sys.getrecursionlimit()
    verdict = Program(limits, processes=1, shared={"n": 0}).check(progress=False)
    assert "sys.setrecursionlimit: that reaches out" in verdict.failure.sentence
    assert sys.getrecursionlimit() == before


# Methods of a layout.


class Till(ctypes.Structure):
    _fields_ = (("n", ctypes.c_int64),)
    sales = 0
    log = []  # noqa: RUF012

    def sell(self):
        Till.sales += 1
        self.log.append(1)
        self.n += 10 * Till.sales + len(self.log)


def test_methods_of_a_layout_are_each_process_s_own():
    def sells(shm):
        shm.sell()
        shm.sell()

    program = Program(sells, processes=2, shared=Till(), invariant=lambda shm: shm.n == 66)
    program.run()
    verdict = program.check(progress=False)
    assert verdict.failure.diagnosis == "lost update"
    assert not program.replay(verdict.witness)
    assert (Till.sales, Till.log) == (0, [])
    alone = Program(sells, processes=1, shared=Till(), invariant=lambda shm: shm.n == 33)
    assert alone.run()
    assert alone.check(progress=False)
    assert (Till.sales, Till.log) == (0, [])
