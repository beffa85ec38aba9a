"""Messages through a channel that keeps their boundaries but limits their length: long ones go in pieces.

The first byte of a packet says what it is: the last (or only) piece of a message, a piece with more to come, or the
end of a message that was given up at a time-out, whose pieces the reader then drops.
"""

import abc

from shmlab.transports.transport import READER, WRITER, Transport, deadline

_LAST, _MORE, _TAKEN_BACK = b"\1", b"\2", b"\0"


class Packets(Transport):
    """Messages of any size through packets of at most `packet_bytes`. A subclass has the three methods below."""

    packet_bytes = None

    def __init__(self):
        super().__init__()
        self._given_up = False  # whether a message was given up that the reader does not know of yet
        self._pieces = []

    @abc.abstractmethod
    def _let_go(self, side):
        """Close, in this process, what belongs to the side that is not `side` (None: both)."""

    @abc.abstractmethod
    def _send_packet(self, packet, end, timeout):
        """Send one whole packet, or raise TimeoutError at the time `end`."""

    @abc.abstractmethod
    def _receive_packet(self, end, timeout):
        """Return the next packet, or b"" when the writer has closed. Raise TimeoutError at the time `end`."""

    def send(self, message, timeout=None):
        if self.side is not WRITER:
            self._begin(WRITER)
        view, end, most = self._flat(message), deadline(timeout), self.packet_bytes - 1
        try:
            if self._given_up:
                self._send_packet(_TAKEN_BACK, end, timeout)
                self._given_up = False
            if view.nbytes <= most:
                self._send_packet(_LAST + view, end, timeout)
            else:
                self._send_in_pieces(view, most, end, timeout)
        except (BrokenPipeError, ConnectionResetError):
            raise self._broken() from None

    def _send_in_pieces(self, view, most, end, timeout):
        for start in range(0, view.nbytes, most):
            try:
                last = start + most >= view.nbytes
                self._send_packet((_LAST if last else _MORE) + view[start : start + most], end, timeout)
            except BaseException:
                self._given_up = start > 0
                raise

    def receive(self, timeout=None):
        if self.side is not READER:
            self._begin(READER)
        end = deadline(timeout)
        while True:
            packet = self._receive_packet(end, timeout)
            if not packet:
                self._pieces = []
                raise self._ended()
            kind = packet[0]
            if kind == _TAKEN_BACK[0]:
                self._pieces = []
            elif kind == _MORE[0]:
                self._pieces.append(packet)
            elif not self._pieces:
                return packet[1:]
            else:
                pieces, self._pieces = [*self._pieces, packet], []
                return b"".join(memoryview(piece)[1:] for piece in pieces)

    def close(self):
        if self._mark_closed():
            self._let_go(None)

    def _begin(self, side):
        self._become(side)
        self._let_go(side)
