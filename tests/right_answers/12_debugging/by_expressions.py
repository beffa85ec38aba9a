"""memory_used: with regular expressions, over whole mappings."""

import re


def memory_used(name, smaps):
    mappings = [part for text in smaps for part in re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", text)]
    mine = [part for part in mappings if part.partition("\n")[0].split()[-1:] == ["/dev/shm" + name]]
    return sum(int(kib) for part in mine for kib in re.findall(r"(?m)^Pss: +(\d+) kB", part))
