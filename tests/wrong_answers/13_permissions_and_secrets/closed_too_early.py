"""publish_sealed: closed before it is handed over.

The learner cleans up what is still needed.
"""


def program():
    return r"""
int publish(const void *content, size_t size) {
    int d = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (d < 0) return -1;
    if (write(d, content, size) != size
        || fcntl(d, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)) {
        close(d);
        return -1;
    }
    close(d);
    return d;
}
"""
