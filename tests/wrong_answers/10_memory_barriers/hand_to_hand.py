"""publish: waits until it has been read.

The learner believes that a message is sent when it has arrived.
"""


def publish(mail, first, second):
    while load_acquire(mail, "full"):
        pause()
    mail.words[0] = first
    mail.words[1] = second
    store_release(mail, "full", 1)
    while load_acquire(mail, "full"):
        pause()


def consume(mail):
    while not load_acquire(mail, "full"):
        pause()
    message = mail.words[0], mail.words[1]
    store_release(mail, "full", 0)
    return message
