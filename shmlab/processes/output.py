"""What a worker prints: kept as text, and shown line by line, each with the worker's name."""

import codecs
import sys

from shmlab.processes import child

MOST_KEPT_BYTES = 2**24
MOST_SHOWN_LINES = 5000
_DECODER = codecs.getincrementaldecoder("utf-8")  # a letter of several bytes may come in two pieces


class Output:
    """The output of one worker named `name`; `echo`: whether it is shown as well."""

    def __init__(self, name, echo):
        self._name, self._echo = name, echo
        self._kept, self._kept_bytes = [], 0
        self._shown = 0
        self._streams = {kind: (_DECODER(errors="replace"), []) for kind in (child.STDOUT, child.STDERR)}

    @property
    def text(self):
        """All that was printed, both streams in the order in which they were heard; at most 16 MiB of it."""
        return "".join(self._kept)

    def hear(self, kind, data, *, final=False):
        """Take in bytes of one stream; `final`: its last."""
        decoder, unfinished = self._streams[kind]
        text = decoder.decode(data, final)
        if self._kept_bytes < MOST_KEPT_BYTES:
            self._kept.append(text)
            self._kept_bytes += len(data)
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
