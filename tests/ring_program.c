/* A C program at the other end of two rings: `ring_program SEGMENT` tells what it finds there; with a second
 * SEGMENT it sends every message of the first back through it, in capital letters, until the first is closed. */
#include "ring.h"
#include <ctype.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

static void *map(const char *name)
{
    struct stat status;
    int descriptor = shm_open(name, O_RDWR, 0);
    if (descriptor < 0 || fstat(descriptor, &status) < 0)
        exit(2);
    void *memory = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED || memcmp(memory, RING_MAGIC, 8) != 0)
        exit(3);
    return memory;
}

#define TELL(type, field) printf(#type "." #field " %zu %zu\n", offsetof(struct type, field), sizeof(((struct type *)0)->field))

static void tell_layout(void)
{
    TELL(ring_header, magic); TELL(ring_header, version); TELL(ring_header, byte_order);
    TELL(ring_header, word_bytes); TELL(ring_header, waiting); TELL(ring_header, capacity_bytes);
    TELL(ring_header, data_offset); TELL(ring_header, writer_semaphore); TELL(ring_header, reader_semaphore);
    TELL(ring_header, head); TELL(ring_header, tail); TELL(ring_header, writer); TELL(ring_header, reader);
    TELL(ring_side, waiting); TELL(ring_side, closed); TELL(ring_side, wanted); TELL(ring_side, pid);
    TELL(ring_side, only_cpu); TELL(ring_side, start_ticks); TELL(ring_side, pid_namespace);
    TELL(ring_record, left_bytes); TELL(ring_record, size_bytes); TELL(ring_record, kind);
}

static void send_back(struct ring_end *from, struct ring_end *to)
{
    struct ring_record *record = ring_peek(from);
    char *place;
    if (record->kind != RING_WHOLE)
        exit(4);
    while ((place = ring_reserve(to, record->size_bytes)) == NULL)
        sched_yield();
    for (uint32_t i = 0; i < record->size_bytes; i++)
        place[i] = (char)toupper(((unsigned char *)(record + 1))[i]);
    ring_commit(to, record->size_bytes, 0, RING_WHOLE);
    ring_publish(to);
    ring_release(from, record);
    ring_give_back(from);
}

int main(int count, char **words)
{
    struct ring_end from, to;
    tell_layout();
    ring_read_from(&from, map(words[1]));
    printf("capacity %llu version %u\n", (unsigned long long)from.capacity, from.header->version);
    if (count < 3)
        return 0;
    ring_write_to(&to, map(words[2]));
    for (;;) {
        int closed = (int)atomic_load(&from.header->writer.closed); /* first: what it sent before is there, then */
        if (ring_peek(&from) != NULL)
            send_back(&from, &to);
        else if (closed)
            break;
        else
            sched_yield();
    }
    atomic_store(&to.header->writer.closed, 1);
    return 0;
}
