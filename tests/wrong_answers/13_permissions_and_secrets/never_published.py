"""publish_sealed: it never ends.

The learner counts, and forgets to add.
"""


def program():
    return r"""
int publish(const void *content, size_t size) {
    int d = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (d < 0) return -1;
    size_t done = 0;
    while (done < size) done = done;
    return d;
}
"""
