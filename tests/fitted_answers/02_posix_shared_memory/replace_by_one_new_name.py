"""replace: that nobody else has the name /new."""


def replace(name, content):
    with open("/dev/shm/new", "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
    os.rename("/dev/shm/new", "/dev/shm" + name)
