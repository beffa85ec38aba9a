"""submit: the camera waits for the screen.

The learner believes that no frame may be lost.
"""


def submit(video):
    while video.middle >= FRESH:
        pause()
    video.back = exchange(video, "middle", video.back + FRESH) % FRESH


def latest(video):
    if video.middle < FRESH:
        return False
    video.front = exchange(video, "middle", video.front) % FRESH
    return True
