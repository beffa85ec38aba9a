"""write: everybody draws a number, and readers let the next one in"""


def read(page, lock, changed, look):
    with lock:
        number = page.waiting
        page.waiting += 1
        while page.writing != number:
            changed.wait()
        page.reading += 1
        page.writing += 1  # whose turn it is
        changed.notify_all()
    look()
    with lock:
        page.reading -= 1
        changed.notify_all()


def write(page, lock, changed, asked, change):
    with lock:
        number = page.waiting
        page.waiting += 1
        asked()
        while page.writing != number or page.reading:
            changed.wait()
    change()
    with lock:
        page.writing += 1
        changed.notify_all()
