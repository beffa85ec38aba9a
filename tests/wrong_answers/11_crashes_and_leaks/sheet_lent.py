"""print_page: the sheet comes back.

The learner wants the sheet of somebody who is killed before printing back in the tray.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    inside.undo = True
    sheets.undo = True
    sheets.acquire()
    inside.acquire()
    sheets.release()
    sheets.undo = False
    sheets.acquire()
    press(lock, meter)
    inside.release()
    ready.release()
