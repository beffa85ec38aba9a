"""record: int has 64 bits.

The learner believes that on a 64-bit machine an int has 64 bits.
"""


def declaration():
    return """
    struct reading {
        uint8_t station;
        int time_ns;
        uint16_t flags;
        char name[6];
        double celsius;
    };
    """


def read_alarm(data):
    return struct.unpack("@BiHq", data)
