"""A kernel object as a scene sees it, from what an independent process reports; see world, kernel_objects."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Found:
    """A kernel object as an independent process sees it. `kind`: as in shmlab.objects. `mode`: as text, "0600".
    `size`: in bytes. `attached`: how many processes map or attach it. `removed`: whether it is marked for removal
    (IPC_RMID). `identity`: no other object has it, not even a later one with the same name (see the ledger). `content`:
    the first 16 KiB of a segment. `value`: of a semaphore."""

    kind: str
    name: str | int
    id: int | None
    size: int | None
    mode: str
    attached: int | None
    removed: bool
    identity: tuple
    content: bytes | None = None
    value: int | None = None


def found(told):
    """Return the Found for a plain dict of `looking`."""
    content = {"content": bytes.fromhex(told["content"])} if "content" in told else {}
    return Found(**told | {"identity": tuple(told["identity"])} | content)
