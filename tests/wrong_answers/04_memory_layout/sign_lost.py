"""record: a sign was lost.

The learner takes bytes for numbers from 0 up.
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
    return tuple(int.from_bytes(data[a:b], "little") for a, b in ((0, 1), (4, 8), (8, 10), (16, 24)))
