"""multiprocessing.Queue: a pipe with pickle, a lock and a thread that feeds it."""

import multiprocessing

from shmlab.transports.transport import Transport


class Queue(Transport):
    """Messages of any size through one multiprocessing.Queue."""

    def __init__(self, message_bytes):
        super().__init__(message_bytes)
        self._queue = multiprocessing.get_context("fork").Queue()

    def send(self, message):
        """Hand the message to the feeder thread; returns before it is pickled and written."""
        self._queue.put(message)

    def receive(self):
        """Read and unpickle one message. Raises EOFError when the writer has closed."""
        message = self._queue.get()
        if message is None:
            self._queue.put(None)  # so that the next call learns it too
            raise EOFError("the queue was closed")
        return message

    def close(self):
        """The writer's last word; waits until the feeder thread has written everything."""
        self._queue.put(None)
        self._queue.close()
        self._queue.join_thread()

    def destroy(self):
        self._queue.close()
