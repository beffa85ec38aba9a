"""record: a pointer in shared memory.

The learner writes a string as C programs mostly do.
"""


def declaration():
    return """
    struct reading {
        uint8_t station;
        int64_t time_ns;
        uint16_t flags;
        char *name;
        double celsius;
    };
    """


def read_alarm(data):
    return struct.unpack("@BiHq", data)
