"""record: packed in Python.

The learner believes that C's fields lie one right after the other.
"""


def declaration():
    return """
    struct reading {
        uint8_t station;
        int64_t time_ns;
        uint16_t flags;
        char name[6];
        double celsius;
    };
    """


def read_alarm(data):
    return struct.unpack("<BiHq", data)
