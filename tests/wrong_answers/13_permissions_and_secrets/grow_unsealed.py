"""publish_sealed: can still be made larger.

The learner forgets the other direction.
"""


def program():
    return r"""
    int publish(const void *content, size_t size)
    {
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor == -1)
            return -1;
        if (write(descriptor, content, size) != (ssize_t) size
            || fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK) == -1) {
            close(descriptor);
            return -1;
        }
        return descriptor;
    }
    """
