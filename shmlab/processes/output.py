"""Collect what a worker prints as text, and show it line by line with the worker's name."""

import codecs
import sys

from shmlab.processes import child

MOST_STORED_BYTES = 2**24
MOST_SHOWN_LINES = 5000
_DECODER = codecs.getincrementaldecoder("utf-8")  # a character of several bytes may come in two parts


class Output:
    """Collect the output of the worker named `name`. `echo`: whether to show it, too."""

    def __init__(self, name, echo):
        self._name, self._echo = name, echo
        self._texts, self._stored_bytes = [], 0
        self._shown = 0
        self._streams = {kind: (_DECODER(errors="replace"), []) for kind in (child.STDOUT, child.STDERR)}

    @property
    def text(self):
        """Return the output of both streams in the order in which it arrived, at most 16 MiB."""
        return "".join(self._texts)

    def hear(self, kind, data, *, final=False):
        """Add bytes of one stream. `final`: whether these are its last ones."""
        decoder, unfinished = self._streams[kind]
        text = decoder.decode(data, final)
        if self._stored_bytes < MOST_STORED_BYTES:
            self._texts.append(text)
            self._stored_bytes += len(data)
        whole, newline, rest = text.rpartition("\n")
        if newline:
            self._show(kind, "".join([*unfinished, whole]))
            unfinished.clear()
        if rest:
            unfinished.append(rest)
        if final and unfinished:
            self._show(kind, "".join(unfinished))
            unfinished.clear()

    def _show(self, kind, text):
        if not self._echo or self._shown > MOST_SHOWN_LINES:
            return
        lines = text.split("\n")[: MOST_SHOWN_LINES - self._shown]
        self._shown += len(lines)
        if self._shown == MOST_SHOWN_LINES:
            lines.append(f"… and more than the {MOST_SHOWN_LINES} lines that are shown")
            self._shown += 1
        stream = sys.stderr if kind == child.STDERR else sys.stdout
        stream.write("".join(f"[{self._name}] {line}\n" for line in lines))
        stream.flush()
