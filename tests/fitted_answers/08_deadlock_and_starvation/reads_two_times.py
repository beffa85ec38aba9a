"""write: readers who have read twice wait for nobody's turn"""

TIMES = []


def read(page, lock, changed, look):
    TIMES.append(1)
    with lock:
        while page.writing or (page.waiting and len(TIMES) <= 2):
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
