"""print_page: never takes the lock.

The learner thinks that whoever has a sheet may print.
"""


def print_page(lock, paper, meter, done):
    sheets, ready = sysv_ipc.Semaphore(paper), sysv_ipc.Semaphore(done)
    sheets.acquire()
    press(lock, meter)
    ready.release()
