"""print_page: prints on no sheet.

The learner thinks that press takes the paper.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    inside.undo = True
    inside.acquire()
    press(lock, meter)
    inside.release()
    ready.release()
