"""publish: full before it is filled.

The learner believes that both are done before anybody looks.
"""


def publish(mail, first, second):
    while load_acquire(mail, "full"):
        pause()
    store_release(mail, "full", 1)
    mail.words[0] = first
    mail.words[1] = second


def consume(mail):
    while not load_acquire(mail, "full"):
        pause()
    message = mail.words[0], mail.words[1]
    store_release(mail, "full", 0)
    return message
