"""Show what a C compiler makes of a function: its machine code at several levels of optimization, side by side, and
whether a loop that waits comes back. Source: gcc(1), objdump(1)."""

import itertools
import re
import shutil
import tempfile

from shmlab.observe import c_programs, program_output
from shmlab.observe.recorded_code import BACK, CODE

# A call of a function that is elsewhere: its address is not known yet, and the next line names the function.
_CALLED = re.compile(r"(\t(?:call|jmp|bl?|jal)q? +)\S+(?: <\S+>)?\n\s+[0-9a-f]+: R_\w+\s+(\w+)\S*")
_PADDING = ("nop", "data16", "xchg   %ax,%ax", "cs nop")  # before the next function begins


def machine_code(source: str, *levels: str) -> program_output.Told:
    """Return the machine code of a C function at each of these levels of optimization, "-O0" to "-O3", as Told.

    Without a compiler or objdump, return what was recorded. Raises NotImplementedError where nothing was. Raises
    ValueError with the compiler's words when it does not compile.
    """
    missing = _missing()
    columns = [_recorded(CODE, source, level, missing).splitlines() if missing else _code(source, level)
               for level in levels]  # fmt: skip
    columns = [[f"gcc {level}" if missing else level, *lines] for level, lines in zip(levels, columns, strict=True)]
    widths = [max(map(len, column)) for column in columns]
    rows = itertools.zip_longest(*columns, fillvalue="")
    text = "\n".join("    ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return program_output.recorded(text, missing) if missing else program_output.Told(text, "Compiled here and now.")


def _missing() -> str:
    """Return why no machine code can be shown, or ""."""
    if c_programs.compiler() is None:
        return "There is no C compiler here"
    return "" if shutil.which("objdump") else "There is no objdump here"


def _recorded(records: dict[tuple[str, str], str], source: str, level: str, missing: str) -> str:
    known = records.get((" ".join(source.split()), level))
    if known is None:
        raise NotImplementedError(f"{missing[0].lower()}{missing[1:]}, and of this function nothing was recorded")
    return known.strip("\n")


def _code(source: str, level: str) -> list[str]:
    """Return the lines of a function's machine code: the place of each instruction in it, and the instruction."""
    with tempfile.TemporaryDirectory() as folder:
        made = c_programs.compiled(source, folder, level, "-c")
        ended = program_output.done(["objdump", "--disassemble", "--reloc", "--no-show-raw-insn", made], LC_ALL="C")
    lines = re.findall(r"^ *([0-9a-f]+):\t(.*\S)", _CALLED.sub(r"\1\2", ended.stdout), re.MULTILINE)
    lines = [(at, re.sub(r" *(<.*>|#.*|//.*)$", "", code.replace("\t", " "))) for at, code in lines]
    return [f"{at:>3}  {code}" for at, code in lines if not code.startswith(_PADDING)]


_WAITS = """
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EARLIER_MS = 100, LATER_MS = 1000 };

static int closed(int pipe, int timeout_ms)
{
    struct pollfd end = {.fd = pipe, .events = POLLIN};
    return poll(&end, 1, timeout_ms) == 1;
}

int main(void)
{
    /* The child waits in the function, and its end of the pipe closes when it ends. */
    volatile _Atomic int *flag = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int pipes[2];
    char begins = 1;
    if (flag == MAP_FAILED || pipe(pipes))
        return 1;
    pid_t child = fork();
    if (child == 0) {
        __typeof__(&FUNCTION) volatile function = FUNCTION;
        if (write(pipes[1], &begins, 1) != 1)
            _exit(1);
        function((void *)flag);
        _exit(0);
    }
    close(pipes[1]);
    if (read(pipes[0], &begins, 1) != 1)
        return 1;
    if (closed(pipes[0], EARLIER_MS)) {
        puts("It came back before the flag was up.");
    } else {
        *flag = 1;
        puts(closed(pipes[0], LATER_MS) ? "It came back when the flag was up."
                                        : "It was still in its loop when the flag had been up for a second.");
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}
"""


def comes_back(source: str, level: str) -> program_output.Told:
    """Tell whether a C function that waits for a flag comes back when another process sets the flag; return Told.

    It takes a pointer to the flag, a number in shared memory: 0 at first, 1 when it is set. `level`: "-O0" to "-O3".
    Without a compiler, return what was recorded. Raises NotImplementedError where nothing was; ValueError when it does
    not compile.
    """
    if c_programs.compiler() is None:
        missing = "There is no C compiler here"
        return program_output.recorded(_recorded(BACK, source, level, missing), missing)
    name = re.findall(r"(\w+)\s*\(", source)[0]
    return c_programs.run_c(source + _WAITS.replace("FUNCTION", name), level=level)
