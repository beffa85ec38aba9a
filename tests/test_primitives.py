import ctypes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import shmlab
from shmlab import Barrier, Condition, Mutex, Program, Semaphore, ipc, primitives
from shmlab.processes import workers

from shmlab import compare_exchange, exchange, fence, fetch_add, load_acquire, pause, store_release  # isort: skip

native = pytest.mark.skipif(not primitives.native_atomics(), reason="installed without a C compiler")
KINDS = [getattr(ctypes, f"c_{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)]
every_kind = pytest.mark.parametrize("kind", KINDS)
steadily = settings(deadline=None, derandomize=True, database=None)


def limits(kind):
    bits = 8 * ctypes.sizeof(kind)
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if kind(-1).value < 0 else (0, 2**bits - 1)


def holder(kind, value=0):
    """A field between two others, and an array, of one kind; around them, memory that must not change."""

    class Memory(ctypes.Structure):
        __slots__ = ()
        _fields_ = (("before", kind), ("field", kind), ("row", kind * 3), ("after", kind))

    return Memory(-1, value, (-1, value, -1), -1)


def neighbours(memory):
    return memory.before, memory.row[0], memory.row[2], memory.after


PLACES = {"field": lambda memory: (memory, "field"), "element": lambda memory: (memory.row, 1)}
every_place = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)


# Atomics: what they do


@native
@every_kind
@every_place
def test_fetch_add_returns_the_old_value(kind, place):
    memory = holder(kind, 5)
    assert fetch_add(*place(memory), 3) == 5
    assert load_acquire(*place(memory)) == 8


@native
@every_kind
@every_place
def test_fetch_add_wraps_at_both_ends_and_touches_nothing_else(kind, place):
    least, most = limits(kind)
    memory = holder(kind, most)
    around = neighbours(memory)
    assert fetch_add(*place(memory), 1) == most
    assert load_acquire(*place(memory)) == least
    assert fetch_add(*place(memory), -1) == least
    assert load_acquire(*place(memory)) == most
    assert neighbours(memory) == around


@native
@every_kind
@every_place
def test_exchange_returns_the_old_value(kind, place):
    least, most = limits(kind)
    memory = holder(kind, least)
    around = neighbours(memory)
    assert exchange(*place(memory), most) == least
    assert load_acquire(*place(memory)) == most
    assert neighbours(memory) == around


@native
@every_kind
@every_place
def test_compare_exchange_swaps_only_what_it_expects(kind, place):
    least, most = limits(kind)
    memory = holder(kind, least)
    around = neighbours(memory)
    assert compare_exchange(*place(memory), most, 7) is False
    assert load_acquire(*place(memory)) == least
    assert compare_exchange(*place(memory), least, most) is True
    assert load_acquire(*place(memory)) == most
    assert neighbours(memory) == around


@native
@every_kind
@every_place
def test_store_release_stores(kind, place):
    memory = holder(kind)
    around = neighbours(memory)
    assert store_release(*place(memory), limits(kind)[0]) is None
    assert load_acquire(*place(memory)) == limits(kind)[0]
    assert neighbours(memory) == around


@native
@steadily
@given(st.sampled_from(KINDS), st.integers(-(2**63), 2**64 - 1), st.integers(-(2**63), 2**64 - 1))
def test_fetch_add_adds_as_c_does(kind, start, amount):
    memory = holder(kind, start)
    assert fetch_add(memory, "field", amount) == kind(start).value
    assert memory.field == kind(start + amount).value


@native
def test_values_beyond_64_bits_wrap_too():
    memory = holder(ctypes.c_int64)
    store_release(memory, "field", 2**64 + 3)
    assert fetch_add(memory, "field", -(2**64) - 1) == 3
    assert memory.field == 2


@native
def test_an_index_may_count_from_the_end():
    memory = holder(ctypes.c_int64)
    memory.row[2] = 7
    assert fetch_add(memory.row, -1, 1) == 7
    assert memory.row[2] == 8


@native
def test_fields_of_nested_structures_and_unions_are_within_reach():
    class Word(ctypes.Union):
        _fields_ = (("whole", ctypes.c_uint16), ("halves", ctypes.c_uint8 * 2))

    class Outer(ctypes.Structure):
        _fields_ = (("first", ctypes.c_int64), ("words", Word * 2))

    memory = Outer()
    fetch_add(memory.words[1], "whole", 0x0201)
    assert fetch_add(memory.words[1].halves, 1, 1) == 2
    assert memory.words[1].whole == 0x0301


@native
def test_fields_of_a_base_are_within_reach():
    class Base(ctypes.Structure):
        _fields_ = (("counter", ctypes.c_int32),)

    class Derived(Base):
        _fields_ = (("other", ctypes.c_int32),)

    memory = Derived(3, 4)
    assert (fetch_add(memory, "counter", 1), fetch_add(memory, "other", 1)) == (3, 4)
    assert (memory.counter, memory.other) == (4, 5)


@native
@pytest.mark.parametrize("kind", [ctypes.c_long, ctypes.c_ulong, ctypes.c_longlong, ctypes.c_size_t, ctypes.c_int])
def test_other_names_of_the_same_integers_work(kind):
    memory = holder(kind, 1)
    assert fetch_add(memory, "field", 1) == 1


@native
@pytest.mark.parametrize("kind", ["posix", "sysv"])
def test_atomics_work_on_a_segment(kind):
    with ipc.Segment.create(4096, ipc=kind) as segment:
        row = segment.view(ctypes.c_int64 * 4)
        fetch_add(row, 3, 5)
        assert row[3] == 5
        del row


@native
@pytest.mark.parametrize("kind", [ctypes.c_uint8, ctypes.c_int16, ctypes.c_uint32, ctypes.c_int64])
@pytest.mark.parametrize("ipc", ["posix", "sysv"])
def test_a_hammered_counter_loses_nothing(kind, ipc):
    class Memory(ctypes.Structure):
        __slots__ = ()
        _fields_ = (("before", kind), ("counter", kind), ("after", kind))

    def hammer(shm):
        for _ in range(5000):
            fetch_add(shm, "counter", 1)

    values = Program(hammer, processes=4, shared=Memory()).run(ipc=ipc, timeout=60).values
    assert values == {"before": 0, "counter": kind(20_000).value, "after": 0}


@native
def test_a_lock_made_of_exchange_keeps_everybody_out():
    def count(shm):
        for _ in range(300):
            while exchange(shm, "taken", 1):
                pause()
            shm.counter += 1
            store_release(shm, "taken", 0)

    assert Program(count, processes=3, shared={"taken": 0, "counter": 0}).run(timeout=60).values["counter"] == 900


@native
def test_a_loop_of_compare_exchange_loses_nothing():
    def count(shm):
        for _ in range(1000):
            old = load_acquire(shm, "counter")
            while not compare_exchange(shm, "counter", old, old + 1):
                old = load_acquire(shm, "counter")

    assert Program(count, processes=3, shared={"counter": 0}).run(timeout=60).values["counter"] == 3000


@native
def test_a_message_released_is_seen_by_who_acquires():
    def pass_on(shm, rank):
        for turn in range(1, 200):
            if rank == 0:
                shm.message = turn
                store_release(shm, "ready", turn)
                while load_acquire(shm, "read") != turn:
                    pause()
            else:
                while load_acquire(shm, "ready") != turn:
                    pause()
                shm.wrong += shm.message != turn
                store_release(shm, "read", turn)

    shared = {"message": 0, "ready": 0, "read": 0, "wrong": 0}
    values = Program(pass_on, processes=2, shared=shared).run(timeout=60).values
    assert (values["read"], values["wrong"]) == (199, 0)


@native
def test_a_fence_and_a_pause_return_nothing():
    assert (fence(), pause()) == (None, None)


# Atomics: what they refuse

OPERATIONS = {
    "fetch_add": lambda *place: fetch_add(*place, 1),
    "exchange": lambda *place: exchange(*place, 1),
    "compare_exchange": lambda *place: compare_exchange(*place, 0, 1),
    "load_acquire": load_acquire,
    "store_release": lambda *place: store_release(*place, 1),
}
every_operation = pytest.mark.parametrize("operate", OPERATIONS.values(), ids=OPERATIONS)


@native
@every_operation
@pytest.mark.parametrize("index", [3, -4, 2**70])
def test_an_index_out_of_range_is_a_value_error(operate, index):
    with pytest.raises(ValueError, match=f"index {index} is out of range: the array has 3 elements"):
        operate(holder(ctypes.c_int64).row, index)


@native
@every_operation
def test_an_index_that_is_no_number_is_a_type_error(operate):
    with pytest.raises(TypeError):
        operate(holder(ctypes.c_int64).row, "first")


@native
@every_operation
@pytest.mark.parametrize("kind", [ctypes.c_int16, ctypes.c_uint32, ctypes.c_int64])
def test_a_misaligned_field_is_a_value_error(operate, kind):
    class Packed(ctypes.Structure):
        _pack_ = 1
        _layout_ = "ms"
        _fields_ = (("small", ctypes.c_uint8), ("large", kind))

    memory = Packed()
    with pytest.raises(ValueError, match="address is not a multiple of"):
        operate(memory, "large")
    assert bytes(memory) == bytes(ctypes.sizeof(memory))


@native
@every_operation
def test_a_field_misaligned_by_where_its_structure_lies_is_a_value_error(operate):
    class Word(ctypes.Structure):
        _fields_ = (("value", ctypes.c_int32),)

    raw = bytearray(64)
    with pytest.raises(ValueError, match="address is not a multiple of 4"):
        operate(Word.from_buffer(raw, 1 + -ctypes.addressof(ctypes.c_char.from_buffer(raw)) % 4), "value")


@native
@every_operation
def test_a_bit_field_is_a_value_error(operate):
    class Flags(ctypes.Structure):
        _fields_ = (("low", ctypes.c_uint32, 3), ("high", ctypes.c_uint32, 29), ("all", ctypes.c_uint32, 32))

    for name in ("low", "high", "all"):
        with pytest.raises(ValueError, match=f"'{name}' is a bit field"):
            operate(Flags(), name)


@native
@every_operation
@pytest.mark.parametrize("kind", [ctypes.c_double, ctypes.c_char, ctypes.c_bool, ctypes.c_int32.__ctype_be__])
def test_what_is_no_native_integer_is_a_value_error(operate, kind):
    class Memory(ctypes.Structure):
        _fields_ = (("field", kind), ("row", kind * 2))

    memory = Memory()
    with pytest.raises(ValueError, match="native integers of 1 to 8 bytes"):
        operate(memory, "field")
    if isinstance(memory.row, ctypes.Array):
        with pytest.raises(ValueError, match="native integers of 1 to 8 bytes"):
            operate(memory.row, 0)


@native
@every_operation
def test_a_whole_array_or_structure_is_a_value_error(operate):
    class Outer(ctypes.Structure):
        _fields_ = (("row", ctypes.c_int64 * 2),)

    with pytest.raises(ValueError, match="'row' is a c_long_Array_2"):
        operate(Outer(), "row")


@native
@every_operation
def test_an_unknown_field_is_an_attribute_error(operate):
    with pytest.raises(AttributeError, match="has no field 'misspelt'; its fields are before, field, row, after"):
        operate(holder(ctypes.c_int64), "misspelt")


@native
@every_operation
def test_what_is_no_name_is_a_type_error(operate):
    with pytest.raises(TypeError):
        operate(holder(ctypes.c_int64), 1)


@native
@every_operation
@pytest.mark.parametrize("memory", [3, None, bytearray(8), memoryview(bytearray(8)), ctypes.c_int64(3)])
def test_what_is_no_shared_memory_is_a_type_error(operate, memory):
    with pytest.raises(TypeError, match="is no shared memory"):
        operate(memory, 0)


@native
@pytest.mark.parametrize("operation", ["fetch_add", "exchange", "store_release"])
def test_a_read_only_segment_is_not_written(operation):
    with ipc.PosixSegment.create("/read-only", 4096) as segment:
        with ipc.PosixSegment.open("/read-only", read_only=True) as other, pytest.raises(BufferError):
            getattr(primitives._native, operation)(other.buffer, 0, 8, 1)
        assert bytes(segment.buffer[:8]) == bytes(8)


@native
@pytest.mark.parametrize("function", [fetch_add, exchange, store_release])
@pytest.mark.parametrize("value", [1.5, "1", None])
def test_a_value_that_is_no_integer_is_a_type_error(function, value):
    memory = holder(ctypes.c_int64, 5)
    with pytest.raises(TypeError):
        function(memory, "field", value)
    assert memory.field == 5


# The C part itself: no call from Python is undefined behaviour


@native
@pytest.mark.parametrize("operation", ["fetch_add", "exchange", "store_release", "compare_exchange", "load_acquire"])
@pytest.mark.parametrize(
    ("offset", "size", "words"),
    [
        (0, 3, "size is 3"),
        (0, 0, "size is 0"),
        (0, -8, "size is -8"),
        (0, 16, "size is 16"),
        (-8, 8, "offset -8"),
        (16, 8, "offset 16"),
        (9, 8, "offset 9"),
        (2**62, 8, "offset"),
        (-(2**62), 8, "offset"),
        (4, 8, "not a multiple of 8"),
        (1, 2, "not a multiple of 2"),
    ],
)
def test_the_c_part_refuses_places_that_are_not_there(operation, offset, size, words):
    values = {"compare_exchange": (0, 1), "load_acquire": ()}.get(operation, (1,))
    memory = (ctypes.c_uint64 * 2)()
    with pytest.raises(ValueError, match=words):
        getattr(primitives._native, operation)(memory, offset, size, *values)
    assert list(memory) == [0, 0]


@native
@pytest.mark.parametrize("memory", [bytes(8), 5, None, memoryview(bytes(8))])
def test_the_c_part_refuses_what_cannot_be_written(memory):
    with pytest.raises((TypeError, BufferError)):
        primitives._native.fetch_add(memory, 0, 8, 1)


@native
@pytest.mark.parametrize("arguments", [(), (1,), (bytearray(8), 0, 8), (bytearray(8), 0, 8, 1, 2)])
def test_the_c_part_counts_its_arguments(arguments):
    with pytest.raises(TypeError, match="expected 4 arguments"):
        primitives._native.fetch_add(*arguments)


@native
@pytest.mark.parametrize("arguments", [("0", 8, 1), (0, "8", 1), (0, 8, "1"), (2**80, 8, 1)])
def test_the_c_part_refuses_what_is_no_number(arguments):
    with pytest.raises((TypeError, OverflowError)):
        primitives._native.fetch_add(bytearray(8), *arguments)


@native
def test_the_c_part_keeps_no_hold_of_the_memory():
    memory = bytearray(8)
    primitives._native.fetch_add(memory, 0, 1, 1)
    with pytest.raises(ValueError, match="offset"):
        primitives._native.fetch_add(memory, 9, 1, 1)
    memory.append(1)  # a BufferError while somebody holds it
    assert memory[0] == 1


# Without the C part


@every_operation
def test_without_the_c_part_atomics_say_how_to_get_it(operate, monkeypatch):
    monkeypatch.setattr(primitives, "_native", None)
    assert not primitives.native_atomics()
    with pytest.raises(NotImplementedError, match=r"no C compiler.*apt install gcc.*install shmlab again"):
        operate(holder(ctypes.c_int64), "field")


def test_without_the_c_part_a_fence_says_so_and_a_pause_works(monkeypatch):
    monkeypatch.setattr(primitives, "_native", None)
    with pytest.raises(NotImplementedError, match="no C compiler"):
        fence()
    assert pause() is None


def test_without_the_c_part_the_rest_works():
    def count_without():
        primitives._native = None
        outcome = Program(
            lambda shm, lock: (
                [shm.__setattr__("counter", shm.counter + 1) for _ in range(10) if lock.acquire()] and lock.release()
            ),
            processes=1,
            shared={"counter": 0},
            sync={"lock": Semaphore(10)},
        ).run()
        return outcome.values["counter"]

    assert workers.start(count_without).result() == 10


# Declarations


def test_declarations_are_plain_values():
    assert Semaphore() == Semaphore(1) != Semaphore(2)
    assert repr([Mutex(), Condition("m"), Barrier(2)]) == "[Mutex(), Condition(mutex='m'), Barrier(parties=2)]"
    with pytest.raises(AttributeError):
        Semaphore(1).initial = 2


@pytest.mark.parametrize(
    ("declare", "error", "words"),
    [
        (lambda: Semaphore(-1), ValueError, r"Semaphore\(initial=-1\): give 0 or more"),
        (lambda: Semaphore(1.5), TypeError, r"Semaphore\(initial=1.5\): give a whole number"),
        (lambda: Semaphore(True), TypeError, "whole number"),
        (lambda: Barrier(0), ValueError, r"Barrier\(parties=0\): give 1 or more"),
        (lambda: Barrier("2"), TypeError, "whole number"),
    ],
)
def test_impossible_declarations_are_refused(declare, error, words):
    with pytest.raises(error, match=words):
        declare()


def test_the_names_of_the_package_are_these():
    for name in OPERATIONS:
        assert getattr(shmlab, name) is getattr(primitives, name)
