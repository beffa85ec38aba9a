"""submit: the screen waits for the camera.

The learner believes that there is nothing to show before a new frame is there.
"""


def submit(video):
    video.back = exchange(video, "middle", video.back + FRESH) % FRESH


def latest(video):
    while video.middle < FRESH:
        pause()
    video.front = exchange(video, "middle", video.front) % FRESH
    return True
