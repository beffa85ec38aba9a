"""submit: a negative number is a new frame.

The mark is the sign, and not FRESH.
"""


def submit(video):
    word = exchange(video, "middle", -1 - video.back)
    video.back = word if word >= 0 else -1 - word


def latest(video):
    if video.middle >= 0:
        return False
    video.front = -1 - exchange(video, "middle", video.front)
    return True
