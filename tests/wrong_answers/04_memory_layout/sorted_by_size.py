"""record: sorted by size.

The learner saves the padding by putting the large fields first.
"""


def declaration():
    return """
    struct reading {
        int64_t time_ns;
        double celsius;
        char name[6];
        uint16_t flags;
        uint8_t station;
    };
    """


def read_alarm(data):
    return struct.unpack("@BiHq", data)
