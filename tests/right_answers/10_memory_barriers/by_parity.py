"""publish: full counts up, odd when there is a message.

Both wait for a number that is odd or even, and each adds one.
"""


def publish(mail, first, second):
    number = load_acquire(mail, "full")
    while number % 2:
        pause()
        number = load_acquire(mail, "full")
    mail.words[1] = second
    mail.words[0] = first
    fence()
    mail.full = number + 1


def consume(mail):
    number = load_acquire(mail, "full")
    while number % 2 == 0:
        pause()
        number = load_acquire(mail, "full")
    second, first = mail.words[1], mail.words[0]
    fence()
    mail.full = number + 1
    return [first, second]
