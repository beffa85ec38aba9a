"""submit: that there are four frames."""


def submit(video):
    number = video.middle // 8
    if number < 4:
        video.back = exchange(video, "middle", video.back + FRESH + 8 * (number + 1)) % FRESH


def latest(video):
    word = video.middle
    if word % 8 < FRESH:
        return False
    video.front = exchange(video, "middle", video.front + word // 8 * 8) % FRESH
    return True
