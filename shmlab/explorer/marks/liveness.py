"""Which local variables of a function can still be read: one that cannot tells nothing of what comes.

The usual analysis, backwards over the bytecode: a variable is live before an instruction that reads it, and wherever
it is live in what may follow. Source: Aho, Lam, Sethi, Ullman, Compilers, 9.2.5; dis.
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
    """(sets of names, for each unit of the bytecode which of them is live after the instruction there)."""
    instructions = [found for found in dis.get_instructions(code) if found.opname != "CACHE"]
    at = {found.offset: index for index, found in enumerate(instructions)}
    follow = [_following(found, index, at) for index, found in enumerate(instructions)]
    for entry in dis._parse_exception_table(code):
        for index, found in enumerate(instructions):
            if entry.start <= found.offset < entry.end:
                follow[index] = (*follow[index], at[entry.target])
    after = _solved(follow, *zip(*map(_read_and_written, instructions), strict=True))
    sets = list(dict.fromkeys(after))
    units, last = bytearray(), 0
    for offset in range(0, len(code.co_code), 2):
        last = sets.index(after[at[offset]]) if offset in at else last
        units.append(min(last, _TOO_MANY))
    return tuple(sets), bytes(units)


_TOO_MANY = 255


def _solved(follow, read, written):
    """For each instruction the names that are live after it."""
    before = [frozenset()] * len(follow)
    after = list(before)
    changed = True
    while changed:
        changed = False
        for index in range(len(follow) - 1, -1, -1):
            after[index] = frozenset().union(*(before[other] for other in follow[index]))
            live = read[index] | (after[index] - written[index])
            if live != before[index]:
                before[index], changed = live, True
    return after


def _following(found, index, at):
    """Indexes of the instructions that may come next, exceptions apart."""
    jump = (at[found.argval],) if found.opcode in _HAS_TARGET else ()
    if found.opname in _ENDS or found.opname in _JUMPS_ALWAYS:
        return jump
    return (index + 1, *jump)


def _read_and_written(found):
    """Names of the local variables that an instruction reads, and of those that it gives a new value without having
    read the old one. What is not understood reads."""
    if found.opcode not in dis.haslocal and found.opcode not in dis.hasfree:
        return frozenset(), frozenset()
    names = found.argval if isinstance(found.argval, tuple) else (found.argval,)
    match found.opname:
        case "STORE_FAST" | "STORE_FAST_STORE_FAST":
            return frozenset(), frozenset(names)
        case "STORE_FAST_LOAD_FAST":
            return frozenset(names[1:]) - {names[0]}, frozenset(names[:1])
    return frozenset(names), frozenset()


def live_at(code, at):
    """Names of the local variables that are live when the instruction at offset `at` is over; None: all of them."""
    sets, units = _live_after(code)
    which = units[at // 2] if at >= 0 else _TOO_MANY
    return None if which == _TOO_MANY else sets[which]
