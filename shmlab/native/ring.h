/* The ring of shmlab.transports in shared memory: its layout, and how to write and read it. C11.
 *
 * A ring has one writer and one reader. A message is one record, or several when it is long. Records
 * lie one behind another. No record crosses the end of the ring: the writer skips the bytes that remain
 * there. `head` counts all bytes ever written, `tail` all bytes ever read. Only one side stores each of
 * them, so no lock is needed (Lamport 1983). Each side remembers the last value of the other's count
 * that it loaded, and loads it again only when it needs more: so the cache lines with the counts seldom
 * move between the processors.
 *
 * A C program includes this file, maps the segment (shm_open(3), mmap(2)) and begins with
 * ring_write_to or ring_read_from. The comment at struct ring_side explains how a side waits.
 * transports/ring/layout.py has the same layout as ctypes Structures, and a test compares the two.
 */
#ifndef SHMLAB_RING_H
#define SHMLAB_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RING_MAGIC "shmring\n"
#define RING_VERSION 1
#define RING_BYTE_ORDER 0x01020304
#define RING_LINE_BYTES 64 /* each record begins on a new cache line, so that two records never share one */
#define RING_PIECES 4      /* a message longer than 1 / RING_PIECES of the ring is split into pieces */

enum ring_waiting { RING_POSIX = 1, RING_SYSV = 2, RING_SPIN = 3, RING_FUTEX = 4 };
enum ring_kind { RING_WHOLE = 1, RING_FIRST = 2, RING_NEXT = 3, RING_SKIP = 4 };

/* One side of the ring, in a cache line of its own, which is seldom stored to.
 *
 * A side that has to wait stores `wanted`, the count of the other side at which it wants to be woken,
 * then stores `waiting` = 1, looks again, and sleeps. The other side stores its count, then loads
 * `waiting`; if that is 1 and the count has reached `wanted`, it stores 0 and wakes the sleeper. Between
 * each store and the load after it there is a full fence: without it each side could miss the other's
 * store. Two sides that spin need none of this. */
struct ring_side {
    _Atomic uint32_t waiting; /* the word of futex(2) */
    _Atomic uint32_t closed;
    _Atomic uint64_t wanted;
    uint32_t pid;              /* 0: no process has taken this side yet */
    _Atomic uint32_t only_cpu; /* 1 + the one processor it may run on; 0: it has several */
    uint64_t start_ticks;      /* when that process started, field 22 of /proc/PID/stat */
    uint64_t pid_namespace;    /* the inode of /proc/self/ns/pid */
    char unused[24];
};

struct ring_header {
    char magic[8]; /* the creator stores it last */
    uint32_t version;
    uint32_t byte_order;
    uint32_t word_bytes; /* sizeof(void *) of the creator */
    uint32_t waiting;    /* enum ring_waiting: both sides must follow it */
    uint64_t capacity_bytes;
    uint64_t data_offset;
    char unused_1[24];
    char writer_semaphore[32]; /* the semaphore that the writer sleeps on: a name, or a key in digits */
    char reader_semaphore[32];
    _Atomic uint64_t head;
    char unused_2[56];
    _Atomic uint64_t tail;
    char unused_3[56];
    struct ring_side writer;
    struct ring_side reader;
};

struct ring_record {
    uint64_t left_bytes; /* bytes of this message that follow in NEXT records */
    uint32_t size_bytes; /* of the payload, which begins behind these 16 bytes */
    uint32_t kind;       /* enum ring_kind. If another kind stands where a NEXT is due, the message was given up */
};

_Static_assert(sizeof(struct ring_side) == 64 && sizeof(struct ring_header) == 384, "the layout is fixed");
_Static_assert(sizeof(struct ring_record) == 16, "the layout is fixed");

/* The private data of one side. `mine`: the count that this side stores; `theirs`: the other's, as last loaded. */
struct ring_end {
    struct ring_header *header;
    char *data;
    uint64_t capacity;
    uint64_t mine;
    uint64_t theirs;
    uint64_t place; /* mine % capacity */
};

static inline uint64_t ring_record_bytes(uint64_t size)
{
    return (sizeof(struct ring_record) + size + RING_LINE_BYTES - 1) / RING_LINE_BYTES * RING_LINE_BYTES;
}

static inline void ring_begin(struct ring_end *end, void *memory, uint64_t mine, uint64_t theirs)
{
    end->header = memory;
    end->capacity = end->header->capacity_bytes;
    end->data = (char *)memory + end->header->data_offset;
    end->mine = mine;
    end->theirs = theirs;
    end->place = mine % end->capacity;
}

static inline void ring_write_to(struct ring_end *end, void *memory)
{
    struct ring_header *header = memory;
    ring_begin(end, memory, atomic_load(&header->head), atomic_load(&header->tail));
}

static inline void ring_read_from(struct ring_end *end, void *memory)
{
    struct ring_header *header = memory;
    ring_begin(end, memory, atomic_load(&header->tail), atomic_load(&header->head));
}

static inline void ring_advance(struct ring_end *end, uint64_t bytes)
{
    end->mine += bytes;
    end->place += bytes;
    if (end->place == end->capacity)
        end->place = 0;
}

/* Return how many bytes must be free before a payload of `size` bytes can go on: those of the record and, if
 * it does not fit before the end, of the skip; if both together exceed the ring, those of the skip alone. */
static inline uint64_t ring_needed(const struct ring_end *end, uint64_t size)
{
    uint64_t record = ring_record_bytes(size), before_end = end->capacity - end->place;
    if (record <= before_end)
        return record;
    return before_end + record <= end->capacity ? before_end + record : before_end;
}

static inline int ring_has_room(struct ring_end *end, uint64_t bytes)
{
    if (end->capacity - (end->mine - end->theirs) >= bytes)
        return 1;
    end->theirs = atomic_load_explicit(&end->header->tail, memory_order_acquire);
    return end->capacity - (end->mine - end->theirs) >= bytes;
}

/* Show the reader everything written so far. */
static inline void ring_publish(struct ring_end *end)
{
    atomic_store_explicit(&end->header->head, end->mine, memory_order_release);
}

static inline void ring_skip(struct ring_end *end)
{
    struct ring_record *record = (struct ring_record *)(end->data + end->place);
    uint64_t bytes = end->capacity - end->place;
    record->left_bytes = 0;
    record->size_bytes = (uint32_t)(bytes - sizeof *record);
    record->kind = RING_SKIP;
    ring_advance(end, bytes);
}

/* Return the place for a payload of `size` bytes in one piece; NULL if there is no room for it now. */
static inline char *ring_reserve(struct ring_end *end, uint64_t size)
{
    uint64_t record = ring_record_bytes(size);
    if (!ring_has_room(end, ring_needed(end, size)))
        return NULL;
    if (record > end->capacity - end->place) {
        ring_skip(end);
        if (!ring_has_room(end, record)) {
            ring_publish(end); /* the reader must pass the skip before there can be room */
            return NULL;
        }
    }
    return end->data + end->place + sizeof(struct ring_record);
}

/* Complete the record whose payload is at ring_reserve's place; ring_publish shows it to the reader. */
static inline void ring_commit(struct ring_end *end, uint64_t size, uint64_t left, enum ring_kind kind)
{
    struct ring_record *record = (struct ring_record *)(end->data + end->place);
    record->left_bytes = left;
    record->size_bytes = (uint32_t)size;
    record->kind = kind;
    ring_advance(end, ring_record_bytes(size));
}

/* Give the writer the room of everything read so far. */
static inline void ring_give_back(struct ring_end *end)
{
    atomic_store_explicit(&end->header->tail, end->mine, memory_order_release);
}

/* Return the oldest record, or NULL if there is none. Its payload begins behind it. */
static inline struct ring_record *ring_peek(struct ring_end *end)
{
    for (;;) {
        if (end->mine == end->theirs) {
            end->theirs = atomic_load_explicit(&end->header->head, memory_order_acquire);
            if (end->mine == end->theirs)
                return NULL;
        }
        struct ring_record *record = (struct ring_record *)(end->data + end->place);
        if (record->kind != RING_SKIP)
            return record;
        ring_advance(end, end->capacity - end->place);
        ring_give_back(end);
    }
}

/* Finish with that record; ring_give_back tells the writer. */
static inline void ring_release(struct ring_end *end, const struct ring_record *record)
{
    ring_advance(end, ring_record_bytes(record->size_bytes));
}

#endif
