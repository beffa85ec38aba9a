"""publish_sealed: the rest does not begin at the rest.

The learner writes again what was written already.
"""


def program():
    return r"""
int publish(const void *content, size_t size) {
    int d = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (d == -1) return -1;
    size_t done = 0;
    while (done < size) {
        ssize_t n = write(d, content, size);
        if (n <= 0) {
            close(d);
            return -1;
        }
        done += n;
    }
    if (fcntl(d, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)) {
        close(d);
        return -1;
    }
    return d;
}
"""
