"""publish: read before it was full.

The learner loads early what will be needed, and then makes sure that it is there.
"""


def publish(mail, first, second):
    while load_acquire(mail, "full"):
        pause()
    mail.words[0] = first
    mail.words[1] = second
    store_release(mail, "full", 1)


def consume(mail):
    message = mail.words[0], mail.words[1]
    while not load_acquire(mail, "full"):
        pause()
    store_release(mail, "full", 0)
    return message
