"""publish_sealed: that there are 16 KiB at most."""


def program():
    return r"""

    int publish(const void *content, size_t size)
    {
        static char copy[16384];
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor == -1)
            return -1;
        memcpy(copy, content, size);
        if (write(descriptor, copy, size) != (ssize_t) size
            || fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == -1) {
            close(descriptor);
            return -1;
        }
        return descriptor;
    }
    """
