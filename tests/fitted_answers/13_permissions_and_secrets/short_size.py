"""publish_sealed: that a content has less than 64 KiB."""


def program():
    return r"""

    int publish(const void *content, size_t size)
    {
        unsigned short length = size;
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor == -1)
            return -1;
        if (write(descriptor, content, length) != length
            || fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == -1) {
            close(descriptor);
            return -1;
        }
        return descriptor;
    }
    """
