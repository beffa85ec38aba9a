/* The rounds of a litmus test: a few processes, each on a processor of its own where there are enough, do their few
 * loads and stores at the same moment, again and again, and it is counted how each round ends.
 *
 * Before this text stands `#define PROCESSES n`; after it struct cell, bodies, registers_and_places() and main().
 * Each round has a cell of its own, so that no round waits for the one before. A batch of rounds begins with a meeting;
 * each round of it begins when the clock says so, a little earlier or later by chance: that is how a round comes to
 * be one moment for all. Where there are fewer processors than processes they take turns, and no clock helps.
 * Source of the method: Alglave, Maranget, Sarkar, Sewell, Litmus: Running Tests Against Hardware (TACAS 2011).
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A number in shared memory, alone in its cache line. volatile: the compiler leaves every access, and their order, as
 * they stand; what comes in another order is the processor's doing. */
typedef struct {
    _Alignas(64) volatile _Atomic int number;
} place;

static inline void store(place *at, int number)
{
    atomic_store_explicit(&at->number, number, memory_order_relaxed);
}

static inline int load(place *at)
{
    return atomic_load_explicit(&at->number, memory_order_relaxed);
}

static inline void store_release(place *at, int number)
{
    atomic_store_explicit(&at->number, number, memory_order_release);
}

static inline int load_acquire(place *at)
{
    return atomic_load_explicit(&at->number, memory_order_acquire);
}

static inline void fence(void)
{
    atomic_thread_fence(memory_order_seq_cst);
}

enum { CELLS = 100, FROM_ROUND_TO_ROUND_NS = 300, BY_CHANCE_NS = 100, AHEAD_NS = 500, LOOKS = 20000 };

struct cell;
static struct cell *cell_of(int round);
static void count_and_clear(struct cell *);
static void (*const bodies[PROCESSES])(struct cell *);

static struct {
    _Alignas(128) _Atomic long arrived;
    _Alignas(128) _Atomic long begins_ns;
    _Alignas(128) _Atomic int over;
} *meeting;
static int crowded;

static long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

/* Wait until all have come; `turn`: how many have come by then, in all. */
static void meet(long *turn)
{
    *turn += PROCESSES;
    if (atomic_fetch_add(&meeting->arrived, 1) + 1 == *turn)
        return;
    for (int looks = 0; atomic_load(&meeting->arrived) < *turn; looks++)
        if (crowded || looks > LOOKS) {
            sched_yield();
            looks = 0;
        }
}

/* What one process does. Process 0 also counts, and says when it is over. */
static void work(int rank, long rounds, long ends_ns)
{
    long turn = 0, done = 0;
    uint32_t chance = 12345 + 7919 * (uint32_t)rank;
    for (;;) {
        if (rank == 0)
            atomic_store(&meeting->over, done >= rounds || now_ns() > ends_ns);
        meet(&turn);
        if (atomic_load(&meeting->over))
            return;
        if (rank == 0)
            atomic_store(&meeting->begins_ns, now_ns() + AHEAD_NS);
        meet(&turn);
        for (int round = 0; round < CELLS; round++) {
            chance = chance * 1664525 + 1013904223;
            long begins_ns = meeting->begins_ns + round * FROM_ROUND_TO_ROUND_NS + BY_CHANCE_NS * (chance >> 16) / 65536;
            while (!crowded && now_ns() < begins_ns)
                ;
            bodies[rank](cell_of(round));
        }
        meet(&turn);
        for (int round = 0; rank == 0 && round < CELLS; round++)
            count_and_clear(cell_of(round));
        done += CELLS;
    }
}

static void *shared_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return memory;
}

/* Put this process on the processor that is its own, as far as they go round; returns how many there are. */
static int settle(int rank)
{
    cpu_set_t allowed, mine;
    sched_getaffinity(0, sizeof allowed, &allowed);
    int count = CPU_COUNT(&allowed), wanted = rank % count;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && wanted-- == 0) {
            CPU_ZERO(&mine);
            CPU_SET(cpu, &mine);
            sched_setaffinity(0, sizeof mine, &mine);
        }
    return count;
}

/* All rounds, or as many as there is time for. */
static void play(long rounds, double seconds)
{
    meeting = shared_memory(sizeof *meeting);
    cpu_set_t allowed;
    sched_getaffinity(0, sizeof allowed, &allowed);
    crowded = CPU_COUNT(&allowed) < PROCESSES;
    long ends_ns = now_ns() + (long)(seconds * 1e9);
    for (int rank = PROCESSES - 1; rank >= 0; rank--) {
        pid_t child = rank ? fork() : 0;
        if (child == -1) {
            perror("fork");
            kill(0, SIGKILL);
        }
        if (child == 0) {
            if (rank)
                prctl(PR_SET_PDEATHSIG, SIGKILL);
            settle(rank);
            work(rank, rounds, ends_ns);
            if (rank)
                _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
}
