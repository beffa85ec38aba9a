"""shared_mappings: objects in a dict, found by a regular expression."""

import collections
import re


def shared_mappings(first, second):
    def objects(text):
        found = collections.defaultdict(list)
        for where, offset, device, inode in re.findall(r"^(\S+) ..(?:.)s (\S+) (\S+) (\d+)", text, re.MULTILINE):
            found[int(offset, 16), device, int(inode)].append(where)
        return found

    mine, others = objects(first), objects(second)
    return [(one, other) for key in mine.keys() & others.keys() for one in mine[key] for other in others[key]]
