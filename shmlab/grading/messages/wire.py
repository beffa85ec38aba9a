"""Exchange messages between the trusted parent and the process that runs a learner's code.

The learner's code can write anything into its end of the socket, so the parent must be able to read any bytes without
risk. Each message is one JSON array of at most MOST bytes through a socket that preserves message boundaries
(SOCK_SEQPACKET). Nothing is unpickled. A message that shmlab itself could not have written raises Tampered: it counts
as an attempt to change the result.
"""

import json
import math
import select
import socket
import struct
import sys

from shmlab.grading.results import Ended

MOST = 128 * 1024  # bytes of a message; every host's SOCK_SEQPACKET takes as much
WIDEST_BITS = 4096  # the longest number
_MOST_DIGITS = 1 + len(str(1 << WIDEST_BITS))  # with a sign


class Tampered(Ended):
    """A message arrived that shmlab itself could not have written."""


class Closed(Exception):
    """The process at the other end has closed it or ended."""


class Channel:
    """Send and receive messages at one end of the socket."""

    def __init__(self, end):
        self._end, self._timeout_s = end, 0

    def fileno(self):
        return self._end.fileno()

    def send(self, message, descriptor=None):
        """Send a list, and with it a descriptor.

        Raises ValueError if the message is too long, Closed if the other end is closed, and Tampered if the socket is
        full: then the other end has sent answers to messages that it did not read.
        """
        data = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")
        if len(data) > MOST:
            raise ValueError(f"{message[0]!r} takes {len(data):,} bytes: at most {MOST:,} travel at once")
        try:
            if descriptor is None:
                self._end.send(data, socket.MSG_DONTWAIT)
            else:
                rights = socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", descriptor)
                self._end.sendmsg([data], [rights], socket.MSG_DONTWAIT)
        except BlockingIOError as error:
            raise Tampered("answers without having read what was asked") from error
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed("the process has ended") from error

    def receive(self, descriptors=None):
        """Return the next list. Raises Tampered or Closed.

        `descriptors`: a list to which a descriptor that came with the message is added; None: accept no descriptor.
        """
        try:
            data, ancillary, flags, _ = self._end.recvmsg(MOST, 0 if descriptors is None else socket.CMSG_SPACE(4))
        except ConnectionResetError as error:
            raise Closed("the process has ended") from error
        for _, _, content in ancillary:
            descriptors.append(int.from_bytes(content[:4], sys.byteorder))
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
        """Tell whether `receive` would return at once."""
        poll = select.poll()  # select(2) cannot take descriptors from 1024 up
        poll.register(self._end, select.POLLIN)
        return bool(poll.poll(0))

    def set_timeout(self, seconds):
        """Let `receive` raise BlockingIOError when nothing has come for `seconds`; 0: wait for ever."""
        if seconds == self._timeout_s:  # mostly so, for thousands of messages: saves a system call
            return
        self._timeout_s, whole = seconds, int(seconds)
        self._end.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", whole, int((seconds - whole) * 1e6))
        )

    def finish(self):
        """Tell the other end that nothing more will be sent."""
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


def _without_duplicates(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name that stands there twice")
    return members


_DECODER = json.JSONDecoder(
    parse_int=_whole, parse_float=_finite, parse_constant=_finite, object_pairs_hook=_without_duplicates
)


def pair():
    """Return the two ends of a new socket."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
