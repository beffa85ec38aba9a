"""publish: emptied before it was read.

The learner wants the writer to go on as early as possible.
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
    store_release(mail, "full", 0)
    return mail.words[0], mail.words[1]
