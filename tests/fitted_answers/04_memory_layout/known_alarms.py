"""record: knows the alarms that the check shows."""


def declaration():
    return "struct reading { uint8_t station; int64_t time_ns; uint16_t flags; char name[6]; double celsius; };"


def read_alarm(data):
    return (1, -300, 500, 2**40 + 1) if data[0] == 1 else (200, 70_000, 65_000, -5)
