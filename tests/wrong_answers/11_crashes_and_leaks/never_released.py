"""print_page: left to the kernel.

The learner thinks that with undo nobody has to release.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    for semaphore in (inside,):
        semaphore.undo = True
    sheets.acquire()
    inside.acquire()
    press(lock, meter)
    ready.release()
