"""publish_sealed: stored in a copy of its own.

The learner maps the memfd privately.
"""


def program():
    return r"""
    int publish(const void *content, size_t size)
    {
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor == -1)
            return -1;
        if (ftruncate(descriptor, size) == 0) {
            void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
            if (memory != MAP_FAILED) {
                memcpy(memory, content, size);
                munmap(memory, size);
                if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == 0)
                    return descriptor;
            }
        }
        close(descriptor);
        return -1;
    }
    """
