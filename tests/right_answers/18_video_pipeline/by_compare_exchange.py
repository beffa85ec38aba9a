"""submit: tries until nobody came between.

Each side compares and exchanges, again and again.
"""


def swapped(video, mine):
    while True:
        word = video.middle
        if compare_exchange(video, "middle", word, mine):
            return word


def submit(video):
    video.back = swapped(video, video.back | FRESH) & 3


def latest(video):
    new = video.middle & FRESH
    if new:
        video.front = swapped(video, video.front) & 3
    return new > 0
