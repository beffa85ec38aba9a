/* Shared by the files of the native ring: the Python object that is one process's end of a ring. */
#ifndef SHMLAB_PRIVATE_RING_H
#define SHMLAB_PRIVATE_RING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "ring.h"
#include <math.h>

#define SHOW_BYTES 4096 /* publish a batch in parts of this size: the other side starts early, and the cache
                           line of the count does not move for each message */

/* The verbs in C refuse what no correct program does, and leave the rest to `peers`, a Python object of
 * transports/ring/sides.py: which process has which side, which is alive, and the errors' words. */
typedef struct {
    PyObject_HEAD
    Py_buffer memory; /* its obj is NULL after detach */
    PyObject *peers;
    struct ring_end writer;
    struct ring_end reader;
    uint64_t shown[2]; /* for each side, the count that end_show stored last */
    int writing; /* this process has taken the writer's side */
    int reading;
    int sending; /* a verb of this side is running and may wait without the GIL: other threads are refused */
    int receiving;
    int alone;         /* at the last look, both sides had to share one processor */
    Py_ssize_t reserved; /* bytes that `reserve` lent, or -1 */
    struct ring_record *peeked;
    PyObject *lent[2]; /* for each side, the view that `reserve` or `peek` returned */
    PyObject *partial;   /* a message in pieces, of which `partial_bytes` have arrived */
    Py_ssize_t partial_bytes;
} End;

enum side { WRITER, READER };

/* Return whether the side can go on: a writer needs `bytes` of room, a reader any message. */
int end_ready(End *end, enum side side, uint64_t bytes);

/* Call end_show, then wait until end_ready. Return 1 when ready, 0 after `deadline`, -1 with an exception set. */
int end_wait(End *end, enum side side, uint64_t bytes, double deadline);

/* Return CLOCK_MONOTONIC in seconds. */
double now_s(void);

/* Store this side's count, and wake the other side if it waits for that. Return 0, or -1 with an exception set. */
int end_show(End *end, enum side side);

/* Set ValueError; return NULL. */
PyObject *refuse(const char *why);

/* Return whether this end may use `side` now; if not, an exception is set. Takes the side on its first use. */
int may_use(End *end, enum side side);

/* Parse (first, timeout=None) into `found`, by position or name; if `first` is NULL, (timeout=None).
 * Return 0 with a TypeError set if the arguments do not fit. */
int parse_verb(PyObject *const *arguments, Py_ssize_t given, PyObject *names, const char *first, PyObject **found);

/* Return the moment at which a wait that begins now must end: HUGE_VAL for never, -1 with an exception set. */
double deadline_of(End *end, PyObject **timeout);

/* Set TimeoutError; return NULL. */
void *time_out(End *end, enum side side, PyObject *timeout);

/* Return a view of `size` bytes of the ring, and remember it, so that take_back can release it. */
PyObject *lend(End *end, enum side side, const char *start, Py_ssize_t size);

/* Release the lent view. If an array made from it is still alive, the view stays usable: that is the caller's risk. */
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
