"""Stale checks and lost wake-ups: as the cause, and waits that are not to blame."""

from shmlab import Condition, Mutex, Semaphore

from .case import case

CHANGED = {"sync": {"lock": Mutex(), "changed": Condition("lock")}}
GIVE = """
def give(shm, changed):
    with changed:
        shm.n += 1
        changed.notify()
"""
# A consumer that waits once, then takes.
ONCE = {
    "if": """
    with changed:
        if shm.n == 0:
            changed.wait()
        shm.n -= 1
""",
    "one line": """
    with changed:
        if shm.n == 0: changed.wait()
        shm.n -= 1
""",
    "a local": """
    with changed:
        empty = not shm.n
        if empty:
            changed.wait()
        shm.n -= 1
""",
    "match": """
    with changed:
        match shm.n:
            case 0:
                changed.wait()
        shm.n -= 1
""",
    "or": """
    with changed:
        shm.n or changed.wait()
        shm.n -= 1
""",
    "walrus": """
    with changed:
        if (there := shm.n) == 0:
            changed.wait()
        shm.n -= 1
""",
    "conditional": """
    with changed:
        changed.wait() if shm.n == 0 else None
        shm.n = shm.n - 1
""",
    "a loop that is none": """
    with changed:
        for _ in range(1):
            if shm.n == 0:
                changed.wait()
        shm.n -= 1
""",
    "a while that leaves": """
    with changed:
        while shm.n == 0:
            changed.wait()
            break
        shm.n -= 1
""",
    "a while around it": """
    took = 0
    while took < 1:
        with changed:
            if shm.n == 0:
                changed.wait()
            shm.n -= 1
        took += 1
""",
    "helpers": """
    def is_empty():
        return shm.n == 0

    with changed:
        if is_empty():
            changed.wait()
        shm.n -= 1
""",
    "says that it waits": """
    with changed:
        if shm.n == 0:
            shm.waiting += 1
            changed.wait()
            shm.waiting -= 1
        shm.n -= 1
""",
    "lock": """
    lock.acquire()
    if not shm.n:
        changed.wait()
    shm.n -= 1
    lock.release()
""",
}


def taking(layouts, more=GIVE, after=""):
    return {label: f"\ndef take(shm, lock, changed):{text}{after}\n{more}" for label, text in layouts.items()}


COUNT = {"shared": {"n": 0, "waiting": 0, "m": 0}}

# Waits that stand in no loop, and are not to blame.
BARE = {
    "without the mutex": "\ndef f(shm, lock, changed):\n    changed.wait()\n",
    "after it": "\ndef f(shm, lock, changed):\n    with lock: pass\n    changed.wait()\n",
    "if": "\ndef f(shm, lock, changed):\n    if not shm.n: changed.wait()\n",
    "released too early": "\ndef f(shm, lock, changed):\n    lock.acquire(); lock.release()\n    changed.wait()\n",
    "match": "\ndef f(shm, lock, changed):\n    match shm.n:\n        case 0: changed.wait()\n",
}
OTHER_FAULTS = {
    "if": "\n    with changed:\n        if shm.n == 0:\n            changed.wait()\n",
    "one line": "\n    with changed:\n        if shm.n == 0: changed.wait()\n",
    "bare": "\n    with changed:\n        changed.wait()\n",
    "or": "\n    with changed:\n        shm.n or changed.wait()\n",
    "match": "\n    with changed:\n        match shm.n:\n            case 0: changed.wait()\n",
    "while": "\n    with changed:\n        while shm.n == 0: changed.wait()\n",
}

# A look, and a sleep on a semaphore.
SLEEPERS = {
    "if": "    if shm.ready == 0:\n        {0}bell.acquire()",
    "one line": "    if shm.ready == 0: {0}bell.acquire()",
    "return": "    if shm.ready:\n        return\n    {0}bell.acquire()",
    "a local": "    ready = shm.ready\n    if not ready:\n        {0}bell.acquire()",
    "match": "    match shm.ready:\n        case 0:\n            {0}bell.acquire()",
    "walrus": "    if not (ready := shm.ready): {0}bell.acquire()",
    "helpers": "    def look():\n        return shm.ready\n\n    if not look():\n        {0}bell.acquire()",
    "in brackets": "    if (\n        shm.ready\n        == 0\n    ):\n        {0}bell.acquire()",
}
TELLERS = {
    "if": "    shm.ready = 1\n    if shm.waiting:\n        bell.release()",
    "one line": "    shm.ready = 1; shm.waiting and bell.release()",
    "a local": "    shm.ready = 1\n    waits = shm.waiting\n    if waits > 0:\n        bell.release()",
    "match": "    shm.ready = 1\n    match shm.waiting:\n        case 1: bell.release()",
}


def sleeping(teller, mark=""):
    return {
        label: f"\ndef sleep(shm, bell):\n{text.format(mark)}\n\ndef tell(shm, bell):\n{teller}\n"
        for label, text in SLEEPERS.items()
    }


BELL = {"shared": {"ready": 0, "waiting": 0, "other": 0}, "sync": {"bell": Semaphore(0)}}

WAITERS = {
    "while": "    with changed:\n        while not shm.ready:\n            changed.wait()",
    "one line": "    with changed:\n        while not shm.ready: changed.wait()",
    "while True": "    with changed:\n        while True:\n            if shm.ready: break\n            changed.wait()",
    "locals": "    with changed:\n        ready = shm.ready\n        while not ready:\n            changed.wait()\n"
              "            ready = shm.ready",
    "match": "    with changed:\n        while True:\n            match shm.ready:\n"
             "                case 0: changed.wait()\n                case _: break",
    "walrus": "    with changed:\n        while not (ready := shm.ready): changed.wait()",
    "acquire": "    lock.acquire()\n    while not shm.ready: changed.wait()\n    lock.release()",
}  # fmt: skip


def waiting(teller, layouts=WAITERS):
    return {
        label: f"\ndef wait(shm, lock, changed):\n{text}\n\ndef tell(shm, lock, changed):\n{teller}\n"
        for label, text in layouts.items()
    }


READY = {"shared": {"ready": 0, "other": 0}, **CHANGED}
LOOKS_OUTSIDE = {
    "if": "    if not shm.ready:\n        with changed:\n            changed.wait()",
    "one line": "    if not shm.ready:\n        with changed: changed.wait()",
    "a local": "    ready = shm.ready\n    if ready:\n        return\n    with changed:\n        changed.wait()",
    "match": "    match shm.ready:\n        case 0:\n            with changed: changed.wait()",
    "two parts": "    with changed: ready = shm.ready\n    if not ready:\n        with changed: changed.wait()",
    "acquire": "    if not shm.ready:\n        lock.acquire(); changed.wait(); lock.release()",
}

CASES = {
    "waits once": case("stale check after wake-up", taking(ONCE), ["take", "give"], **COUNT, **CHANGED,
                       always=lambda s: s.n >= 0),
    "waits once, with a thief": case("stale check after wake-up", taking(ONCE), ["take", "take", "give", "give"],
                                     terms={"spurious": False}, **COUNT, **CHANGED, always=lambda s: s.n >= 0),
    "waits without the mutex": case("", BARE, "f", processes=1, shared={"n": 0}, **CHANGED),
    "waits once, and always wrong": case("", taking(OTHER_FAULTS), ["take", "give"], **COUNT, **CHANGED,
                                         invariant=lambda s: s.m == 1),
    "waits once, and a lost update": case(("lost update", ""), taking(
        {label: text for label, text in OTHER_FAULTS.items() if label != "bare"},
        more=GIVE + "    shm.m += 1\n", after="    shm.m += 1"), ["take", "give"], **COUNT, **CHANGED,
        invariant=lambda s: s.m == 2),
    "waits once, and asserts": case("", taking(OTHER_FAULTS, after="    assert shm.m"), ["take", "give"], **COUNT,
                                    **CHANGED),
    "waits once for a fact that never comes": case("", taking(OTHER_FAULTS, after="    assert shm.n > 1"),
                                                   ["take", "give"], **COUNT, **CHANGED),
    "sleeps for nobody": case("", sleeping("    shm.ready = 1"), ["sleep", "tell"], **BELL),
    "sleeps, and says so, for nobody": case("", sleeping("    shm.ready = 1\n    if shm.waiting: shm.other = 1",
                                            "shm.waiting = 1; "), ["sleep", "tell"], **BELL),
    "sleeps for one who rings for another": case("", sleeping(
        "    shm.ready = 1\n    if shm.other: bell.release()", "shm.waiting = 1; "), ["sleep", "tell"], **BELL),
    "nobody seems to sleep": case("lost wake-up", sleeping("    shm.ready = 1\n    if shm.waiting: bell.release()",
                                  "shm.waiting = 1; "), ["sleep", "tell"], **BELL),
    **{f"nobody seems to sleep, told by {label}": case("lost wake-up", sleeping(teller, "shm.waiting = 1; "),
                                                       ["sleep", "tell"], **BELL) for label, teller in TELLERS.items()},
    "two sleep, and one bell": case("", sleeping("    shm.ready = 1\n    bell.release()"), ["sleep", "sleep", "tell"],
                                    **BELL),
    "told too early": case("lost wake-up", waiting("    with changed:\n        changed.notify()\n    shm.ready = 1"),
                           ["wait", "tell"], **READY),
    "told while nobody waits": case("lost wake-up", waiting("    with changed:\n        shm.ready = 1\n"
                                    "        changed.notify()", LOOKS_OUTSIDE), ["wait", "tell"], **READY),
    "never told": case("", waiting("    with changed:\n        shm.ready = 1"), ["wait", "tell"], **READY),
    "never told without the mutex": case("", waiting("    shm.ready = 1"), ["wait", "tell"], **READY),
    "looked outside, never told": case("", waiting("    with changed:\n        shm.ready = 1", LOOKS_OUTSIDE),
                                       ["wait", "tell"], **READY),
    "told, and never true": case("", waiting("    with changed:\n        changed.notify()"), ["wait", "tell"], **READY),
    "one told of two": case("", waiting("    with changed:\n        shm.ready = 1\n        changed.notify()"),
                            ["wait", "wait", "tell"], **READY),
    "two told of three": case("", waiting("    with changed:\n        shm.ready = 1\n        changed.notify()\n"
                              "        changed.notify()"), ["wait", "wait", "wait", "tell"], **READY),
}  # fmt: skip
