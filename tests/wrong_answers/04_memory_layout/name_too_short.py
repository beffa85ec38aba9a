"""record: a text cut off.

The learner leaves out the last byte, for a zero that is not there.
"""


def declaration():
    return """
    struct reading {
        uint8_t station;
        int64_t time_ns;
        uint16_t flags;
        char name[5];
        double celsius;
    };
    """


def read_alarm(data):
    return struct.unpack("@BiHq", data)
