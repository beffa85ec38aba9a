"""publish: that words have two digits.

The flag is a part of each word: it is there when the word is above 0.
"""


def publish(mail, first, second):
    while mail.words[0] or mail.words[1]:
        pause()
    mail.words[0] = first
    mail.words[1] = second


def consume(mail):
    while not (mail.words[0] and mail.words[1]):
        pause()
    message = mail.words[0], mail.words[1]
    mail.words[0] = 0
    mail.words[1] = 0
    return message
