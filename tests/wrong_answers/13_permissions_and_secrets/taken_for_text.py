"""publish_sealed: taken for text.

The learner counts the bytes up to the first that is 0.
"""


def program():
    return r"""
    int publish(const void *content, size_t size)
    {
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor == -1)
            return -1;
        if (write(descriptor, content, strlen(content)) == -1
            || ftruncate(descriptor, size) == -1
            || fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == -1) {
            close(descriptor);
            return -1;
        }
        return descriptor;
    }
    """
