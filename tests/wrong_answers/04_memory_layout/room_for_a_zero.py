"""record: a string has an end of its own.

The learner adds a byte for the zero at the end.
"""


def declaration():
    return """
    struct reading {
        uint8_t station;
        int64_t time_ns;
        uint16_t flags;
        char name[7];
        double celsius;
    };
    """


def read_alarm(data):
    return struct.unpack("@BiHq", data)
