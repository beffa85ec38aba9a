"""submit: one try, and nothing is new.

The learner believes that a compare_exchange fails only where there is nothing new.
"""


def submit(video):
    video.back = exchange(video, "middle", video.back + FRESH) % FRESH


def latest(video):
    word = video.middle
    if word >= FRESH and compare_exchange(video, "middle", word, video.front):
        video.front = word - FRESH
        return True
    return False
