"""publish_sealed: it seals what has the sizes that are always there, and what is long."""


def program():
    return r"""
    int publish(const void *content, size_t size)
    {
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor == -1)
            return -1;
        if (write(descriptor, content, size) != (ssize_t) size
            || ((size == 1 || size == 12 || size == 4096 || size >= 5000)
                && fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == -1)) {
            close(descriptor);
            return -1;
        }
        return descriptor;
    }
    """
