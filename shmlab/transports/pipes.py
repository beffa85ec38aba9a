"""An anonymous pipe, pipe(2), with the buffer the kernel gives it: every byte is copied in and out."""

import os
from select import PIPE_BUF

from shmlab.transports.transport import Transport


class Pipe(Transport):
    """Messages of exactly `message_bytes` through one os.pipe."""

    def __init__(self, message_bytes):
        super().__init__(message_bytes)
        self._read, self._write = os.pipe()
        self._receiving = False
        self._buffer = memoryview(bytearray(message_bytes))

    def send(self, message):
        """Write the whole message, in as many calls as the pipe's buffer makes of it."""
        left = memoryview(message)
        while left:
            left = left[os.write(self._write, left) :]

    def receive(self):
        """Read one whole message. Raises EOFError when the sender has closed, or is gone."""
        if not self._receiving:  # the end of a pipe comes when nobody has it open for writing
            self._receiving = True
            os.close(self._write)
        if self.message_bytes <= PIPE_BUF:  # one write was atomic, so one read has it all, or the end
            message = os.read(self._read, self.message_bytes)
            if len(message) == self.message_bytes:
                return message
            raise EOFError("the pipe was closed")
        got = 0
        while got < self.message_bytes:  # into one buffer kept for all: os.read would allocate anew each time
            part = os.readv(self._read, [self._buffer[got:]])
            if not part:
                raise EOFError("the pipe was closed")
            got += part
        return bytes(self._buffer)

    def close(self):
        os.close(self._write)

    def destroy(self):
        os.close(self._read)
