"""Missing fences: as the cause, and stores that wait in buffers beside another one."""

from .case import case

LOOKS = {
    "two lines": "    shm.up[rank] = 1\n    shm.saw[rank] = shm.up[1 - rank]",
    "one line": "    shm.up[rank] = 1; shm.saw[rank] = shm.up[1 - rank]",
    "a local": "    shm.up[rank] = 1\n    seen = shm.up[1 - rank]\n    shm.saw[rank] = seen",
    "if": "    shm.up[rank] = 1\n    if shm.up[1 - rank]:\n        shm.saw[rank] = 1",
    "walrus": "    shm.up[rank] = 1\n    if (seen := shm.up[1 - rank]): shm.saw[rank] = seen",
    "match": "    shm.up[rank] = 1\n    match shm.up[1 - rank]:\n        case seen: shm.saw[rank] = seen",
    "conditional": "    shm.up[rank] = 1\n    shm.saw[rank] = 1 if shm.up[1 - rank] else 0",
    "in brackets": "    shm.up[rank] = 1\n    shm.saw[rank] = (\n        shm.up[1 - rank]\n    )",
    "helpers": "    up(shm, rank)\n    shm.saw[rank] = look(shm, rank)",
    "release": "    store_release(shm.up, rank, 1)\n    shm.saw[rank] = load_acquire(shm.up, 1 - rank)",
}
HELPERS = """
def up(shm, rank):
    shm.up[rank] = 1

def look(shm, rank):
    return shm.up[1 - rank]
"""


def looking(after=""):
    return {label: f"{HELPERS}\ndef f(shm, rank):\n{text}\n{after}\n" for label, text in LOOKS.items()}


UP = {"up": [0, 0], "saw": [0, 0], "n": 0}
CASES = {}
for memory in ("tso", "pso"):
    CASES |= {
        f"both look under {memory}": case("missing fence", looking(), "f", terms={"memory": memory}, processes=2,
                                          shared=UP, invariant=lambda s: any(s.saw)),
        f"both look, and a lost update under {memory}": case(
            "lost update", looking("    shm.n += 1"), "f", terms={"memory": memory}, processes=2, shared=UP,
            invariant=lambda s: s.n == 2),
        f"both look, and always wrong under {memory}": case(
            "", looking("    shm.n = 1"), "f", terms={"memory": memory}, processes=2, shared=UP,
            invariant=lambda s: s.n == 2),
        f"both look, and two causes under {memory}": case(
            "", looking("    shm.n += 1"), "f", terms={"memory": memory}, processes=2, shared=UP,
            invariant=lambda s: s.n == 2 and any(s.saw)),
    }  # fmt: skip
