"""publish_sealed: a child can still store.

The learner's program unmaps it, and a grandchild does not.
"""


def program():
    return r"""
#include <sys/wait.h>
int publish(const void *content, size_t size) {
    int d = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (d < 0) return -1;
    if (write(d, content, size) != (ssize_t)size) {
        close(d);
        return -1;
    }
    char *m = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, d, 0);
    if (m == MAP_FAILED) {
        close(d);
        return -1;
    }
    if (fcntl(d, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE)) {
        close(d);
        munmap(m, size);
        return -1;
    }
    pid_t p = fork();
    if (p == 0) {
        close(d); setsid();
        if (fork() == 0) { usleep(3000000); m[0] = 'X'; _exit(0); }
        _exit(0);
    }
    waitpid(p, 0, 0);
    munmap(m, size);
    return d;
}
"""
