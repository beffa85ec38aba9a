"""record: packed in C.

The learner thinks that a record in shared memory must have no gaps.
"""


def declaration():
    return """
    struct __attribute__((packed)) reading {
        uint8_t station;
        int64_t time_ns;
        uint16_t flags;
        char name[6];
        double celsius;
    };
    """


def read_alarm(data):
    return struct.unpack("@BiHq", data)
