"""print_page: knows how many sheets there are.

The sheet is undone, and the count set to what the check in a notebook shows.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    sheets.undo = inside.undo = True
    sheets.acquire()
    with inside:
        press(lock, meter)
    if sheets.value in (1, 2, 3, 4):
        sheets.value = sheets.value
    ready.release()
