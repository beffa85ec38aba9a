"""print_page: undo from the first look on, and no object kept for the others"""


def print_page(lock, paper, meter, done):
    inside = sysv_ipc.Semaphore(lock)
    inside.undo = True
    sysv_ipc.Semaphore(paper).acquire()
    with inside:
        press(lock, meter)
    sysv_ipc.Semaphore(done).release()
