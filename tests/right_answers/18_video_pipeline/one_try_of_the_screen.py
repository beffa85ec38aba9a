"""submit: the screen takes what it saw, or asks again.

A failed compare_exchange means that the camera has a newer frame.
"""


def submit(video):
    word = exchange(video, "middle", FRESH + video.back)
    video.back = word - FRESH if word >= FRESH else word


def latest(video):
    word = video.middle
    while word >= FRESH:
        if compare_exchange(video, "middle", word, video.front):
            video.front = word - FRESH
            return True
        word = video.middle
    return False
