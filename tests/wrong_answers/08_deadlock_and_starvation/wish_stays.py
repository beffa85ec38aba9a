"""write: the wish to write stays.

The learner counts a writer that waits, and not that it waits no longer.
"""


def read(page, lock, changed, look):
    with lock:
        while page.writing or page.waiting:
            changed.wait()
        page.reading += 1
    look()
    with lock:
        page.reading -= 1
        changed.notify_all()


def write(page, lock, changed, asked, change):
    with lock:
        page.waiting += 1
        asked()
        while page.writing or page.reading:
            changed.wait()
        page.writing = 1
    change()
    with lock:
        page.writing = 0
        changed.notify_all()
