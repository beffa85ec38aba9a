"""submit: that four tries are enough."""


def submit(video):
    video.back = exchange(video, "middle", video.back + FRESH) % FRESH


def latest(video):
    for _ in range(4):
        word = video.middle
        if word < FRESH:
            return False
        if compare_exchange(video, "middle", word, video.front):
            video.front = word - FRESH
            return True
    return False
