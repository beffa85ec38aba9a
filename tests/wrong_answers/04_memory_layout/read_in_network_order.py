"""record: byte order swapped.

The learner has heard that bytes are sent in network order, and reads them so.
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
    return tuple(
        int.from_bytes(data[a:b], "big", signed=signed)
        for a, b, signed in ((0, 1, False), (4, 8, True), (8, 10, False), (16, 24, True))
    )
