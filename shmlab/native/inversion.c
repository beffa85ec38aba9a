/* Three processes of different priority on one processor, and a mutex that the lowest and the highest need.

   arguments: "none" or "inherit", the mutex's protocol. Prints a line for each event: microseconds, process, event; or
   one line "refused: why". Sources: sched(7), pthread_mutexattr_setprotocol(3). */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOW = 1, MEDIUM, HIGH, EVENTS = 32 };
enum { INSIDE_MS = 20, MEDIUM_MS = 120 };

struct event {
    long microseconds;
    int who;
    char what[24];
};

static struct shared {
    pthread_mutex_t mutex;
    sem_t ready, wake_high, wake_medium;
    atomic_int events;
    struct event log[EVENTS];
} *shared;

static long now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000L + time.tv_nsec / 1000;
}

static void note(int who, const char *what)
{
    struct event *event = &shared->log[atomic_fetch_add(&shared->events, 1) % EVENTS];
    event->microseconds = now(CLOCK_MONOTONIC);
    event->who = who;
    strncpy(event->what, what, sizeof event->what - 1);
}

static void compute(int milliseconds) /* of processor time: while others run, this stands still */
{
    long end = now(CLOCK_PROCESS_CPUTIME_ID) + milliseconds * 1000L;
    while (now(CLOCK_PROCESS_CPUTIME_ID) < end) {
    }
}

static void low(void)
{
    sem_wait(&shared->ready);
    sem_wait(&shared->ready);
    pthread_mutex_lock(&shared->mutex);
    note(LOW, "has the mutex");
    compute(INSIDE_MS / 4);
    sem_post(&shared->wake_high); /* from here on the two others can run */
    compute(INSIDE_MS - INSIDE_MS / 4);
    note(LOW, "releases it");
    pthread_mutex_unlock(&shared->mutex);
}

static void medium(void)
{
    sem_post(&shared->ready);
    sem_wait(&shared->wake_medium);
    note(MEDIUM, "computes");
    compute(MEDIUM_MS);
    note(MEDIUM, "is done");
}

static void high(void)
{
    sem_post(&shared->ready);
    sem_wait(&shared->wake_high);
    sem_post(&shared->wake_medium);
    note(HIGH, "wants the mutex");
    pthread_mutex_lock(&shared->mutex);
    note(HIGH, "has the mutex");
    pthread_mutex_unlock(&shared->mutex);
}

static pid_t begin(int priority, void (*work)(void))
{
    pid_t child = fork();
    if (child == 0) {
        struct sched_param param = {.sched_priority = priority};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(20); /* so that none is left waiting if another one fails */
        if (sched_setscheduler(0, SCHED_FIFO, &param) != 0)
            _exit(1);
        work();
        _exit(0);
    }
    return child;
}

static void refuse(const char *what, int code)
{
    printf("refused: %s: %s\n", what, strerror(code));
    exit(0);
}

static void set_up(int protocol)
{
    pthread_mutexattr_t attributes;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        refuse("mmap", errno);
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    int code = pthread_mutexattr_setprotocol(&attributes, protocol);
    if (code == 0)
        code = pthread_mutex_init(&shared->mutex, &attributes);
    if (code != 0)
        refuse("priority inheritance", code);
    sem_init(&shared->ready, 1, 0);
    sem_init(&shared->wake_high, 1, 0);
    sem_init(&shared->wake_medium, 1, 0);
}

static void use_one_processor(void)
{
    cpu_set_t allowed, one;
    sched_getaffinity(0, sizeof allowed, &allowed);
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--)
        if (CPU_ISSET(cpu, &allowed)) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
}

int main(int count, char **words)
{
    struct sched_param least = {.sched_priority = LOW};
    if (sched_setscheduler(0, SCHED_FIFO, &least) != 0)
        refuse("SCHED_FIFO", errno);
    least.sched_priority = 0;
    sched_setscheduler(0, SCHED_OTHER, &least);
    set_up(count > 1 && strcmp(words[1], "inherit") == 0 ? PTHREAD_PRIO_INHERIT : PTHREAD_PRIO_NONE);
    use_one_processor();
    begin(HIGH, high);
    begin(MEDIUM, medium);
    begin(LOW, low);
    int status, failed = 0;
    while (wait(&status) > 0)
        failed |= status;
    if (failed)
        refuse("SCHED_FIFO", EPERM);
    static const char *names[] = {"", "low", "medium", "high"};
    for (int i = 0; i < atomic_load(&shared->events); i++)
        printf("%ld %s %s\n", shared->log[i].microseconds - shared->log[0].microseconds, names[shared->log[i].who],
               shared->log[i].what);
    return 0;
}
