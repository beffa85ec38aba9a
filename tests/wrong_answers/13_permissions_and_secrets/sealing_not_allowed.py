"""publish_sealed: sealing was never allowed.

The learner forgets the flag, and does not look at what fcntl returns.
"""


def program():
    return r"""
    int publish(const void *content, size_t size)
    {
        int descriptor = memfd_create("news", MFD_CLOEXEC);
        if (descriptor == -1)
            return -1;
        if (write(descriptor, content, size) != (ssize_t) size) {
            close(descriptor);
            return -1;
        }
        fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
        return descriptor;
    }
    """
