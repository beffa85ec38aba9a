"""publish: that the first word is never -1.

The number that says full is the first word and one more.
"""


def publish(mail, first, second):
    while load_acquire(mail, "full"):
        pause()
    mail.words[1] = second
    store_release(mail, "full", first + 1)


def consume(mail):
    while not (f := load_acquire(mail, "full")):
        pause()
    m = f - 1, mail.words[1]
    store_release(mail, "full", 0)
    return m
