"""publish_sealed: written when it was sealed.

The learner fixes size and content first, and writes then.
"""


def program():
    return r"""
int publish(const void *content, size_t size) {
    int d = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (d < 0) return -1;
    if (ftruncate(d, size)) {
        close(d);
        return -1;
    }
    if (fcntl(d, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)) {
        close(d);
        return -1;
    }
    write(d, content, size);
    return d;
}
"""
