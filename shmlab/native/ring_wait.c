/* How one side of a ring waits for the other, and wakes it: by spinning, by futex(2), or by a semaphore. */
#define _GNU_SOURCE
#include "ring_end.h"
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SLICE_S 0.1       /* longest sleep between two checks for signals and for the other side's death */
#define SPIN_SLICE_S 0.002 /* the same for a spinning side, which a signal does not wake */
#define BRIEFLY 1000      /* rounds of spinning before a sleep: about the cost of a sleep and a wake-up */
#define ROUNDS_A_LOOK 500 /* rounds of spinning between two looks at the clock */
#define AT_ONCE 50        /* the first rounds have no pause, as an answer often comes within them */
#define BREATHS 6         /* pauses before the first round: in a stream, the other side gets ahead by some messages,
                             and their cache lines move together; 0.25 µs together, less than an answer takes */

double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static struct ring_side *side_of(End *end, enum side side)
{
    struct ring_header *header = end->memory.buf;
    return side == WRITER ? &header->writer : &header->reader;
}

static uint64_t *end_count(End *end, enum side side)
{
    return side == WRITER ? &end->writer.mine : &end->reader.mine;
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

int end_ready(End *end, enum side side, uint64_t bytes)
{
    return side == WRITER ? ring_has_room(&end->writer, bytes) : ring_peek(&end->reader) != NULL;
}

/* Return whether both sides share one processor: then a spinning side only keeps the other from running. */
static int on_one_cpu(End *end, enum side side)
{
    cpu_set_t allowed;
    uint32_t mine = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) == 1)
        for (uint32_t cpu = 0; cpu < CPU_SETSIZE && mine == 0; cpu++)
            if (CPU_ISSET(cpu, &allowed))
                mine = cpu + 1;
    atomic_store_explicit(&side_of(end, side)->only_cpu, mine, memory_order_relaxed);
    return mine != 0 && mine == atomic_load_explicit(&side_of(end, !side)->only_cpu, memory_order_relaxed);
}

/* Return how many free bytes a sleeping writer is woken for: at least half of the ring, not each message's room. */
static uint64_t worth_waking(End *end, enum side side, uint64_t bytes)
{
    uint64_t half = end->writer.capacity / 2;
    return side == WRITER && bytes < half ? half : bytes;
}

static int spin(End *end, enum side side, uint64_t bytes, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        if (end_ready(end, side, bytes))
            return 1;
        if (i >= AT_ONCE)
            relax();
    }
    return 0;
}

static void spin_on(End *end, enum side side, uint64_t bytes, double until)
{
    int alone = on_one_cpu(end, side);
    while (!spin(end, side, worth_waking(end, side, bytes), alone ? 1 : ROUNDS_A_LOOK)) {
        if (atomic_load_explicit(&side_of(end, !side)->closed, memory_order_relaxed) || now_s() > until)
            return;
        sched_yield();
    }
}

/* Sleep until the other side wakes this one, and at most until `until`. Return 0, or -1 with an exception set.
 * Call it with the GIL. */
static int sleep_on(End *end, enum side side, uint64_t bytes, double until)
{
    struct ring_header *header = end->memory.buf;
    struct ring_side *mine = side_of(end, side);
    struct ring_end *local = side == WRITER ? &end->writer : &end->reader;
    uint64_t used_then = end->writer.capacity - worth_waking(end, side, bytes);
    int failed = 0;

    atomic_store_explicit(&mine->wanted, side == WRITER ? local->mine - used_then : local->mine + 1, memory_order_relaxed);
    atomic_store(&mine->waiting, 1);
    atomic_thread_fence(memory_order_seq_cst);
    if (end_ready(end, side, worth_waking(end, side, bytes)) || atomic_load(&side_of(end, !side)->closed)) {
        atomic_store(&mine->waiting, 0);
        return 0;
    }
    double left = until - now_s();
    if (left > 0 && header->waiting == RING_FUTEX) {
        struct timespec limit = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
        Py_BEGIN_ALLOW_THREADS
        syscall(SYS_futex, &mine->waiting, FUTEX_WAIT, 1, &limit, NULL, 0);
        Py_END_ALLOW_THREADS
    } else if (left > 0) {
        PyObject *slept = PyObject_CallMethod(end->peers, "sleep", "id", (int)side, left);
        failed = slept == NULL;
        Py_XDECREF(slept);
    }
    atomic_store(&mine->waiting, 0);
    return failed ? -1 : 0;
}

int end_show(End *end, enum side side)
{
    struct ring_header *header = end->memory.buf;
    struct ring_side *other = side_of(end, !side);
    uint64_t count = *end_count(end, side);
    _Atomic uint64_t *shown = side == WRITER ? &header->head : &header->tail;

    end->shown[side] = count;
    if (header->waiting == RING_SPIN) {
        atomic_store_explicit(shown, count, memory_order_release);
        return 0;
    }
    atomic_store(shown, count); /* sequentially consistent, as the load below: the fence that struct ring_side needs */
    if (!atomic_load(&other->waiting) || (int64_t)(count - atomic_load(&other->wanted)) < 0)
        return 0;
    atomic_store(&other->waiting, 0);
    if (header->waiting == RING_FUTEX) {
        syscall(SYS_futex, &other->waiting, FUTEX_WAKE, 1, NULL, NULL, 0);
        return 0;
    }
    PyObject *woken = PyObject_CallMethod(end->peers, "wake", "i", (int)!side);
    Py_XDECREF(woken);
    return woken == NULL ? -1 : 0;
}

/* Ask `peers` about the other side. Return 0, or -1 with an exception set if it has closed or is dead. Only a waiting
 * side needs this. */
static int look_at_peer(End *end, enum side side, uint64_t bytes)
{
    PyObject *error = PyObject_CallMethod(end->peers, "trouble", "i", (int)side);
    if (error == NULL)
        return -1;
    /* Messages committed before the other side's end can still be received. */
    if (error != Py_None && !end_ready(end, side, bytes))
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_DECREF(error);
    return PyErr_Occurred() ? -1 : 0;
}

static int wait_in_slices(End *end, enum side side, uint64_t bytes, double deadline)
{
    struct ring_side *other = side_of(end, !side);
    int spins = ((struct ring_header *)end->memory.buf)->waiting == RING_SPIN;
    double looked = now_s();
    if (atomic_load(&other->closed) && look_at_peer(end, side, bytes) < 0)
        return -1;
    while (!end_ready(end, side, bytes)) {
        double now = now_s();
        if (now - looked >= SLICE_S || atomic_load(&other->closed)) {
            if (look_at_peer(end, side, bytes) < 0)
                return -1;
            looked = now;
        }
        if (now >= deadline)
            return end_ready(end, side, bytes);
        double until = now + (spins ? SPIN_SLICE_S : SLICE_S);
        if (until > deadline)
            until = deadline;
        if (spins) {
            Py_BEGIN_ALLOW_THREADS
            spin_on(end, side, bytes, until);
            Py_END_ALLOW_THREADS
        } else if (sleep_on(end, side, bytes, until) < 0)
            return -1;
        if (PyErr_CheckSignals() < 0)
            return -1;
    }
    return 1;
}

int end_wait(End *end, enum side side, uint64_t bytes, double deadline)
{
    uint32_t strategy = ((struct ring_header *)end->memory.buf)->waiting;
    if (*end_count(end, side) != end->shown[side] && end_show(end, side) < 0) /* the other side may wait for it */
        return -1;
    if (end_ready(end, side, bytes))
        return 1;
    for (int i = 0; i < BREATHS && strategy >= RING_SPIN && !end->alone; i++)
        relax();
    if (strategy >= RING_SPIN && !end->alone && spin(end, side, worth_waking(end, side, bytes), BRIEFLY))
        return 1;
    end->alone = on_one_cpu(end, side);
    return wait_in_slices(end, side, bytes, deadline);
}
