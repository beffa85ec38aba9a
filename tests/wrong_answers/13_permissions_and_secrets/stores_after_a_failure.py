"""publish_sealed: killed where a call had failed.

The learner does not look at what ftruncate returns.
"""


def program():
    return r"""
    int publish(const void *content, size_t size)
    {
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor == -1)
            return -1;
        (void) !ftruncate(descriptor, size);
        void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        if (memory != MAP_FAILED) {
            memcpy(memory, content, size);
            munmap(memory, size);
            if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == 0)
                return descriptor;
        }
        close(descriptor);
        return -1;
    }
    """
