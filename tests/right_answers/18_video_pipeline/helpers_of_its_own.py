"""submit: helpers with plain names.

The names are those that anybody might pick.
"""

CAMERA, SCREEN = "back", "front"


def slot(word):
    return word % FRESH


def looking(video):
    return video.middle >= FRESH


def studio(video, who, mark):
    setattr(video, who, slot(exchange(video, "middle", getattr(video, who) + mark)))


def submit(video):
    studio(video, CAMERA, FRESH)


def latest(video):
    new = looking(video)
    if new:
        studio(video, SCREEN, 0)
    return new
