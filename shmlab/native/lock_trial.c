/* How often processes get into a critical section, by the kind of lock that they wait for.
 *
 * lock_trial LOCK PROCESSES ONE_CPU INSIDE MILLISECONDS
 *   LOCK: test-and-set, test-and-test-and-set, backoff, yield, ticket, mcs, mutex
 *   ONE_CPU: 1 puts all processes on one processor
 *   INSIDE: rounds of work in the critical section
 * lock_trial apart BYTES MILLISECONDS: two processes, each with a counter of its own, so far apart
 *
 * Prints a number for each process, how often it came in; on a second line the shared counter, which must be their sum;
 * on a third the processor time of all, in microseconds. Sources: Herlihy and Shavit, The Art of Multiprocessor Programming, chapter 7; Mellor-Crummey and Scott,
 * Algorithms for scalable synchronization, ACM TOCS 9 (1991).
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 64           /* processes */
#define LINE 128          /* bytes: two cache lines, as processors fetch them in pairs */
#define NOBODY (-1)
#define LONGEST_PAUSE 1024

struct apart {
    _Alignas(LINE) atomic_long count;
};

static struct {
    _Alignas(LINE) atomic_int going; /* 0: not yet, 1: go, 2: stop */
    _Alignas(LINE) atomic_int word;
    _Alignas(LINE) atomic_int next;
    _Alignas(LINE) atomic_int serving;
    _Alignas(LINE) atomic_int tail; /* MCS: the last in the queue */
    struct {
        _Alignas(LINE) atomic_int after; /* who comes next */
        atomic_int waits;
    } places[MOST];
    _Alignas(LINE) pthread_mutex_t mutex;
    _Alignas(LINE) volatile long counter;
    struct apart came[MOST];
    _Alignas(LINE) char two_counters[2 * LINE];
} *all;

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int take(void) { return atomic_exchange(&all->word, 1) == 0; }
static void give(int rank) { (void)rank; atomic_store_explicit(&all->word, 0, memory_order_release); }

static void test_and_set(int rank) {
    (void)rank;
    while (!take())
        relax();
}

static void look_first(int rank) {
    (void)rank;
    do
        while (atomic_load_explicit(&all->word, memory_order_relaxed))
            relax();
    while (!take());
}

static void back_off(int rank) {
    (void)rank;
    for (int pause = 1; !take(); pause = pause < LONGEST_PAUSE ? 2 * pause : pause)
        for (int round = 0; round < pause; round++)
            relax();
}

static void yield_at_once(int rank) {
    (void)rank;
    while (!take())
        sched_yield();
}

static void draw_ticket(int rank) {
    (void)rank;
    int mine = atomic_fetch_add(&all->next, 1);
    while (atomic_load_explicit(&all->serving, memory_order_acquire) != mine)
        relax();
}

static void call_next(int rank) {
    (void)rank;
    atomic_store_explicit(&all->serving, atomic_load_explicit(&all->serving, memory_order_relaxed) + 1,
                          memory_order_release);
}

static void join_queue(int rank) {
    atomic_store(&all->places[rank].after, NOBODY);
    atomic_store(&all->places[rank].waits, 1);
    int before = atomic_exchange(&all->tail, rank);
    if (before == NOBODY)
        return;
    atomic_store(&all->places[before].after, rank);
    while (atomic_load_explicit(&all->places[rank].waits, memory_order_acquire))
        relax();
}

static void leave_queue(int rank) {
    int last = rank;
    if (atomic_load(&all->places[rank].after) == NOBODY && atomic_compare_exchange_strong(&all->tail, &last, NOBODY))
        return;
    while (atomic_load(&all->places[rank].after) == NOBODY)
        relax();
    atomic_store_explicit(&all->places[atomic_load(&all->places[rank].after)].waits, 0, memory_order_release);
}

static void lock_mutex(int rank) { (void)rank; pthread_mutex_lock(&all->mutex); }
static void unlock_mutex(int rank) { (void)rank; pthread_mutex_unlock(&all->mutex); }

static const struct lock {
    const char *name;
    void (*acquire)(int);
    void (*release)(int);
} LOCKS[] = {
    {"test-and-set", test_and_set, give},
    {"test-and-test-and-set", look_first, give},
    {"backoff", back_off, give},
    {"yield", yield_at_once, give},
    {"ticket", draw_ticket, call_next},
    {"mcs", join_queue, leave_queue},
    {"mutex", lock_mutex, unlock_mutex},
};

static _Noreturn void fail(const char *what) {
    perror(what);
    exit(1);
}

static void set_up(void) {
    all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        fail("mmap");
    atomic_store(&all->tail, NOBODY);
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&all->mutex, &kind);
}

static void sit_on(int number) { /* the number-th of the processors that this process may use */
    cpu_set_t may, one;
    if (sched_getaffinity(0, sizeof may, &may))
        fail("sched_getaffinity");
    int wanted = number % CPU_COUNT(&may);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &may) && wanted-- == 0) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
        }
}

static void work(int rounds) {
    for (volatile int round = 0; round < rounds; round++)
        ;
}

static void compete(const struct lock *lock, int rank, int inside) {
    while (!atomic_load(&all->going))
        sched_yield();
    while (atomic_load_explicit(&all->going, memory_order_relaxed) == 1) {
        lock->acquire(rank);
        all->counter = all->counter + 1;
        work(inside);
        lock->release(rank);
        atomic_store_explicit(&all->came[rank].count,
                              atomic_load_explicit(&all->came[rank].count, memory_order_relaxed) + 1,
                              memory_order_relaxed);
    }
}

static void count_alone(int rank, long bytes_apart) {
    atomic_long *mine = (atomic_long *)(all->two_counters + rank * bytes_apart);
    while (!atomic_load(&all->going))
        sched_yield();
    while (atomic_load_explicit(&all->going, memory_order_relaxed) == 1)
        for (int round = 0; round < 100; round++)
            atomic_fetch_add_explicit(mine, 1, memory_order_relaxed);
    all->came[rank].count = *mine;
}

static void run_for(int processes, long milliseconds) {
    struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    atomic_store(&all->going, 1);
    nanosleep(&pause, NULL);
    atomic_store(&all->going, 2);
    for (int rank = 0; rank < processes; rank++) {
        int status;
        if (wait(&status) == -1 || status != 0)
            fail("a process did not finish");
    }
}

int main(int count, char **words) {
    if (count != 4 && count != 6)
        return fprintf(stderr, "lock_trial LOCK PROCESSES ONE_CPU INSIDE MILLISECONDS\n"), 2;
    int apart = !strcmp(words[1], "apart");
    int processes = apart ? 2 : atoi(words[2]);
    const struct lock *lock = LOCKS;
    while (!apart && strcmp(lock->name, words[1]))
        if (++lock == LOCKS + sizeof LOCKS / sizeof *LOCKS)
            return fprintf(stderr, "no lock %s\n", words[1]), 2;
    set_up();
    for (int rank = 0; rank < processes; rank++)
        switch (fork()) {
        case -1:
            fail("fork");
        case 0:
            sit_on(!apart && atoi(words[3]) ? 0 : rank);
            if (apart)
                count_alone(rank, atol(words[2]));
            else
                compete(lock, rank, atoi(words[4]));
            _exit(0);
        }
    run_for(processes, atol(words[count - 1]));
    long sum = 0;
    for (int rank = 0; rank < processes; rank++) {
        printf("%ld ", (long)all->came[rank].count);
        sum += all->came[rank].count;
    }
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    long microseconds = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L + used.ru_utime.tv_usec +
                        used.ru_stime.tv_usec;
    printf("\n%ld\n%ld\n", apart ? sum : all->counter, microseconds);
    return 0;
}
