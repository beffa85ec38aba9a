"""Find what a C function leaves in its memory: a password that was wiped in the source, and perhaps only there.

The function is called deep down a stack, so that nothing is written over what it leaves before somebody looks; what it
leaves is read through /proc/self/mem, as a stranger would. Sources: explicit_bzero(3), memset_explicit (C23, 7.26.6.2);
proc_pid_mem(5).
"""

import re

from shmlab.observe import c_programs, program_output
from shmlab.observe.recorded_code import LEFT

_LOOKS = """
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

enum { SECRET = 200, DEEP = 1 << 16, SEEN = 2 * DEEP };
static char seen[SEEN], secret[SECRET];

static __attribute__((noinline)) uintptr_t deep_down(int from)
{
    volatile char room[DEEP];  /* what runs later stays above this */
    room[0] = 0;
    __typeof__(&FUNCTION) volatile function = FUNCTION;
    function(from);
    return (uintptr_t)room + room[0];
}

int main(void)
{
    int ends[2], memory = open("/proc/self/mem", O_RDONLY);
    for (int at = 0; at < SECRET; at++)
        secret[at] = 'a' + at * 7 % 26;  /* not in the program's text */
    if (memory == -1 || pipe(ends) || write(ends[1], secret, SECRET) != SECRET)
        return 1;
    uintptr_t room = deep_down(ends[0]);
    if (pread(memory, seen, DEEP, (off_t)(room - DEEP)) != DEEP)
        return 1;
    int found = 0;
    for (int at = 0; at + SECRET <= DEEP; at++) {
        int same = 0;
        while (same < SECRET && seen[at + same] == secret[same])
            same++;
        found += same == SECRET;
    }
    puts(found ? "still there" : "gone");
    return 0;
}
"""


def left_in_memory(source: str, level: str) -> program_output.Told:
    """Return, as Told, whether a password of 200 bytes is "gone" or "still there" after a C function has returned.

    It takes a descriptor and reads the password from it into an array of its own of at least 200 bytes. `level`: "-O0"
    to "-O3". Without a compiler: what was recorded; NotImplementedError where nothing was. Raises ValueError when it
    does not compile.
    """
    if c_programs.compiler() is None:
        missing = "There is no C compiler here"
        known = LEFT.get((" ".join(source.split()), level))
        if known is None:
            raise NotImplementedError("there is no C compiler here, and of this function nothing was recorded")
        return program_output.recorded(known, missing)
    name = re.findall(r"(\w+)\s*\(", source)[0]
    return c_programs.run_c(source + _LOOKS.replace("FUNCTION", name), level=level)
