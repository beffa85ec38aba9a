"""publish_sealed: left open after a failure.

The learner returns -1, and forgets what was made before.
"""


def program():
    return r"""
    int publish(const void *content, size_t size)
    {
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor == -1)
            return -1;
        if (write(descriptor, content, size) != (ssize_t) size
            || fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == -1) {
            return -1;
        }
        return descriptor;
    }
    """
