"""publish: a plain store says that it is full.

The learner believes that stores are seen in the order in which they are written.
"""


def publish(mail, first, second):
    while load_acquire(mail, "full"):
        pause()
    mail.words[0] = first
    mail.words[1] = second
    mail.full = 1


def consume(mail):
    while not load_acquire(mail, "full"):
        pause()
    message = mail.words[0], mail.words[1]
    store_release(mail, "full", 0)
    return message
