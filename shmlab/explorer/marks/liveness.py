"""Find the local variables of a function that can still be read: a variable that cannot says nothing about the future.

The usual analysis, backwards over the bytecode: a variable is live before an instruction that reads it, and wherever
it is live in what may follow. One that is read only to be counted on, as in `tries += 1`, is faint: its number decides
nothing. Sources: Aho, Lam, Sethi, Ullman, Compilers, 9.2.5; Nielson, Nielson, Hankin, Principles of Program Analysis,
exercise 2.4 (faint variables); dis.
"""

import dis
import functools

_ENDS = frozenset({"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "INTERPRETER_EXIT"})
_JUMPS_ALWAYS = frozenset({
    "JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_ABSOLUTE", "JUMP", "JUMP_NO_INTERRUPT",
})  # fmt: skip
_HAS_TARGET = frozenset((*dis.hasjrel, *dis.hasjabs))


@functools.lru_cache(maxsize=4096)
def _live_after(code):
    """Return (pairs of sets of names, for each unit of the bytecode the index of the pair that holds after the
    instruction there): those that are live, and those of them that are faint."""
    instructions = [instruction for instruction in dis.get_instructions(code) if instruction.opname != "CACHE"]
    index_at = {instruction.offset: index for index, instruction in enumerate(instructions)}
    follow = [_following(instruction, index, index_at) for index, instruction in enumerate(instructions)]
    for entry in dis._parse_exception_table(code):
        for index, instruction in enumerate(instructions):
            if entry.start <= instruction.offset < entry.end:
                follow[index] = (*follow[index], index_at[entry.target])
    read, written = zip(*map(_read_and_written, instructions), strict=True)
    live = _solved(follow, read, written, {})
    needed = _solved(follow, read, written, _counts(instructions))
    after = [(names, names - counted) for names, counted in zip(live, needed, strict=True)]
    sets = list(dict.fromkeys(after))
    units, last = bytearray(), 0
    for offset in range(0, len(code.co_code), 2):
        last = sets.index(after[index_at[offset]]) if offset in index_at else last
        units.append(min(last, _TOO_MANY))
    return tuple(sets), bytes(units)


_TOO_MANY = 255


def _solved(follow, read, written, counts):
    """Return for each instruction the names that are live after it. `counts`: the index of an instruction that reads a
    variable only to count on -> (the index of the one that stores it, its name)."""
    before = [frozenset()] * len(follow)
    after = list(before)
    changed = True
    while changed:
        changed = False
        for index in range(len(follow) - 1, -1, -1):
            after[index] = frozenset().union(*(before[other] for other in follow[index]))
            live = read[index] | (after[index] - written[index])
            if index in counts and counts[index][1] not in after[counts[index][0]]:
                live = after[index]
            if live != before[index]:
                before[index], changed = live, True
    return after


def _counts(instructions):
    """Return {index of a load: (index of the store, name)} for each `name += number` or `name -= number`."""
    counts = {}
    for index, (load, number, operation, store) in enumerate(
        zip(instructions, instructions[1:], instructions[2:], instructions[3:], strict=False)
    ):
        if (
            load.opname in ("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK")
            and number.opname in ("LOAD_CONST", "LOAD_SMALL_INT")
            and type(number.argval) is int
            and (operation.opname, operation.argrepr) in (("BINARY_OP", "+="), ("BINARY_OP", "-="))
            and (store.opname, store.argval) == ("STORE_FAST", load.argval)
        ):
            counts[index] = index + 3, load.argval
    return counts


def _following(instruction, index, index_at):
    """Return the indexes of the instructions that may come next, exceptions apart."""
    jump = (index_at[instruction.argval],) if instruction.opcode in _HAS_TARGET else ()
    if instruction.opname in _ENDS or instruction.opname in _JUMPS_ALWAYS:
        return jump
    return (index + 1, *jump)


def _read_and_written(instruction):
    """Return (names of the local variables that an instruction reads, names that it sets without reading them). An
    instruction that is not understood reads."""
    if instruction.opcode not in dis.haslocal and instruction.opcode not in dis.hasfree:
        return frozenset(), frozenset()
    names = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
    match instruction.opname:
        case "STORE_FAST" | "STORE_FAST_STORE_FAST":
            return frozenset(), frozenset(names)
        case "STORE_FAST_LOAD_FAST":
            return frozenset(names[1:]) - {names[0]}, frozenset(names[:1])
    return frozenset(names), frozenset()


def live_at(code, offset):
    """Return (names of the local variables that are live after the instruction at an offset in bytes, those of them
    that are faint as long as they are whole numbers); None if that is not known."""
    sets, units = _live_after(code)
    index = units[offset // 2] if offset >= 0 else _TOO_MANY
    return None if index == _TOO_MANY else sets[index]
