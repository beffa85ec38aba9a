"""publish: never emptied.

The learner believes that what has been read is gone.
"""


def publish(mail, first, second):
    while load_acquire(mail, "full"):
        pause()
    mail.words[0] = first
    mail.words[1] = second
    store_release(mail, "full", 1)


def consume(mail):
    while not load_acquire(mail, "full"):
        pause()
    return mail.words[0], mail.words[1]
