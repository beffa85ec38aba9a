"""Memory models: what a load finds, and when a store is seen by others.

Memory is bytes. A process's store buffer is a tuple of stores that wait, (offset, size, bytes, release),
oldest first. SC has none. TSO (x86): one queue for each process. PSO: only stores to the same place keep
their order, and a release is last of all that came before it. Sources: Sewell et al., x86-TSO (CACM 2010);
SPARC Architecture Manual V8, appendix K.
"""

MODELS = ("sc", "tso", "pso")


def load(memory, buffer, place, size):
    """The bytes at a place as this process sees them; None while a part of them still waits in its buffer."""
    for offset, length, raw, _ in reversed(buffer):
        if offset < place + size and place < offset + length:
            if offset <= place and place + size <= offset + length:
                return raw[place - offset : place - offset + size]
            return None
    return memory[place : place + size]


def written(memory, place, raw):
    """Memory after a store has reached it."""
    return memory[:place] + raw + memory[place + len(raw) :]


def flushable(model, buffer):
    """The indexes of the stores in a buffer that may reach memory next."""
    if model == "tso":
        return (0,)
    return tuple(
        index
        for index, (offset, size, _, release) in enumerate(buffer)
        if index == 0
        or (
            not release
            and not any(other < offset + size and offset < other + length for other, length, _, _ in buffer[:index])
        )
    )
