"""publish_sealed: a child has it, too.

The learner forgets that fork copies descriptors.
"""


def program():
    return r"""
int publish(const void *content, size_t size) {
    int d = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (d < 0) return -1;
    if (write(d, content, size) != (ssize_t)size
        || fcntl(d, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)) {
        close(d);
        return -1;
    }
    if (fork() == 0) { sleep(3); _exit(0); }
    return d;
}
"""
