/* The writer's verbs: send, send_many, reserve and commit. */
#include "ring_end.h"

/* Wait for room for `size` bytes in one piece, and return the place. If NULL, `*done` is end_wait's 0 or -1. */
static char *wait_for_room(End *end, uint64_t size, double deadline, int *done)
{
    char *place;
    while ((place = ring_reserve(&end->writer, size)) == NULL) {
        *done = end_wait(end, WRITER, ring_needed(&end->writer, size), deadline);
        if (*done < 1)
            return NULL;
    }
    *done = 1;
    return place;
}

/* Write one message, in as many records as it needs. Return end_wait's 1, 0 or -1. */
static int put(End *end, const char *message, uint64_t size, double deadline, int in_batch)
{
    uint64_t most = end->writer.capacity / RING_PIECES;
    enum ring_kind kind = size <= most ? RING_WHOLE : RING_FIRST;
    int done;
    for (uint64_t left = size; left > 0; kind = RING_NEXT) {
        uint64_t piece = left < most ? left : most;
        char *place = wait_for_room(end, piece, deadline, &done);
        if (place == NULL)
            return done; /* the reader drops the pieces already sent, as the next record is no NEXT */
        memcpy(place, message + (size - left), piece);
        left -= piece;
        ring_commit(&end->writer, piece, left, kind);
        if (!in_batch && end_show(end, WRITER) < 0)
            return -1;
    }
    return 1;
}

typedef struct {
    Py_buffer buffer;
    const char *start;
    Py_ssize_t size;
} Message;

static int message_open(Message *message, PyObject *object)
{
    message->buffer.obj = NULL;
    if (PyBytes_CheckExact(object)) { /* the most frequent type, and this is faster */
        message->start = PyBytes_AS_STRING(object);
        message->size = PyBytes_GET_SIZE(object);
    } else {
        if (PyObject_GetBuffer(object, &message->buffer, PyBUF_SIMPLE) < 0)
            return 0;
        message->start = message->buffer.buf;
        message->size = message->buffer.len;
    }
    if (message->size > 0)
        return 1;
    PyBuffer_Release(&message->buffer);
    return refuse("the message is empty: a message has at least 1 byte") != NULL;
}

PyObject *end_send(End *end, PyObject *const *arguments, Py_ssize_t given, PyObject *names)
{
    PyObject *found[2] = {NULL, NULL};
    Message message;
    double deadline;
    if (!parse_verb(arguments, given, names, "message", found))
        return NULL;
    if (found[0] == NULL)
        return PyErr_Format(PyExc_TypeError, "expected (message, timeout=None)");
    if ((deadline = deadline_of(end, &found[1])) < 0 || !message_open(&message, found[0]))
        return NULL;
    int done = -1;
    if (may_use(end, WRITER)) { /* check last: the calls above may have run Python code, and other threads */
        end->sending = 1;
        done = put(end, message.start, (uint64_t)message.size, deadline, 0);
        end->sending = 0;
    }
    PyBuffer_Release(&message.buffer);
    if (done == 0)
        return time_out(end, WRITER, found[1]);
    return done < 0 ? NULL : Py_NewRef(Py_None);
}

/* Return 1 if every object can be sent as a message, else 0 with an exception set; nothing is sent. */
static int all_messages(PyObject **items, Py_ssize_t count)
{
    Message message;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!message_open(&message, items[i]))
            return 0;
        PyBuffer_Release(&message.buffer);
    }
    return 1;
}

PyObject *end_send_many(End *end, PyObject *const *arguments, Py_ssize_t given, PyObject *names)
{
    PyObject *found[2] = {NULL, NULL};
    double deadline;
    if (!parse_verb(arguments, given, names, "messages", found))
        return NULL;
    if (found[0] == NULL)
        return PyErr_Format(PyExc_TypeError, "expected (messages, timeout=None)");
    if ((deadline = deadline_of(end, &found[1])) < 0)
        return NULL;
    PyObject *messages = PySequence_Tuple(found[0]); /* a list could change during the wait */
    if (messages == NULL)
        return NULL;
    PyObject **items = PySequence_Fast_ITEMS(messages);
    Py_ssize_t count = PyTuple_GET_SIZE(messages), sent = 0;
    if (!all_messages(items, count) || !may_use(end, WRITER)) {
        Py_DECREF(messages);
        return NULL;
    }
    int done = 1;
    end->sending = 1;
    uint64_t shown = end->writer.mine;
    for (; done == 1 && sent < count; sent += done == 1) {
        Message message;
        if (!message_open(&message, items[sent])) {
            done = -1;
            break;
        }
        done = put(end, message.start, (uint64_t)message.size, deadline, 1);
        PyBuffer_Release(&message.buffer);
        if (end->writer.mine - shown >= SHOW_BYTES) {
            ring_publish(&end->writer);
            shown = end->writer.mine;
        }
    }
    Py_DECREF(messages);
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    int failed = end_show(end, WRITER);
    end->sending = 0;
    if (type != NULL)
        PyErr_Restore(type, value, trace);
    if (done < 0 || failed < 0)
        return NULL;
    return done == 0 && sent == 0 ? time_out(end, WRITER, found[1]) : PyLong_FromSsize_t(sent);
}

PyObject *end_reserve(End *end, PyObject *const *arguments, Py_ssize_t given, PyObject *names)
{
    PyObject *found[2] = {NULL, NULL};
    double deadline;
    if (!parse_verb(arguments, given, names, "size_bytes", found))
        return NULL;
    if (found[0] == NULL)
        return PyErr_Format(PyExc_TypeError, "expected (size_bytes, timeout=None)");
    Py_ssize_t size = PyLong_AsSsize_t(found[0]);
    if ((size == -1 && PyErr_Occurred()) || (deadline = deadline_of(end, &found[1])) < 0 || !may_use(end, WRITER))
        return NULL;
    Py_ssize_t most = (Py_ssize_t)(end->writer.capacity - sizeof(struct ring_record));
    if (size < 1 || size > most)
        return PyErr_Format(PyExc_ValueError, "size_bytes is %zd: this ring lends 1 to %zd bytes in one piece", size, most);
    int done;
    end->sending = 1;
    char *place = wait_for_room(end, (uint64_t)size, deadline, &done);
    end->sending = 0;
    if (place == NULL)
        return done == 0 ? time_out(end, WRITER, found[1]) : NULL;
    PyObject *view = lend(end, WRITER, place, size);
    if (view != NULL)
        end->reserved = size;
    return view;
}

PyObject *end_commit(End *end, PyObject *unused)
{
    if (end->memory.buf == NULL || end->reserved < 0)
        return refuse("nothing is reserved: reserve() first");
    ring_commit(&end->writer, (uint64_t)end->reserved, 0, RING_WHOLE);
    end->reserved = -1;
    if (take_back(end, WRITER) < 0 || end_show(end, WRITER) < 0)
        return NULL;
    Py_RETURN_NONE;
}
