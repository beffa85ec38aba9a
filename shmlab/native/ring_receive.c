/* The reader's verbs: receive, receive_many, peek and release. */
#include "ring_end.h"

#define NOTHING_YET ((void *)-1)

/* Return the oldest record, checked; NOTHING_YET if there is none, NULL with an exception set if it is invalid. */
static struct ring_record *next_record(End *end)
{
    struct ring_record *record = ring_peek(&end->reader);
    if (record == NULL)
        return NOTHING_YET;
    if (record->kind < RING_WHOLE || record->kind > RING_NEXT || record->left_bytes > PY_SSIZE_T_MAX / 2 ||
        ring_record_bytes(record->size_bytes) > end->reader.theirs - end->reader.mine ||
        ring_record_bytes(record->size_bytes) > end->reader.capacity - end->reader.place) {
        PyErr_Format(PyExc_OSError, "the ring is damaged at byte %llu: somebody else wrote into it",
                     (unsigned long long)end->reader.mine);
        return NULL;
    }
    return record;
}

/* Add a record to its message. Return the message if that was its last piece, NOTHING_YET if not, NULL with an
 * exception set if the record fits to no message. */
static PyObject *add_piece(End *end, struct ring_record *record)
{
    if (record->kind == RING_FIRST) {
        Py_XSETREF(end->partial, PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(record->size_bytes + record->left_bytes)));
        if (end->partial == NULL)
            return NULL;
        end->partial_bytes = 0;
    }
    PyObject *message = end->partial;
    Py_ssize_t size = (Py_ssize_t)record->size_bytes, left = (Py_ssize_t)record->left_bytes;
    if (message == NULL || end->partial_bytes + size + left != PyBytes_GET_SIZE(message)) {
        PyErr_SetString(PyExc_OSError, "the ring is damaged: a piece of a message has no beginning");
        return NULL;
    }
    memcpy(PyBytes_AS_STRING(message) + end->partial_bytes, record + 1, (size_t)size);
    end->partial_bytes += size;
    if (left > 0)
        return NOTHING_YET;
    end->partial = NULL;
    return message;
}

/* Return the next message if it has arrived whole, else NOTHING_YET; keep its pieces that have arrived. */
static PyObject *take_now(End *end)
{
    struct ring_record *record;
    PyObject *message = NOTHING_YET;
    while (message == NOTHING_YET && (record = next_record(end)) != NOTHING_YET) {
        if (record == NULL)
            return NULL;
        if (record->kind == RING_WHOLE) {
            message = PyBytes_FromStringAndSize((char *)(record + 1), (Py_ssize_t)record->size_bytes);
            Py_CLEAR(end->partial); /* the writer gave up the message of these pieces */
        } else
            message = add_piece(end, record);
        if (message == NULL)
            return NULL;
        ring_release(&end->reader, record);
        if (message == NOTHING_YET && end_show(end, READER) < 0)
            return NULL;
    }
    return message;
}

/* Return the next message; NULL with an exception set if none came in time. */
static PyObject *take(End *end, double deadline, PyObject *timeout)
{
    PyObject *message;
    while ((message = take_now(end)) == NOTHING_YET) {
        int done = end_wait(end, READER, 1, deadline);
        if (done == 0)
            return time_out(end, READER, timeout);
        if (done < 0)
            return NULL;
    }
    return message;
}

PyObject *end_receive(End *end, PyObject *const *arguments, Py_ssize_t given, PyObject *names)
{
    PyObject *found[2] = {NULL, NULL};
    double deadline;
    if (!parse_verb(arguments, given, names, NULL, found) || (deadline = deadline_of(end, &found[1])) < 0 ||
        !may_use(end, READER))
        return NULL;
    end->receiving = 1;
    PyObject *message = take(end, deadline, found[1]);
    if (message != NULL && end_show(end, READER) < 0)
        Py_CLEAR(message);
    end->receiving = 0;
    return message;
}

static PyObject *take_batch(End *end, Py_ssize_t most, double deadline, PyObject *timeout)
{
    PyObject *messages = PyList_New(0), *message;
    if (messages == NULL || (message = take(end, deadline, timeout)) == NULL) {
        Py_XDECREF(messages);
        return NULL;
    }
    /* Take no more than one ring's content, as a quick writer could keep this loop running for ever. */
    uint64_t shown = end->reader.mine, enough = shown + end->reader.capacity;
    do {
        int failed = PyList_Append(messages, message) < 0;
        Py_DECREF(message);
        if (failed)
            break;
        if (end->reader.mine - shown >= SHOW_BYTES) {
            ring_give_back(&end->reader);
            shown = end->reader.mine;
        }
    } while (PyList_GET_SIZE(messages) < most && end->reader.mine < enough &&
             (message = take_now(end)) != NOTHING_YET && message != NULL);
    if (PyErr_Occurred() || end_show(end, READER) < 0)
        Py_CLEAR(messages);
    return messages;
}

PyObject *end_receive_many(End *end, PyObject *const *arguments, Py_ssize_t given, PyObject *names)
{
    PyObject *found[2] = {NULL, NULL};
    Py_ssize_t most = PY_SSIZE_T_MAX;
    double deadline;
    if (!parse_verb(arguments, given, names, "most", found) || (deadline = deadline_of(end, &found[1])) < 0)
        return NULL;
    if (found[0] != NULL && found[0] != Py_None && (most = PyLong_AsSsize_t(found[0])) < 1)
        return PyErr_Occurred() ? NULL : refuse("most is below 1: ask for at least 1 message");
    if (!may_use(end, READER))
        return NULL;
    end->receiving = 1;
    PyObject *messages = take_batch(end, most, deadline, found[1]);
    end->receiving = 0;
    return messages;
}

static PyObject *look(End *end, double deadline, PyObject *timeout)
{
    struct ring_record *record;
    while ((record = next_record(end)) == NOTHING_YET) {
        int done = end_wait(end, READER, 1, deadline);
        if (done < 1)
            return done == 0 ? time_out(end, READER, timeout) : NULL;
    }
    if (record == NULL)
        return NULL;
    PyObject *view = NULL;
    if (record->kind == RING_WHOLE) {
        Py_CLEAR(end->partial);
        view = lend(end, READER, (char *)(record + 1), (Py_ssize_t)record->size_bytes);
        end->peeked = view == NULL ? NULL : record;
        return view;
    }
    PyObject *message = take(end, deadline, timeout); /* in pieces: return a view of a joined copy */
    if (message != NULL && end_show(end, READER) == 0)
        view = PyMemoryView_FromObject(message);
    Py_XDECREF(message);
    Py_XSETREF(end->lent[READER], Py_XNewRef(view));
    return view;
}

PyObject *end_peek(End *end, PyObject *const *arguments, Py_ssize_t given, PyObject *names)
{
    PyObject *found[2] = {NULL, NULL};
    double deadline;
    if (!parse_verb(arguments, given, names, NULL, found) || (deadline = deadline_of(end, &found[1])) < 0 ||
        !may_use(end, READER))
        return NULL;
    end->receiving = 1;
    PyObject *view = look(end, deadline, found[1]);
    end->receiving = 0;
    return view;
}

PyObject *end_release(End *end, PyObject *unused)
{
    if (end->memory.buf == NULL || end->lent[READER] == NULL)
        return refuse("no message is peeked at: peek() first");
    if (take_back(end, READER) < 0)
        return NULL;
    if (end->peeked != NULL) {
        ring_release(&end->reader, end->peeked);
        end->peeked = NULL;
        if (end_show(end, READER) < 0)
            return NULL;
    }
    Py_RETURN_NONE;
}
