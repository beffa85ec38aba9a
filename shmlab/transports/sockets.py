"""Sockets on one machine: AF_UNIX, stream and seqpacket, and TCP over loopback. Sources: unix(7), tcp(7), send(2)."""

import select
import socket

from shmlab.primitives import timed_out
from shmlab.transports.packets import Packets
from shmlab.transports.streams import Stream
from shmlab.transports.transport import READER, WRITER, remaining


class _Ends:
    """The two ends of a socket pair; each side closes the end of the other side."""

    def __init__(self):
        super().__init__()
        self._ends = dict(zip((READER, WRITER), self._open(), strict=True))

    def _let_go(self, side):
        for end in set(self._ends) - {side}:
            self._ends.pop(end).close()

    def _descriptor(self):
        return self._ends[self.side].fileno()


class UnixStream(_Ends, Stream):
    """A pair of connected AF_UNIX sockets that carry a stream of bytes, socketpair(2)."""

    what = "the Unix stream socket"

    def _open(self):
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)

    def _write(self, parts, *, wait):
        return self._ends[WRITER].sendmsg(parts, [], 0 if wait else socket.MSG_DONTWAIT)

    def _read_into(self, view):
        return self._ends[READER].recv_into(view)


class Tcp(UnixStream):
    """A TCP connection over 127.0.0.1, with TCP_NODELAY: a short message is sent at once."""

    what = "the TCP connection"

    def _open(self):
        with socket.create_server(("127.0.0.1", 0), backlog=1) as listening:
            write = socket.create_connection(listening.getsockname())
            try:
                read, _ = listening.accept()
            except BaseException:
                write.close()
                raise
        write.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return read, write


class UnixSeqpacket(_Ends, Packets):
    """A pair of AF_UNIX sockets that keep the boundaries of messages (SOCK_SEQPACKET); long ones go in pieces."""

    what = "the Unix seqpacket socket"

    def __init__(self):
        super().__init__()
        # A packet and the kernel's own bookkeeping have to fit into the send buffer, which a quarter of it does.
        buffer_bytes = self._ends[WRITER].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        self.packet_bytes = buffer_bytes // 4

    def _open(self):
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def _send_packet(self, packet, end, timeout):
        if end is not None:
            self._wait(select.POLLOUT, end, timeout, "given room")
        while True:
            try:
                self._ends[WRITER].send(packet, 0 if end is None else socket.MSG_DONTWAIT)
                return
            except BlockingIOError:
                self._wait(select.POLLOUT, end, timeout, "given room")

    def _receive_packet(self, end, timeout):
        if end is not None:
            self._wait(select.POLLIN, end, timeout, "given a message")
        try:
            return self._ends[READER].recv(self.packet_bytes)
        except ConnectionResetError:  # the writer died before it had read everything from this side
            return b""

    def _wait(self, event, end, timeout, goal):
        poll = select.poll()
        poll.register(self._descriptor(), event)
        if not poll.poll(remaining(end) * 1000):
            raise timed_out(self.what, timeout, goal)
