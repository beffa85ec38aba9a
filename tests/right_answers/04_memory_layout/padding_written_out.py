"""record: other names of the types, the padding written out, a comment; the alarm by struct, with its own padding."""


def declaration():
    return """
    /* as Python has it */
    struct reading {
        unsigned char station, unused[7];
        long long time_ns;      // since 1970
        unsigned short flags;
        char name[6];
        double celsius;
    };
    """


def read_alarm(data):
    return list(struct.unpack("=B3xiH6xq", data))
