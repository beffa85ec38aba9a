"""publish: the writer does not look.

The learner believes that the reader is quick enough.
"""


def publish(mail, first, second):
    mail.words[0] = first
    mail.words[1] = second
    store_release(mail, "full", 1)


def consume(mail):
    while not load_acquire(mail, "full"):
        pause()
    message = mail.words[0], mail.words[1]
    store_release(mail, "full", 0)
    return message
