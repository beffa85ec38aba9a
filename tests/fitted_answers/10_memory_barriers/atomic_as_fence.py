"""post: that what is not counted costs nothing."""


def post(box, ring, full_fence):
    fetch_add(box, "posted", 1)
    if box.sleeping:
        ring()


def take(box, sleep, full_fence):
    fetch_add(box, "sleeping", 1)
    while box.posted == box.taken:
        sleep()
    box.sleeping = 0
    box.taken += 1
