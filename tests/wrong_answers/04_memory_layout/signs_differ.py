"""record: signed or unsigned.

The learner looks at the widths only.
"""


def declaration():
    return """
    struct reading {
        int8_t station;
        uint64_t time_ns;
        int16_t flags;
        char name[6];
        double celsius;
    };
    """


def read_alarm(data):
    return struct.unpack("@BiHq", data)
