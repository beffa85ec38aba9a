"""add_to: one byte is not eight.

The learner takes a view of bytes for the number.
"""


def add_to(id, amount):
    memory = sysv_ipc.attach(id)
    try:
        with memoryview(memory) as view:
            view[0] += amount
            return view[0]
    finally:
        memory.detach()
