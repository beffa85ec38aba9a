"""record: a typedef, old names of types.

The learner declares a type as C programs mostly do; int and long are as wide as they are here.
"""


def declaration():
    return """
    typedef struct reading {
        unsigned char station;
        long time_ns;
        unsigned short int flags;
        char name[6];
        double celsius;
    } reading;
    """


def read_alarm(data):
    kind, level, station, since_ns = struct.unpack_from("=B3xiH6xq", data)
    return kind, level, station, since_ns
