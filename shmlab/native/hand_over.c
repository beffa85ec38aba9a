/* Call a learner's `publish`, and pass the descriptor that it returns through a Unix socket.
 *
 * hand_over SIZE MOST_DESCRIPTORS MOST_BYTES FOR_ONE_WRITE, with the socket as standard input: first it reads SIZE
 * bytes of content there, then it sends four bytes (see `pass`), and a descriptor with them unless publish returned
 * -1. MOST_DESCRIPTORS, MOST_BYTES: limits while publish runs, 0 for none; FOR_ONE_WRITE: 1 if the limit on bytes
 * is lifted as soon as one write has met it.
 *
 * The linker leads some calls of the learner's program here (--wrap): each is made as it was asked for, and what failed
 * is remembered. Sleeping takes no time, and counts. A forked child stops first. The learner's part is compiled with -fsanitize-coverage=trace-pc,
 * so that each of its blocks counts, too: an endless loop ends by their number, whatever the machine does meanwhile.
 * Source: unix(7), SCM_RIGHTS; getrlimit(2); ld(1), --wrap; gcc(1).
 */
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define MOST_BLOCKS 2000000
#define BLOCKS_A_SLEEP 20000
#define ENDLESS 102

enum call { NONE, MEMFD_CREATE, FTRUNCATE, WRITE, MMAP, FCNTL, ADD_SEALS };

static enum call failed;
static int why, sealings, lifts;
static unsigned long blocks;

static void count(unsigned long more)
{
    if ((blocks += more) > MOST_BLOCKS)
        _exit(ENDLESS);
}

void __sanitizer_cov_trace_pc(void)
{
    count(1);
}

static void limit(int kind, rlim_t most)
{
    struct rlimit now;
    if (most == 0)
        return;
    getrlimit(kind, &now);
    now.rlim_cur = most < now.rlim_max ? most : now.rlim_max;
    setrlimit(kind, &now);
}

/* Remember that a call failed; `error`: 0 where it stored a part only. */
static void note(enum call call, int error)
{
    failed = call;
    why = error;
}

static ssize_t written(ssize_t done, size_t size)
{
    if (done >= 0 && (size_t) done < size) {
        note(WRITE, 0);
        if (lifts)
            limit(RLIMIT_FSIZE, RLIM_INFINITY);
    } else if (done < 0)
        note(WRITE, errno);
    return done;
}

ssize_t __real_write(int, const void *, size_t);
ssize_t __wrap_write(int descriptor, const void *from, size_t size)
{
    return written(__real_write(descriptor, from, size), size);
}

ssize_t __real_pwrite(int, const void *, size_t, off_t);
ssize_t __wrap_pwrite(int descriptor, const void *from, size_t size, off_t at)
{
    return written(__real_pwrite(descriptor, from, size, at), size);
}

int __real_memfd_create(const char *, unsigned);
int __wrap_memfd_create(const char *name, unsigned flags)
{
    int made = __real_memfd_create(name, flags);
    if (made < 0)
        note(MEMFD_CREATE, errno);
    return made;
}

int __real_ftruncate(int, off_t);
int __wrap_ftruncate(int descriptor, off_t size)
{
    int done = __real_ftruncate(descriptor, size);
    if (done < 0)
        note(FTRUNCATE, errno);
    return done;
}

void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *where, size_t size, int protection, int flags, int descriptor, off_t from)
{
    void *mapped = __real_mmap(where, size, protection, flags, descriptor, from);
    if (mapped == MAP_FAILED)
        note(MMAP, errno);
    return mapped;
}

int __real_fcntl(int, int, ...);
int __wrap_fcntl(int descriptor, int command, ...)
{
    va_list rest;
    va_start(rest, command);
    long argument = va_arg(rest, long);
    va_end(rest);
    int done = __real_fcntl(descriptor, command, argument);
    sealings += command == F_ADD_SEALS && sealings < 100;
    if (done < 0)
        note(command == F_ADD_SEALS ? ADD_SEALS : FCNTL, errno);
    return done;
}

unsigned __wrap_sleep(unsigned seconds)
{
    count(BLOCKS_A_SLEEP);
    return 0 * seconds;
}

int __wrap_usleep(useconds_t microseconds)
{
    return (int) __wrap_sleep(microseconds);
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    (void) left;
    return (int) __wrap_sleep(time != NULL);
}

pid_t __real_fork(void);
/* A child stops before its work, until the other end lets it go on: it is as slow as can be. */
pid_t __wrap_fork(void)
{
    pid_t child = __real_fork();
    if (child == 0)
        raise(SIGSTOP);
    return child;
}

/* Four bytes: 'n' for -1, 'd' for a descriptor, 'b' for a number that is none; the last call that failed; its errno; how
 * many times F_ADD_SEALS was asked for. */
static void pass(int descriptor)
{
    char bytes[4] = {descriptor < 0 ? 'n' : 'd', (char) failed, (char) why, (char) sealings};
    struct iovec data = {bytes, sizeof bytes};
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {{0}};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof control.room;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    if (sendmsg(0, &message, 0) < 0 && errno == EBADF) { /* no descriptor: the number means nothing */
        bytes[0] = 'b';
        message.msg_control = NULL;
        message.msg_controllen = 0;
        sendmsg(0, &message, 0);
    }
}

int main(int number, char **arguments)
{
    if (number != 5)
        return 1;
    size_t size = strtoull(arguments[1], NULL, 10), got = 0;
    char *content = malloc(size + 1), end;
    while (content && got < size) {
        ssize_t more = read(0, content + got, size - got);
        if (more <= 0)
            return 1;
        got += more;
    }
    if (content == NULL)
        return 1;
    content[size] = 'x'; /* not a zero: content is no text */
    signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_NOFILE, strtoull(arguments[2], NULL, 10));
    limit(RLIMIT_FSIZE, strtoull(arguments[3], NULL, 10));
    lifts = atoi(arguments[4]);
    pass(publish(content, size));
    return read(0, &end, 1) < 0;
}
