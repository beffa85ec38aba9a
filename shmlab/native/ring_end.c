/* The Python object for one process's end of a ring. The ring itself is in ring.h; the verbs and the waiting are
 * in ring_send.c, ring_receive.c and ring_wait.c.
 *
 * The GIL is released only in a long wait: releasing it for each message would cost more than the message. So no
 * other thread runs between two steps, except while `sending` or `receiving` is set.
 */
#include "ring_end.h"
#include <structmember.h>

PyObject *refuse(const char *why)
{
    PyErr_SetString(PyExc_ValueError, why);
    return NULL;
}

int may_use(End *end, enum side side)
{
    struct ring_header *header = end->memory.buf;
    if (header == NULL)
        return refuse("the ring is destroyed, or was let go of, in this process") != NULL;
    if (!(side == WRITER ? end->writing : end->reading)) {
        PyObject *taken = PyObject_CallMethod(end->peers, "claim", "i", (int)side);
        if (taken == NULL)
            return 0;
        Py_DECREF(taken);
        if (side == WRITER)
            ring_write_to(&end->writer, header);
        else
            ring_read_from(&end->reader, header);
        *(side == WRITER ? &end->writing : &end->reading) = 1;
    }
    if (side == WRITER ? end->sending : end->receiving)
        return refuse("another thread waits on this side of the ring: one writer and one reader, no more") != NULL;
    if (side == WRITER && end->reserved >= 0)
        return refuse("a place is reserved: commit() it first") != NULL;
    if (side == READER && end->lent[READER] != NULL)
        return refuse("a message is peeked at: release() it first") != NULL;
    if (side == WRITER && atomic_load_explicit(&header->reader.closed, memory_order_acquire)) {
        PyObject *error = PyObject_CallMethod(end->peers, "trouble", "i", WRITER);
        if (error != NULL)
            PyErr_SetObject((PyObject *)Py_TYPE(error), error);
        Py_XDECREF(error);
        return 0;
    }
    return 1;
}

int parse_verb(PyObject *const *arguments, Py_ssize_t given, PyObject *names, const char *first, PyObject **found)
{
    Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);
    Py_ssize_t skipped = first == NULL ? 1 : 0;
    for (Py_ssize_t i = 0; i < given + named; i++) {
        Py_ssize_t place = i + skipped;
        if (i >= given) {
            PyObject *name = PyTuple_GET_ITEM(names, i - given);
            int is_first = first != NULL && PyUnicode_CompareWithASCIIString(name, first) == 0;
            place = is_first ? 0 : PyUnicode_CompareWithASCIIString(name, "timeout") == 0 ? 1 : 2;
        }
        if (place > 1 || found[place] != NULL) {
            PyErr_Format(PyExc_TypeError, "expected (%s%stimeout=None)", first ? first : "", first ? ", " : "");
            return 0;
        }
        found[place] = arguments[i];
    }
    return 1;
}

double deadline_of(End *end, PyObject **timeout)
{
    if (*timeout == NULL || *timeout == Py_None)
        return HUGE_VAL;
    PyObject *checked = PyObject_CallMethod(end->peers, "checked_timeout", "O", *timeout);
    double seconds = checked == NULL ? -1 : PyFloat_AsDouble(checked);
    Py_XDECREF(checked);
    return PyErr_Occurred() ? -1 : now_s() + seconds;
}

void *time_out(End *end, enum side side, PyObject *timeout)
{
    Py_XDECREF(PyObject_CallMethod(end->peers, "timed_out", "iO", (int)side, timeout));
    return NULL;
}

PyObject *lend(End *end, enum side side, const char *start, Py_ssize_t size)
{
    Py_ssize_t offset = start - (char *)end->memory.buf;
    PyObject *whole = PyMemoryView_FromObject(end->memory.obj), *part = NULL;
    if (whole != NULL)
        part = PySequence_GetSlice(whole, offset, offset + size);
    Py_XDECREF(whole);
    if (part != NULL && side == READER)
        Py_SETREF(part, PyObject_CallMethod(part, "toreadonly", NULL));
    Py_XSETREF(end->lent[side], Py_XNewRef(part));
    return part;
}

int take_back(End *end, enum side side)
{
    PyObject *view = end->lent[side];
    end->lent[side] = NULL;
    PyObject *done = view == NULL ? Py_NewRef(Py_None) : PyObject_CallMethod(view, "release", NULL);
    if (done == NULL && PyErr_ExceptionMatches(PyExc_BufferError))
        PyErr_Clear();
    Py_XDECREF(done);
    Py_XDECREF(view);
    return PyErr_Occurred() ? -1 : 0;
}

/* Forget all in the child of a fork: the sides, and the operations that had begun, are its parent's. */
static PyObject *end_part(End *end, PyObject *unused)
{
    end->writing = end->reading = end->sending = end->receiving = 0;
    end->reserved = -1;
    end->peeked = NULL;
    Py_CLEAR(end->partial);
    Py_CLEAR(end->lent[WRITER]);
    Py_CLEAR(end->lent[READER]);
    Py_RETURN_NONE;
}

/* Give up a side that this process has closed: the next use must claim it again, which `peers` refuses. */
static PyObject *end_leave(End *end, PyObject *number)
{
    enum side side = PyLong_AsLong(number) == READER ? READER : WRITER;
    if (take_back(end, side) < 0)
        return NULL;
    if (side == WRITER) {
        end->writing = 0;
        end->reserved = -1;
    } else {
        end->reading = 0;
        end->peeked = NULL;
    }
    Py_RETURN_NONE;
}

/* Release the lent views, and then the memory. */
static PyObject *end_detach(End *end, PyObject *unused)
{
    if (end->sending || end->receiving) {
        PyErr_SetString(PyExc_BufferError, "a thread waits on the ring: let it end first");
        return NULL;
    }
    if (take_back(end, WRITER) < 0 || take_back(end, READER) < 0)
        return NULL;
    end->reserved = -1;
    end->peeked = NULL;
    PyBuffer_Release(&end->memory);
    end->memory.buf = NULL;
    Py_RETURN_NONE;
}

static PyObject *end_attach(End *end, PyObject *memory)
{
    if (end->memory.buf != NULL)
        return refuse("the end is attached already");
    if (PyObject_GetBuffer(memory, &end->memory, PyBUF_WRITABLE) < 0)
        return NULL;
    struct ring_header *header = end->memory.buf;
    if ((size_t)end->memory.len < sizeof *header || header->capacity_bytes == 0 ||
        header->capacity_bytes % RING_LINE_BYTES != 0 || header->data_offset > (size_t)end->memory.len ||
        header->capacity_bytes > (size_t)end->memory.len - header->data_offset) {
        PyBuffer_Release(&end->memory);
        end->memory.buf = NULL;
        return refuse("the memory holds no ring");
    }
    ring_write_to(&end->writer, header);
    ring_read_from(&end->reader, header);
    Py_RETURN_NONE;
}

static int end_init(End *end, PyObject *arguments, PyObject *names)
{
    PyObject *memory, *peers;
    if (!PyArg_ParseTuple(arguments, "OO", &memory, &peers))
        return -1;
    if (end->peers != NULL)
        return refuse("the end is made already") == NULL ? -1 : 0;
    end->reserved = -1;
    end->peers = Py_NewRef(peers);
    PyObject *attached = end_attach(end, memory);
    Py_XDECREF(attached);
    return attached == NULL ? -1 : 0;
}

static int end_traverse(End *end, visitproc visit, void *arg)
{
    Py_VISIT(end->peers);
    Py_VISIT(end->memory.obj);
    Py_VISIT(end->lent[WRITER]);
    Py_VISIT(end->lent[READER]);
    return 0;
}

static void end_dealloc(End *end)
{
    PyObject_GC_UnTrack(end);
    Py_CLEAR(end->lent[WRITER]);
    Py_CLEAR(end->lent[READER]);
    Py_CLEAR(end->partial);
    Py_CLEAR(end->peers);
    PyBuffer_Release(&end->memory);
    Py_TYPE(end)->tp_free((PyObject *)end);
}

#define FAST(name) {#name, (PyCFunction)(void (*)(void))end_##name, METH_FASTCALL | METH_KEYWORDS, NULL}
static PyMethodDef methods[] = {
    FAST(send), FAST(send_many), FAST(receive), FAST(receive_many), FAST(reserve), FAST(peek),
    {"commit", (PyCFunction)end_commit, METH_NOARGS, NULL},
    {"release", (PyCFunction)end_release, METH_NOARGS, NULL},
    {"part", (PyCFunction)end_part, METH_NOARGS, NULL},
    {"leave", (PyCFunction)end_leave, METH_O, NULL},
    {"detach", (PyCFunction)end_detach, METH_NOARGS, NULL},
    {"attach", (PyCFunction)end_attach, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"writing", T_INT, offsetof(End, writing), READONLY, NULL},
    {"reading", T_INT, offsetof(End, reading), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyTypeObject end_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "shmlab.native._native.RingEnd",
    .tp_doc = "One process's end of a ring in shared memory; use it through shmlab.transports.Ring.",
    .tp_basicsize = sizeof(End),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)end_init,
    .tp_traverse = (traverseproc)end_traverse,
    .tp_dealloc = (destructor)end_dealloc,
    .tp_methods = methods,
    .tp_members = members,
};

int add_ring(PyObject *module)
{
    return PyType_Ready(&end_type) < 0 ? -1 : PyModule_AddObjectRef(module, "RingEnd", (PyObject *)&end_type);
}
