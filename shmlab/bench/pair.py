"""The two processes of a trial: start them, synchronize them through control pipes that are not measured, end them."""

import dataclasses
import os
import signal
import struct

from shmlab.transports import TRANSPORTS

FEWEST_MESSAGES = 8
WARM_UP_SHARE = 0.2  # length of a warm-up, as a share of the pass that counts
STEP, REPORT = struct.Struct("<q"), struct.Struct("<qqqq")


@dataclasses.dataclass(frozen=True)
class Plan:
    """What one trial measures.

    `messages`: how many; None: as many as fill `seconds`. `cpus`: the writer's and the reader's; None: any.
    """

    transport: str
    size_bytes: int
    seconds: float
    messages: int | None = None
    cpus: tuple[int, int] | None = None
    batch: int = 1
    touch: bool = False


class Side:
    """One process of a trial: its channels, and its ends of the control pipes."""

    def __init__(self, plan, channels, control, cpu):
        self.plan, self.channels, self.control = plan, channels, control
        self.keeps_back = TRANSPORTS[plan.transport].keeps_back
        self.in_place = plan.touch and TRANSPORTS[plan.transport].zero_copy
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})

    def tell(self, *numbers):
        os.write(self.control[1], (STEP if len(numbers) == 1 else REPORT).pack(*numbers))

    def hear(self, form=STEP):
        message = os.read(self.control[0], form.size)
        if not message:
            raise RuntimeError(f"{self.plan.transport}: the other process ended early")
        return form.unpack(message)

    def flush(self):
        if self.keeps_back:
            self.channels[0].flush()


def run(plan, channels, reader, writer):
    """Run `reader(side)` in a forked child and `writer(side)` here, then close and destroy everything."""
    forth, back = os.pipe(), os.pipe()
    child = os.fork()
    cpus = plan.cpus or (None, None)
    if child == 0:
        code = 1
        try:
            os.close(forth[1])
            os.close(back[0])
            reader(Side(plan, channels, (forth[0], back[1]), cpus[1]))
            code = 0
        finally:
            os._exit(code)
    os.close(forth[0])
    os.close(back[1])
    try:
        return writer(Side(plan, channels, (back[0], forth[1]), cpus[0]))
    except BaseException:
        os.kill(child, signal.SIGKILL)  # it may wait for a message that will never come
        raise
    finally:
        for control in (back[0], forth[1]):
            os.close(control)
        for channel in channels:
            channel.close()
        os.waitpid(child, 0)
        for channel in channels:
            channel.destroy()


def count_to_fill(count, took_s, seconds):
    """Return how many messages fill `seconds`, if `count` messages took `took_s` seconds."""
    return max(FEWEST_MESSAGES, count + 1, int(count * seconds / max(took_s, 1e-9)))


def payload(index, size_bytes):
    """Return message number `index`. All messages differ, and so do neighbouring 8-byte words in one."""
    places = range(min(512, size_bytes // 8 + 1))
    words = (((index + 1) * 0x9E3779B97F4A7C15 + place * 0x2545F4914F6CDD1D) % 2**64 for place in places)
    block = b"".join(word.to_bytes(8, "little") for word in words)
    return (block * (size_bytes // len(block) + 1))[:size_bytes]
