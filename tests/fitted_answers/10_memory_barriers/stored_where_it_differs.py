"""publish: that no second word comes twice.

Its fence is left out where the second word stays.
"""


def publish(mail, first, second):
    while load_acquire(mail, "full"):
        pause()
    if mail.words[0] != first:
        mail.words[0] = first
    if mail.words[1] != second:
        mail.words[1] = second
        fence()
    mail.full = 1


def consume(mail):
    while not load_acquire(mail, "full"):
        pause()
    m = mail.words[0], mail.words[1]
    mail.full = 0
    return m
