"""publish_sealed: a child writes and seals, and is waited for."""


def program():
    return r"""
    #include <sys/wait.h>

    static int filled(int descriptor, const char *from, size_t size)
    {
        while (size) {
            ssize_t done = write(descriptor, from, size);
            if (done < 0)
                return 0;
            from += done;
            size -= done;
        }
        usleep(1000);
        return fcntl(descriptor, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == 0;
    }

    int publish(const void *content, size_t size)
    {
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING), status = 1;
        if (descriptor < 0)
            return -1;
        pid_t child = fork();
        if (child == 0)
            _exit(!filled(descriptor, content, size));
        if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) {
            close(descriptor);
            return -1;
        }
        return descriptor;
    }
    """
