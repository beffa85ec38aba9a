"""The messages between the trusted parent and the process that holds a learner's code.

One JSON array each, through a socket of whole messages (SOCK_SEQPACKET), at most MOST bytes. Nothing is
unpickled, and whatever does not have the form that was asked for is Tampered: the other end is the
learner's, who may write anything into it.
"""

import json
import math
import select
import socket
import struct
import sys

from shmlab.grading.results import Ended

MOST = 128 * 1024  # bytes of a message; a socket of whole messages takes that everywhere
WIDEST_BITS = 4096  # of a number
_MOST_DIGITS = 1 + len(str(1 << WIDEST_BITS))  # with its sign


class Tampered(Ended):
    """What came through the socket is no answer that shmlab itself could have given."""


class Closed(Exception):
    """The process at the other end is gone."""


class Channel:
    """One end of the socket."""

    def __init__(self, end):
        self._end, self._patience_s = end, 0

    def fileno(self):
        return self._end.fileno()

    def send(self, message, descriptor=None):
        """Send a list, and a descriptor with it. Raises ValueError when it is too long, Closed when nobody is there,
        Tampered when there is no room: each message is an answer to the last one, which was not even read."""
        data = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")
        if len(data) > MOST:
            raise ValueError(f"{message[0]!r} takes {len(data):,} bytes: at most {MOST:,} travel at once")
        try:
            if descriptor is None:
                self._end.send(data, socket.MSG_DONTWAIT)
            else:
                passed = socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", descriptor)
                self._end.sendmsg([data], [passed], socket.MSG_DONTWAIT)
        except BlockingIOError as error:
            raise Tampered("answers without having read what was asked") from error
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed("the process has ended") from error

    def receive(self, passed=None):
        """The next list. `passed`: a list that gets the descriptor that came with it; without one, none is taken.
        Raises Tampered or Closed."""
        try:
            data, around, flags, _ = self._end.recvmsg(MOST, 0 if passed is None else socket.CMSG_SPACE(4))
        except ConnectionResetError as error:
            raise Closed("the process has ended") from error
        for _, _, content in around:
            passed.append(int.from_bytes(content[:4], sys.byteorder))
        if not data:
            raise Closed("the process has ended")
        if flags & socket.MSG_TRUNC:
            raise Tampered(f"a message of more than {MOST:,} bytes")
        try:
            message = _DECODER.decode(data.decode("ascii"))
        except (ValueError, RecursionError) as error:
            raise Tampered("a message that shmlab would not write") from error
        if not isinstance(message, list) or not message or not isinstance(message[0], str):
            raise Tampered("a message without a name")
        return message

    def has_message(self):
        """Whether `receive` would not wait."""
        poll = select.poll()  # select cannot take descriptors from 1024 up
        poll.register(self._end, select.POLLIN)
        return bool(poll.poll(0))

    def patient(self, seconds):
        """From here on `receive` raises BlockingIOError when nothing has come for so long; 0: it waits for ever."""
        if seconds == self._patience_s:  # as it is for each of many thousand messages
            return
        self._patience_s, whole = seconds, int(seconds)
        self._end.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", whole, int((seconds - whole) * 1e6))
        )

    def finish(self):
        """Let the other end know that nothing more will be sent."""
        self._end.shutdown(socket.SHUT_WR)

    def close(self):
        self._end.close()


def _whole(digits):
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number that is too long")
    return int(digits)


def _finite(text):
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number")
    return number


def _without_twins(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name that stands there twice")
    return found


_DECODER = json.JSONDecoder(
    parse_int=_whole, parse_float=_finite, parse_constant=_finite, object_pairs_hook=_without_twins
)


def pair():
    """Two ends."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
