"""publish_sealed: its maker can still store.

The learner gets around EBUSY by the seal that does not mind mappings.
"""


def program():
    return r"""
    int publish(const void *content, size_t size)
    {
        int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor == -1)
            return -1;
        if (ftruncate(descriptor, size) == 0) {
            void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
            if (memory != MAP_FAILED) {
                memcpy(memory, content, size);
                if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == 0)
                    return descriptor;
                munmap(memory, size);
            }
        }
        close(descriptor);
        return -1;
    }
    """
