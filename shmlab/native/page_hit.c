/* What a page costs that is in memory already: read from the kernel's page cache, or used in place in a pool.
 *
 * Prints the median and the range of ROUNDS rounds, in turn, in nanoseconds. Each page has its number at its start, and
 * what was seen is added up and checked.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 8192, FRAMES = 16, TIMES = 50000, ROUNDS = 6 }; /* the first round warms up */

struct frame { int64_t page, pins, used, dirty; };
struct pool {
    pthread_mutex_t latch;
    struct frame frames[FRAMES];
    _Alignas(64) unsigned char data[FRAMES][PAGE];
};

static int fetch(struct pool *pool, int64_t page)
{
    int number = 0;
    pthread_mutex_lock(&pool->latch);
    while (number < FRAMES && pool->frames[number].page != page)
        number++;
    if (number == FRAMES)
        exit(2); /* all pages are there */
    pool->frames[number].pins++;
    if (pool->frames[number].used < 5)
        pool->frames[number].used++;
    pthread_mutex_unlock(&pool->latch);
    return number;
}

static void unpin(struct pool *pool, int number)
{
    pthread_mutex_lock(&pool->latch);
    pool->frames[number].pins--;
    pthread_mutex_unlock(&pool->latch);
}

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1e9 + at.tv_nsec;
}

static int by_size(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static void tell(const char *what, double *ns)
{
    qsort(ns + 1, ROUNDS - 1, sizeof *ns, by_size);
    printf("%s: %5.0f ns (%.0f to %.0f)\n", what, ns[ROUNDS / 2], ns[1], ns[ROUNDS - 1]);
}

int main(void)
{
    static unsigned char copy[PAGE];
    double file_ns[ROUNDS], pool_ns[ROUNDS];
    FILE *file = tmpfile();
    struct pool *pool = mmap(NULL, sizeof *pool, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t shared;
    if (file == NULL || pool == MAP_FAILED || pthread_mutexattr_init(&shared) ||
        pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED) || pthread_mutex_init(&pool->latch, &shared))
        return 1;
    for (int64_t page = 0; page < FRAMES; page++) {
        *(volatile int64_t *)pool->data[page] = page;
        pool->frames[page].page = page;
        if (pwrite(fileno(file), pool->data[page], PAGE, page * PAGE) != PAGE)
            return 1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        int64_t from_file = 0, from_pool = 0;
        double began = now();
        for (int time = 0; time < TIMES; time++) {
            if (pread(fileno(file), copy, PAGE, (off_t)(time * 7 % FRAMES) * PAGE) != PAGE)
                return 1;
            from_file += *(volatile int64_t *)copy;
        }
        file_ns[round] = (now() - began) / TIMES;
        began = now();
        for (int time = 0; time < TIMES; time++) {
            int number = fetch(pool, time * 7 % FRAMES);
            from_pool += *(volatile int64_t *)pool->data[number];
            unpin(pool, number);
        }
        pool_ns[round] = (now() - began) / TIMES;
        if (from_file != from_pool)
            return 2;
    }
    tell("pread of a page      ", file_ns);
    tell("fetch, read and unpin", pool_ns);
    return 0;
}
