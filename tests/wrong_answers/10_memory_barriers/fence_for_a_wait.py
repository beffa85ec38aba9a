"""publish: a fence instead of a wait.

The learner believes that a fence waits until the others have stored.
"""


def publish(mail, first, second):
    while load_acquire(mail, "full"):
        pause()
    mail.words[0] = first
    mail.words[1] = second
    store_release(mail, "full", 1)


def consume(mail):
    fence()
    message = mail.words[0], mail.words[1]
    store_release(mail, "full", 0)
    return message
