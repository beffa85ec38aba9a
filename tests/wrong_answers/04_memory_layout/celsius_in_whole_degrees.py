"""record: another type at the same place.

The learner takes eight bytes for eight bytes.
"""


def declaration():
    return """
    struct reading {
        uint8_t station;
        int64_t time_ns;
        uint16_t flags;
        char name[6];
        int64_t celsius;
    };
    """


def read_alarm(data):
    return struct.unpack("@BiHq", data)
