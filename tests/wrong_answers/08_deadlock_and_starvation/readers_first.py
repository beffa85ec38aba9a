"""write: readers need not wait for who waits.

The learner lets readers in whenever nobody writes.
"""


def read(page, lock, changed, look):
    with lock:
        while page.writing:
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
        page.waiting -= 1
        page.writing = 1
    change()
    with lock:
        page.writing = 0
        changed.notify_all()
