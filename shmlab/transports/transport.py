"""The table of verbs that every transport has."""

import abc


class Transport(abc.ABC):
    """Carries messages of `message_bytes` from one process to another, in order.

    Made before its two processes part by fork(2); then one of them only sends and the other only
    receives. Raises ValueError for a size below 1.
    """

    def __init__(self, message_bytes):
        if isinstance(message_bytes, bool) or not isinstance(message_bytes, int) or message_bytes < 1:
            raise ValueError(f"message_bytes is {message_bytes!r}: a message has at least 1 byte")
        self.message_bytes = message_bytes

    @abc.abstractmethod
    def send(self, message):
        """Hand over one message, waiting for room."""

    @abc.abstractmethod
    def receive(self):
        """Take the oldest message, waiting for one. Raises EOFError after the sender's close."""

    @abc.abstractmethod
    def close(self):
        """The sender's last word: the receiver gets what is left, then EOFError."""

    @abc.abstractmethod
    def destroy(self):
        """Give everything back to the system. Called once, by the process that made it."""
