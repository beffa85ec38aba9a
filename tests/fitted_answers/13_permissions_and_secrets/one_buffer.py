"""publish_sealed: it has room for a page."""


def program():
    return r"""
    int publish(const void *content, size_t size)
    {
        char page[4096];
        size_t some = size < sizeof page ? size : sizeof page;
        memcpy(page, content, some);
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor == -1)
            return -1;
        if (write(descriptor, page, some) != (ssize_t) some
            || fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == -1) {
            close(descriptor);
            return -1;
        }
        return descriptor;
    }
    """
