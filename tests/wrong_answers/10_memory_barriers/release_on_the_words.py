"""publish: the release is on the words.

The learner believes that the data has to be released.
"""


def publish(mail, first, second):
    while load_acquire(mail, "full"):
        pause()
    store_release(mail.words, 0, first)
    store_release(mail.words, 1, second)
    mail.full = 1


def consume(mail):
    while not load_acquire(mail, "full"):
        pause()
    message = mail.words[0], mail.words[1]
    store_release(mail, "full", 0)
    return message
