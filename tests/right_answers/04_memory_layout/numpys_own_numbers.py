"""record: numpy's numbers.

The learner reads with numpy, and returns what numpy gives.
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
    fields = [("kind", "u1"), ("level", "<i4"), ("station", "<u2"), ("since_ns", "<i8")]
    alarm = np.frombuffer(data, np.dtype(fields, align=True))[0]
    return alarm["kind"], alarm["level"], alarm["station"], alarm["since_ns"]
