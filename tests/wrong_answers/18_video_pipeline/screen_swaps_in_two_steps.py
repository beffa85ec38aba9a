"""submit: swapped in two steps by the screen.

The learner believes that one exchange, the camera's, is enough.
"""


def submit(video):
    video.back = exchange(video, "middle", video.back + FRESH) % FRESH


def latest(video):
    word = video.middle
    if word < FRESH:
        return False
    video.middle = video.front
    video.front = word % FRESH
    return True
