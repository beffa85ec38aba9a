"""publish_sealed: a descriptor that only reads.

The learner gives away a descriptor without the right to write.
"""


def program():
    return r"""
    int publish(const void *content, size_t size)
    {
        char path[40];
        int writing = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING), reading;
        if (writing == -1)
            return -1;
        snprintf(path, sizeof path, "/proc/self/fd/%d", writing);
        if (write(writing, content, size) != (ssize_t) size || fchmod(writing, 0400) == -1)
            reading = -1;
        else
            reading = open(path, O_RDONLY | O_CLOEXEC);
        close(writing);
        return reading;
    }
    """
