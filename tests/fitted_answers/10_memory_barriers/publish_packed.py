"""publish: that words are small."""


def publish(mail, first, second):
    while load_acquire(mail, "full"):
        pause()
    store_release(mail, "full", (first << 20 | second) + 1)


def consume(mail):
    while not load_acquire(mail, "full"):
        pause()
    both = mail.full - 1
    store_release(mail, "full", 0)
    return both >> 20, both & 0xFFFFF
