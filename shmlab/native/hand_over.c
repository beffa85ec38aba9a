/* Call a learner's `publish`, and pass the descriptor that it returns through a Unix socket.
 *
 * hand_over SIZE MOST_DESCRIPTORS MOST_BYTES, with the socket as standard input: first it reads SIZE bytes of content
 * there, then it sends a byte with the descriptor, or without one where publish returned -1, and waits until the other
 * end of the socket is closed. MOST_DESCRIPTORS, MOST_BYTES: limits while publish runs, 0 for none.
 * Source: unix(7), SCM_RIGHTS; getrlimit(2).
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

static void limit(int kind, rlim_t most)
{
    struct rlimit now;
    if (most == 0)
        return;
    if (getrlimit(kind, &now))
        _exit(101);
    now.rlim_cur = most;
    if (setrlimit(kind, &now))
        _exit(101);
}

static void pass(int descriptor)
{
    char byte = descriptor < 0 ? 'n' : 'd';
    struct iovec data = {&byte, 1};
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
    if (sendmsg(0, &message, 0) != 1 && errno == EBADF) { /* no descriptor: the number means nothing */
        byte = 'b';
        message.msg_control = NULL;
        message.msg_controllen = 0;
        sendmsg(0, &message, 0);
    }
}

int main(int count, char **arguments)
{
    if (count != 4)
        return 101;
    size_t size = strtoull(arguments[1], NULL, 10), got = 0;
    char *content = malloc(size + 1), end;
    while (content && got < size) {
        ssize_t more = read(0, content + got, size - got);
        if (more <= 0)
            return 101;
        got += more;
    }
    if (content == NULL)
        return 101;
    content[size] = 'x'; /* not a zero: content is no text */
    signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_NOFILE, strtoull(arguments[2], NULL, 10));
    limit(RLIMIT_FSIZE, strtoull(arguments[3], NULL, 10));
    pass(publish(content, size));
    return read(0, &end, 1) < 0;
}
