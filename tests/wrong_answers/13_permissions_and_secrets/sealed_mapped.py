"""publish_sealed: sealed while it is mapped.

The learner seals before unmapping, and looks at what fcntl returns.
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
    void *m = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, d, 0);
    if (m == MAP_FAILED) {
        close(d);
        return -1;
    }
    memcpy(m, content, size);
    int r = fcntl(d, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    munmap(m, size);
    if (r < 0) {
        close(d);
        return -1;
    }
    return d;
}
"""
