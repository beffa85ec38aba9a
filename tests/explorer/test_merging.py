"""Every merge of histories is tested while a search goes on: a rule of marking that overlooks something is found out.

Into each rule a fault is seeded, one at a time. The verdict must stay right, and it must be the test of merges that
saw to that: without it the same fault gives a wrong one.
"""

import textwrap

import pytest
from cells import cell

from shmlab import Program
from shmlab.explorer.check import check
from shmlab.explorer.marks import content, instances, marks, reachable_state, sets
from shmlab.explorer.model import behaviour
from shmlab.explorer.question import Terms

SET_X = """
def set_x(shm):
    shm.x = 1
"""


def verdict(text, *, tested=True, patch=None):
    """(Verdict on a program in which z must stay 0, whether functions lost their marks)."""
    space = cell(textwrap.dedent(text) + SET_X)
    program = Program(
        [space["f"], space["set_x"]], shared={"x": 0, "y": 0, "z": 0}, invariant=lambda shm: shm.z in (0, 9)
    )
    if not tested:
        patch.setattr(behaviour.Behaviour, "_may_test", lambda *_: False)
        patch.setattr(behaviour.Behaviour, "_unlike", lambda *_: None)
    question = program.question()
    return check(question, Terms()), bool(question.unmarked)


def _without(patch, owner, name, changed):
    real = getattr(owner, name)
    patch.setattr(owner, name, changed(real))


def forget_numbers(patch):
    def without_numbers(variables, counted):
        return {name: value for name, value in variables.items() if not isinstance(value, int)}, counted

    _without(patch, marks._Levels, "_live", lambda real: staticmethod(lambda *known: without_numbers(*real(*known))))


def forget_exceptions(patch):
    class Levels(marks._Levels):
        def __init__(self, *given):
            super().__init__(*given)
            self.exception = None

    patch.setattr(marks, "_Levels", Levels)


def forget_the_order_of_sets(patch):
    patch.setitem(content._RULES, set, lambda found, _: ("set", sorted(found)))
    assert content._RULES[set] is not sets.content


def forget_whose_method(patch):
    patch.setitem(content._RULES, type(len), lambda found, _: ("builtin", found.__name__))
    patch.setattr(reachable_state, "_owner", lambda _: None)
    patch.setattr(reachable_state.trusted, "keeps_nothing", lambda _: True)


def forget_globals(patch):
    patch.setattr(reachable_state.ReachableState, "now", lambda _: None)


def forget_attributes(patch):
    patch.setattr(instances, "attributes", lambda _: (None, []))


def forget_the_line(patch):
    class Levels(marks._Levels):
        def __init__(self, *given):
            super().__init__(*given)
            self.stands = [(code, *names) for code, _, *names in self.stands]

    patch.setattr(marks, "_Levels", Levels)


def forget_callers(patch):
    class Levels(marks._Levels):
        def __init__(self, *given):
            super().__init__(*given)
            del self.stands[1:]

    patch.setattr(marks, "_Levels", Levels)


def forget_where_generators_wait(patch):
    patch.setattr(marks._Quick, "_generator", lambda _, found: ("generator", found.gi_code.co_name))


def forget_cells(patch):
    patch.setitem(content._RULES, type((lambda: patch).__closure__[0]), lambda *_: ("cell",))


def forget_class_attributes(patch):
    patch.setattr(content, "_rule_for", lambda kind, real=content._rule_for: (
        (lambda found, _: ("class", found.__qualname__)) if issubclass(kind, type) else real(kind)
    ))  # fmt: skip


def forget_how_far_iterators_are(patch):
    for kind in content._ITERATORS:
        patch.setitem(content._RULES, kind, lambda found, _: ("iterator", type(found)))


def take_all_variables_for_dead(patch):
    patch.setattr(marks.liveness, "live_at", lambda *_: (frozenset(), frozenset()))


def take_what_is_counted_for_a_number(patch):
    _without(patch, marks.liveness, "live_at", lambda real: lambda *known: (real(*known)[0] - real(*known)[1], set()))


def take_all_that_is_added_to_for_counted(patch):
    patch.setattr(marks.liveness, "_solved", lambda *given, real=marks.liveness._solved: [
        names - ({"seen"} if given[3] else set()) for names in real(*given)
    ])  # fmt: skip
    patch.setattr(marks.liveness, "_live_after", marks.liveness._live_after.__wrapped__)  # remembers nothing


def forget_constants(patch):
    patch.setattr(reachable_state.ReachableState, "_compared", lambda _: ())


def forget_what_queues_hold(patch):
    import collections

    patch.setitem(content._RULES, collections.deque, lambda *_: ("deque",))


def forget_the_elements_of_subclasses(patch):
    patch.setitem(instances._BASES, list, lambda _: None)


FAULTS = {
    forget_numbers: """
        def f(shm):
            seen = shm.x
            shm.y = 1
            shm.z = seen
        """,
    forget_exceptions: """
        class Guard:
            def __init__(self, shm):
                self.shm = shm
            def __enter__(self):
                return self
            def __exit__(self, kind, value, trace):
                del kind, value, trace
                self.shm.y = 1
        def f(shm):
            try:
                with Guard(shm):
                    if shm.x == 0:
                        raise ValueError
                    raise KeyError
            except ValueError:
                pass
            except KeyError:
                shm.z = 1
        """,
    forget_the_order_of_sets: """
        def f(shm):
            free = {0, 9}
            if shm.x:
                free.add(free.pop())
            shm.y = 1
            shm.z = 1 if free.pop() else 0
        """,
    forget_whose_method: """
        import collections
        take = collections.deque([0, 5, 7]).popleft
        def f(shm):
            if shm.x:
                take()
            shm.y = 1
            shm.z = take()
        """,
    forget_globals: """
        mode = 0
        def f(shm):
            global mode
            mode = shm.x
            shm.y = 1
            shm.z = mode
        """,
    forget_attributes: """
        class Notes:
            seen = 0
        def f(shm):
            notes = Notes()
            notes.seen = shm.x
            shm.y = 1
            shm.z = notes.seen
        """,
    forget_the_line: """
        def f(shm):
            if shm.x:
                kept = []
                shm.z = 1
                kept.append(1)
            else:
                kept = []
                shm.z = 0
                kept.append(1)
        """,
    forget_callers: """
        def store(shm):
            shm.y = 1
        def f(shm):
            if shm.x:
                store(shm)
                shm.z = 1
            else:
                store(shm)
        """,
    forget_where_generators_wait: """
        def numbers():
            yield 0
            yield 1
        def f(shm):
            going = numbers()
            if shm.x:
                next(going)
            shm.y = 1
            shm.z = next(going)
        """,
    forget_cells: """
        def make(seen):
            def get():
                return seen
            return get
        def f(shm):
            get = make(shm.x)
            shm.y = 1
            shm.z = get()
        """,
    forget_class_attributes: """
        class Notes:
            seen = 0
        def f(shm):
            Notes.seen = shm.x
            shm.y = 1
            shm.z = Notes.seen
        """,
    forget_how_far_iterators_are: """
        def f(shm):
            left = iter([0, 1, 2])
            if shm.x:
                next(left)
            shm.y = 1
            shm.z = next(left)
        """,
    take_all_variables_for_dead: """
        def f(shm):
            seen = shm.x
            shm.y = 1
            shm.z = seen
        """,
    take_what_is_counted_for_a_number: """
        def f(shm):
            tries = [0, ""][shm.x]
            shm.y = 1
            tries += 1
        """,
    take_all_that_is_added_to_for_counted: """
        def f(shm):
            seen = shm.x
            shm.y = 1
            seen += 0
            shm.z = seen
        """,
    forget_constants: """
        LIMIT = 1000
        def f(shm):
            x = shm.x
            seen = LIMIT if x else 1000 + x
            shm.y = 1
            shm.z = int(seen is LIMIT)
        """,
    forget_what_queues_hold: """
        import collections
        def f(shm):
            left = collections.deque([0, 1])
            if shm.x:
                left.popleft()
            shm.y = 1
            shm.z = left[0]
        """,
    forget_the_elements_of_subclasses: """
        class Stack(list):
            pass
        def f(shm):
            stack = Stack([shm.x])
            shm.y = 1
            shm.z = stack[0]
        """,
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_rule_that_overlooks_something_is_found_out(fault, monkeypatch):
    fault(monkeypatch)
    found, lost_marks = verdict(FAULTS[fault])
    assert found.ok is False
    assert lost_marks


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_without_the_test_of_merges_the_verdict_is_wrong(fault, monkeypatch):
    fault(monkeypatch)
    found, _ = verdict(FAULTS[fault], tested=False, patch=monkeypatch)
    assert found.ok is True


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_without_a_fault_no_function_loses_its_marks(fault):
    found, lost_marks = verdict(FAULTS[fault])
    assert found.ok is False
    assert not lost_marks
