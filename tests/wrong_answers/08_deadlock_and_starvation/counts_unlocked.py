"""write: counted without the lock.

The learner takes the lock to wait, and not to leave.
"""


def read(page, lock, changed, look):
    with lock:
        while page.writing or page.waiting:
            changed.wait()
        page.reading += 1
    look()
    page.reading -= 1
    with lock:
        changed.notify_all()


def write(page, lock, changed, asked, change):
    with lock:
        page.waiting += 1
        asked()
        while page.writing or page.reading:
            changed.wait()
        page.waiting -= 1
        page.writing = 1
    change()
    with lock:
        page.writing = 0
        changed.notify_all()
