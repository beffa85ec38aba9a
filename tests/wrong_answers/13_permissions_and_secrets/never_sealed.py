"""publish_sealed: no seal was asked for.

The learner believes that the flag MFD_ALLOW_SEALING seals.
"""


def program():
    return r"""
int publish(const void *content, size_t size) {
    int d = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (d < 0) return -1;
    if (write(d, content, size) != (ssize_t)size) {
        close(d);
        return -1;
    }
    return d;
}
"""
