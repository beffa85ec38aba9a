"""publish_sealed: reserved, mapped and unmapped; each seal by a call of its own, and the last one too."""


def program():
    return r"""
    #define FAILED(call) ((call) == -1)

    static int filled(int fd, const void *from, size_t size)
    {
        if (posix_fallocate(fd, 0, (off_t) size) != 0)
            return -1;
        char *to = mmap(0, size, PROT_WRITE, MAP_SHARED, fd, 0);
        if (to == MAP_FAILED)
            return -1;
        memmove(to, from, size);
        return munmap(to, size);
    }

    int publish(const void *content, size_t size)
    {
        const int seals[] = {F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE, F_SEAL_SEAL};
        int fd = memfd_create("", MFD_ALLOW_SEALING);
        if (FAILED(fd))
            return -1;
        int failed = FAILED(filled(fd, content, size));
        for (int at = 0; at < 4 && !failed; at++)
            failed = FAILED(fcntl(fd, F_ADD_SEALS, seals[at]));
        if (failed) {
            close(fd);
            fd = -1;
        }
        return fd;
    }
    """
