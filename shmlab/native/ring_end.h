/* What the files of the native ring share: one process's end of a ring, as Python holds it. */
#ifndef SHMLAB_PRIVATE_RING_H
#define SHMLAB_PRIVATE_RING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "ring.h"
#include <math.h>

#define SHOW_BYTES 4096 /* of a batch, shown at a time: the other side starts early, and no line travels for each */

/* Verbs check what no correct program does, and leave the rest to `peers`, a Python object of
 * transports/ring_peers.py: who has which side, who is alive, and what the errors say. */
typedef struct {
    PyObject_HEAD
    Py_buffer memory; /* its obj is NULL once detached */
    PyObject *peers;
    struct ring_end writer;
    struct ring_end reader;
    uint64_t shown[2]; /* by side: the count as end_show last stored it */
    int writing; /* this process has taken the writer's side */
    int reading;
    int sending; /* a verb of this side is under way, and may wait without the GIL: no other thread must come in */
    int receiving;
    int alone;         /* both sides had one processor between them when last looked at */
    Py_ssize_t reserved; /* bytes that `reserve` lent, or -1 */
    struct ring_record *peeked;
    PyObject *lent[2]; /* by side: the view that `reserve` or `peek` gave out */
    PyObject *partial;   /* a message in pieces, of which `partial_bytes` are there */
    Py_ssize_t partial_bytes;
} End;

enum side { WRITER, READER };

/* Whether the side may go on; `bytes` of room for the writer, any message for the reader. */
int end_ready(End *end, enum side side, uint64_t bytes);

/* Show what was done, then wait until end_ready. 1: it is. 0: it was not before `deadline`. -1: an exception is set. */
int end_wait(End *end, enum side side, uint64_t bytes, double deadline);

/* CLOCK_MONOTONIC in seconds. */
double now_s(void);

/* Show the other side what was done, and wake it if that is what it waits for. 0, or -1 with an exception. */
int end_show(End *end, enum side side);

/* Set ValueError; always NULL. */
PyObject *refuse(const char *why);

/* Whether this end may use `side` now, or an exception. Takes the side on its first use. */
int may_use(End *end, enum side side);

/* (first, timeout=None) into `found`, by position or by name; without `first`, (timeout=None). 0: TypeError. */
int parse_verb(PyObject *const *arguments, Py_ssize_t given, PyObject *names, const char *first, PyObject **found);

/* When a wait that begins now must end: HUGE_VAL for never, -1 with an exception. */
double deadline_of(End *end, PyObject **timeout);

/* Set TimeoutError; always NULL. */
void *time_out(End *end, enum side side, PyObject *timeout);

/* A view of `size` bytes of the ring, remembered so that it can be taken back. */
PyObject *lend(End *end, enum side side, const char *start, Py_ssize_t size);

/* Make the lent view unusable; an array made from it keeps it alive, and that is its maker's business. */
int take_back(End *end, enum side side);

#define VERB(name) PyObject *end_##name(End *end, PyObject *const *arguments, Py_ssize_t given, PyObject *names)
VERB(send);
VERB(send_many);
VERB(reserve);
VERB(receive);
VERB(receive_many);
VERB(peek);
PyObject *end_commit(End *end, PyObject *unused);
PyObject *end_release(End *end, PyObject *unused);

int add_ring(PyObject *module);

#endif
