"""publish_sealed: refused, and not noticed.

The learner seals while it is mapped, and does not look at what fcntl returns.
"""


def program():
    return r"""
    int publish(const void *content, size_t size)
    {
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor == -1)
            return -1;
        if (ftruncate(descriptor, size) == -1) {
            close(descriptor);
            return -1;
        }
        void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        memcpy(memory, content, size);
        fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
        munmap(memory, size);
        return descriptor;
    }
    """
