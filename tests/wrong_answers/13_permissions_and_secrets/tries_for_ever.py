"""publish_sealed: it tries again for ever.

The learner believes that a write which fails will succeed some time.
"""


def program():
    return r"""
int publish(const void *content, size_t size) {
    int d = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (d < 0) return -1;
    size_t done = 0;
    while (done < size) {
        ssize_t n = write(d, (const char *)content + done, size - done);
        if (n > 0) done += n;
    }
    if (fcntl(d, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)) {
        close(d);
        return -1;
    }
    return d;
}
"""
