"""Message queues, POSIX and System V: the kernel keeps the boundaries of messages, and keeps them without a process.

Long messages go in pieces of the length that the host allows, 8 KiB unless an administrator has changed it.
Sources: mq_overview(7), msgget(2), msgop(2), proc(5).
"""

import contextlib
import pathlib
import select
import time

import posix_ipc
import sysv_ipc

from shmlab.ipc import kinds, ledger, names
from shmlab.ipc.errors import translated
from shmlab.primitives import timed_out
from shmlab.transports.lifelines import Lifelines
from shmlab.transports.packets import Packets
from shmlab.transports.transport import CLOSED, READER, WRITER, remaining

_END = b"\3"  # a packet that means: one writer has closed
_SHORTEST_SLEEP_S, _LONGEST_SLEEP_S = 0.00002, 0.002  # between two tries, as System V has no call with a time-out


def piece_bytes(path):
    """Return how long a message in one piece may be, in bytes, by a limit under /proc/sys; 0 where it is missing."""
    try:
        return _limit(path) - 1
    except FileNotFoundError:
        return 0


def _limit(path):
    return int(pathlib.Path("/proc/sys", path).read_text())


class PosixMessageQueue(Packets):
    """A queue from mq_open(3) whose name is unlinked at once: it exists as long as a process has it open.

    A process that is killed between the two calls leaves the name in /dev/mqueue.
    """

    what = "the POSIX message queue"

    def __init__(self):
        super().__init__()
        self.packet_bytes = _limit("fs/mqueue/msgsize_max")
        with translated("a POSIX message queue", creating=True, limit="what ulimit -q or /proc/sys/fs/mqueue allows"):
            self._queue = posix_ipc.MessageQueue(
                names.random_name(),
                posix_ipc.O_CREX,
                mode=0o600,
                max_messages=_limit("fs/mqueue/msg_max"),
                max_message_size=self.packet_bytes,
            )
        self._queue.unlink()
        self._lifelines = Lifelines()

    def _let_go(self, side):
        self._lifelines.let_go(side)
        if side is None:
            self._queue.close()

    def _send_packet(self, packet, end, timeout):
        while True:
            try:
                return self._queue.send(packet, 0)
            except posix_ipc.BusyError:
                if self._await(select.POLLOUT, READER, end, timeout, "given room"):
                    raise BrokenPipeError from None

    def _receive_packet(self, end, timeout):
        gone = False
        while True:
            try:
                return self._queue.receive(0)[0]
            except posix_ipc.BusyError:
                if gone:
                    return b""
            gone = self._await(select.POLLIN, WRITER, end, timeout, "given a message")

    def _await(self, event, other, end, timeout, goal):
        """Wait until the queue is ready or the other side is gone; return whether it is gone."""
        poll = select.poll()
        poll.register(self._queue.mqd, event)
        poll.register(self._lifelines.watch(other), 0)
        ready = dict(poll.poll(None if end is None else remaining(end) * 1000))
        if not ready:
            raise timed_out(self.what, timeout, goal)
        return self._lifelines.watch(other) in ready


class SysvMessageQueue(Packets):
    """A queue from msgget(2), without poll(2) and calls with a time-out: a wait with one tries again and again.

    A side that waits without a time-out does not notice when the other is killed. A reader that closes removes the
    queue, and so wakes a writer that waits for room.
    """

    what = "the System V message queue"

    def __init__(self):
        super().__init__()
        self.packet_bytes = min(_limit("kernel/msgmax"), _limit("kernel/msgmnb"))
        key = names.random_key()
        with (
            ledger.creating(kinds.SYSV_QUEUE, key, chosen=False),
            translated(kinds.describe(kinds.SYSV_QUEUE, key), creating=True, limit="/proc/sys/kernel/msgmni"),
        ):
            self._queue = sysv_ipc.MessageQueue(key, sysv_ipc.IPC_CREX, 0o600, self.packet_bytes)
        self._lifelines = Lifelines()
        self._last = False  # no writer is left: nothing will be added to the queue

    def _let_go(self, side):
        self._lifelines.let_go(side)

    def close(self):
        side = self.side
        super().close()
        if side == READER:
            self._remove()
        elif side != CLOSED:
            with contextlib.suppress(OSError, sysv_ipc.Error):  # the reader has closed already
                self._queue.send(_END, side == WRITER)

    def destroy(self):
        if not self._destroyed:
            super().destroy()
            self._remove()
            ledger.removed(kinds.SYSV_QUEUE, self._queue.key)

    def _remove(self):
        kinds.remove(kinds.SYSV_QUEUE, self._queue.key, [self._queue.id])

    def _send_packet(self, packet, end, timeout):
        try:
            self._ask(lambda block: self._queue.send(packet, block), READER, end, timeout, "given room")
        except TimeoutError:
            raise
        except (OSError, sysv_ipc.Error):  # it was removed, or it is full and no reader is left
            raise BrokenPipeError from None

    def _receive_packet(self, end, timeout):
        while True:
            try:
                packet, _ = self._ask(self._queue.receive, WRITER, end, timeout, "given a message")
            except sysv_ipc.BusyError:
                self._last = True
                return b""
            if packet != _END:
                return packet
            self._last = self._last or self._lifelines.gone(WRITER)

    def _ask(self, call, other, end, timeout, goal):
        """Return what `call(block)` returns: it blocks without a deadline, else it is tried again and again.

        Raises sysv_ipc.BusyError when the other side is gone, so that nothing can change any more.
        """
        if end is None and not self._last:
            return call(True)
        sleep_s, last = _SHORTEST_SLEEP_S, self._last
        while True:
            try:
                return call(False)
            except sysv_ipc.BusyError:
                if last:
                    raise
                last = self._lifelines.gone(other)
                if not last and not remaining(end):
                    raise timed_out(self.what, timeout, goal) from None
            if not last:
                time.sleep(min(sleep_s, remaining(end)))
                sleep_s = min(2 * sleep_s, _LONGEST_SLEEP_S)
