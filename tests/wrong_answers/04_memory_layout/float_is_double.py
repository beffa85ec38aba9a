"""record: a float is not a double.

The learner takes C's float for Python's.
"""


def declaration():
    return """
    struct reading {
        uint8_t station;
        int64_t time_ns;
        uint16_t flags;
        char name[6];
        float celsius;
    };
    """


def read_alarm(data):
    return struct.unpack("@BiHq", data)
