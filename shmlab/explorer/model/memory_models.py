"""Memory models: what a load finds, and when other processes see a store.

Memory is bytes. The store buffer of a process is a tuple of the stores that have not reached memory, (offset, size,
bytes, release), oldest first. SC has no buffers. TSO (x86): one queue for each process. PSO: only stores to the same
place keep their order, and a release store reaches memory after all stores before it. Sources: Sewell et al., x86-TSO
(CACM 2010); SPARC Architecture Manual V8, appendix K.
"""

MODELS = ("sc", "tso", "pso")


def load(memory, buffer, place, size):
    """Return the bytes at a place as this process sees them; None while a part of them is still in its buffer."""
    for offset, length, raw, _ in reversed(buffer):
        if offset < place + size and place < offset + length:
            if offset <= place and place + size <= offset + length:
                return raw[place - offset : place - offset + size]
            return None
    return memory[place : place + size]


def written(memory, place, raw):
    """Return memory after a store has reached it."""
    return memory[:place] + raw + memory[place + len(raw) :]


def flushable(model, buffer):
    """Return the indexes of the stores in a buffer that may reach memory next."""
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
