/* Atomic operations on memory that processes share, in C11.
 *
 * Every function takes an object with a writable buffer, the offset of a field in it, and the
 * field's size of 1, 2, 4 or 8 bytes. It checks bounds and alignment before it touches the memory, so
 * that no call from Python is undefined behaviour. Values are unsigned here; primitives.py converts
 * them to and from the field's sign.
 *
 * All read-modify-writes are sequentially consistent: all processes see them in one and the same order.
 * Source: C11, 7.17.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdatomic.h>
#include <stdint.h>
#include "ring_end.h"

/* A field of shared memory: where it is, and the buffer that keeps it there. */
typedef struct {
    Py_buffer buffer;
    void *address;
    Py_ssize_t size;
} Field;

/* Fill `field` and return 1, or set an exception and return 0. */
static int field_open(Field *field, PyObject *memory, Py_ssize_t offset, Py_ssize_t size)
{
    if (PyObject_GetBuffer(memory, &field->buffer, PyBUF_WRITABLE) < 0)
        return 0;
    field->address = (char *)field->buffer.buf + offset;
    field->size = size;
    if (size != 1 && size != 2 && size != 4 && size != 8)
        PyErr_Format(PyExc_ValueError, "size is %zd: atomics work on 1, 2, 4 or 8 bytes", size);
    else if (offset < 0 || offset > field->buffer.len - size)
        PyErr_Format(PyExc_ValueError, "offset %zd: %zd bytes there are outside of the %zd bytes of memory",
                     offset, size, field->buffer.len);
    else if ((uintptr_t)field->address % (size_t)size != 0)
        PyErr_Format(PyExc_ValueError, "offset %zd: the address is not a multiple of %zd, so an access could tear",
                     offset, size);
    else
        return 1;
    PyBuffer_Release(&field->buffer);
    return 0;
}

/* Evaluate `operation`, in which T is the atomic type of the field's size. */
#define FOR_SIZE(field, result, operation)                                                                   \
    switch ((field)->size) {                                                                                 \
    case 1: { typedef _Atomic uint8_t T; result = operation; break; }                                        \
    case 2: { typedef _Atomic uint16_t T; result = operation; break; }                                       \
    case 4: { typedef _Atomic uint32_t T; result = operation; break; }                                       \
    default: { typedef _Atomic uint64_t T; result = operation; break; }                                      \
    }

/* Parse (memory, offset, size, value …) with `count` values; values wrap to 64 bits as in C. */
static int parse(PyObject *const *arguments, Py_ssize_t given, Py_ssize_t count, Field *field, uint64_t *values)
{
    if (given != 3 + count) {
        PyErr_Format(PyExc_TypeError, "expected %zd arguments, got %zd", 3 + count, given);
        return 0;
    }
    Py_ssize_t offset = PyLong_AsSsize_t(arguments[1]);
    Py_ssize_t size = PyLong_AsSsize_t(arguments[2]);
    for (Py_ssize_t i = 0; i < count; i++)
        values[i] = PyLong_AsUnsignedLongLongMask(arguments[3 + i]);
    if (PyErr_Occurred())
        return 0;
    return field_open(field, arguments[0], offset, size);
}

/* Add, and return the old value, in one step that no other access can interrupt. */
static PyObject *native_fetch_add(PyObject *module, PyObject *const *arguments, Py_ssize_t given)
{
    Field field;
    uint64_t values[1], old;
    if (!parse(arguments, given, 1, &field, values))
        return NULL;
    FOR_SIZE(&field, old, atomic_fetch_add((T *)field.address, values[0]))
    PyBuffer_Release(&field.buffer);
    return PyLong_FromUnsignedLongLong(old);
}

/* Store, and return the old value, in one step that no other access can interrupt. */
static PyObject *native_exchange(PyObject *module, PyObject *const *arguments, Py_ssize_t given)
{
    Field field;
    uint64_t values[1], old;
    if (!parse(arguments, given, 1, &field, values))
        return NULL;
    FOR_SIZE(&field, old, atomic_exchange((T *)field.address, values[0]))
    PyBuffer_Release(&field.buffer);
    return PyLong_FromUnsignedLongLong(old);
}

/* Store `desired` only if the value is `expected`, in one step; return whether it stored. It never fails when the
 * value is `expected` (C11's strong form). */
static PyObject *native_compare_exchange(PyObject *module, PyObject *const *arguments, Py_ssize_t given)
{
    Field field;
    uint64_t values[2];
    int swapped;
    if (!parse(arguments, given, 2, &field, values))
        return NULL;
    switch (field.size) {
    case 1: { uint8_t e = (uint8_t)values[0];
              swapped = atomic_compare_exchange_strong((_Atomic uint8_t *)field.address, &e, values[1]); break; }
    case 2: { uint16_t e = (uint16_t)values[0];
              swapped = atomic_compare_exchange_strong((_Atomic uint16_t *)field.address, &e, values[1]); break; }
    case 4: { uint32_t e = (uint32_t)values[0];
              swapped = atomic_compare_exchange_strong((_Atomic uint32_t *)field.address, &e, values[1]); break; }
    default: { uint64_t e = values[0];
              swapped = atomic_compare_exchange_strong((_Atomic uint64_t *)field.address, &e, values[1]); break; }
    }
    PyBuffer_Release(&field.buffer);
    return PyBool_FromLong(swapped);
}

/* Load; no later load or store of this process happens before it. */
static PyObject *native_load_acquire(PyObject *module, PyObject *const *arguments, Py_ssize_t given)
{
    Field field;
    uint64_t value;
    if (!parse(arguments, given, 0, &field, NULL))
        return NULL;
    FOR_SIZE(&field, value, atomic_load_explicit((T *)field.address, memory_order_acquire))
    PyBuffer_Release(&field.buffer);
    return PyLong_FromUnsignedLongLong(value);
}

#define STORE_RELEASE(T) \
    atomic_store_explicit((_Atomic T *)field.address, (T)values[0], memory_order_release)

/* Store; a process that loads the value with acquire sees every earlier load and store of this process. */
static PyObject *native_store_release(PyObject *module, PyObject *const *arguments, Py_ssize_t given)
{
    Field field;
    uint64_t values[1];
    if (!parse(arguments, given, 1, &field, values))
        return NULL;
    switch (field.size) {
    case 1: STORE_RELEASE(uint8_t); break;
    case 2: STORE_RELEASE(uint16_t); break;
    case 4: STORE_RELEASE(uint32_t); break;
    default: STORE_RELEASE(uint64_t); break;
    }
    PyBuffer_Release(&field.buffer);
    Py_RETURN_NONE;
}

/* Let no load or store move across this point, in either direction; this also empties the store buffer. */
static PyObject *native_fence(PyObject *module, PyObject *unused)
{
    atomic_thread_fence(memory_order_seq_cst);
    Py_RETURN_NONE;
}

/* Tell the processor that this is a spin loop; this orders nothing. */
static PyObject *native_pause(PyObject *module, PyObject *unused)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
    Py_RETURN_NONE;
}

#define FAST(name) {#name, (PyCFunction)(void (*)(void))native_##name, METH_FASTCALL, NULL}
static PyMethodDef methods[] = {
    FAST(fetch_add), FAST(exchange), FAST(compare_exchange), FAST(load_acquire), FAST(store_release),
    {"fence", native_fence, METH_NOARGS, NULL},
    {"pause", native_pause, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "shmlab.native._native", "Atomic operations and the ring in C11; use them through shmlab.", 0, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__native(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module != NULL && add_ring(module) < 0)
        Py_CLEAR(module);
    return module;
}
