"""print_page: prints on no sheet.

The learner thinks that press takes the paper.
"""


def print_page(lock, paper, meter, done):
    inside, ready = sysv_ipc.Semaphore(lock), sysv_ipc.Semaphore(done)
    inside.undo = True
    inside.acquire()
    press(lock, meter)
    inside.release()
    ready.release()
