"""An anonymous pipe, pipe(2), with the buffer the kernel gives it: every byte is copied in and out."""

import os


class Pipe:
    """Messages of exactly `message_bytes` through one os.pipe."""

    def __init__(self, message_bytes):
        self.message_bytes = message_bytes
        self._read, self._write = os.pipe()

    def send(self, message):
        """Write the whole message, in as many calls as the pipe's buffer makes of it."""
        left = memoryview(message)
        while left:
            left = left[os.write(self._write, left) :]

    def receive(self):
        """Read one whole message. Raises EOFError when the writer is gone."""
        message = os.read(self._read, self.message_bytes)
        if len(message) == self.message_bytes:
            return message
        whole = bytearray(message)
        while len(whole) < self.message_bytes:
            part = os.read(self._read, self.message_bytes - len(whole))
            if not part:
                raise EOFError("the pipe was closed")
            whole += part
        return bytes(whole)

    def close(self):
        """The writer's last word."""
        os.close(self._write)

    def destroy(self):
        os.close(self._read)
