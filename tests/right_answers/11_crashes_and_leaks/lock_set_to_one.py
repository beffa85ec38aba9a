"""print_page: the count of the lock is set, which forgets what was to be undone"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    sheets.acquire()
    inside.undo = True
    inside.acquire()
    press(lock, meter)
    inside.value = 1
    ready.release()
