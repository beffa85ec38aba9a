"""print_page: undone when given only.

The learner thinks that undo is about the release.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    sheets.acquire()
    inside.acquire()
    inside.undo = True
    press(lock, meter)
    inside.release()
    ready.release()
