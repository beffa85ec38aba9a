"""Run lessons as learners do: in a kernel, cell by cell, twice, interrupted, on a machine without compiler or strace.

As a script it runs one lesson twice in one kernel, as an ordinary user, and prints the results as JSON.
"""

import contextlib
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time
import uuid

import nbclient
import nbformat
from helpers import PATIENCE_S
from jupyter_core.utils import run_sync

ROOT = pathlib.Path(__file__).parents[1]
LESSONS = sorted(ROOT.glob("notebooks/*.ipynb"))
CLEAN = "Nothing of ours is in the kernel."
NOBODY = 65534
_INTERRUPTION = str(pathlib.Path(__file__).with_name("interruption.py"))
CELL_S = 120  # longest time of a cell: far more than a busy machine needs
_HIDDEN = frozenset({"cc", "c89", "c99", "gcc", "clang", "tcc", "strace"})


class Lesson:
    """A lesson with a running kernel; `running` makes it."""

    def __init__(self, path, client, mark):
        self.path, self._client, self._mark = path, client, mark
        self._say(f"import runpy; get_ipython().interruption = runpy.run_path({_INTERRUPTION!r})['install']()")
        self.cells = [cell for cell in client.nb.cells if cell.cell_type == "code"]

    def run(self):
        """Run all cells; return the seconds of each. Raises AssertionError for the first that fails."""
        return [self.run_cell(number) for number in range(len(self.cells))]

    def run_cell(self, number):
        """Run one cell to its end; return its seconds. Raises AssertionError when it fails."""
        began = time.monotonic()
        self._execute(self.cells[number])
        seconds = time.monotonic() - began
        assert not self.complaints(number), f"{self.path.name}, code cell {number}: {self.complaints(number)}"
        return seconds

    def load(self):
        """Import the other libraries that the first cell imports: if an interrupt stops the import of numpy half-way,
        it cannot be imported again, and the kernel must be restarted."""
        lines = self.cells[0].source.splitlines()
        self._say("\n".join(one for one in lines if one.startswith(("import ", "from ")) and "shmlab" not in one))

    def interrupt(self, number, after_s):
        """Run one cell, and interrupt it as Jupyter does, `after_s` seconds after its start."""
        self._say(f"get_ipython().interruption.after_s = {after_s}")
        self._execute(self.cells[number])

    def complaints(self, number):
        """Return the exceptions of the cell, and what it wrote to stderr."""
        outputs = self.cells[number].outputs
        raised = [f"{one.ename}: {one.evalue}" for one in outputs if one.output_type == "error"]
        return raised + [one.text for one in outputs if one.get("name") == "stderr"]

    @property
    def ending(self):
        """Return the texts that the last cell shows."""
        return [one.get("data", {}).get("text/plain") for one in self.cells[-1].outputs]

    def processes(self):
        """Return {pid: command line} of the living processes that the lesson started, but not the fork server."""
        kernel = self._client.km.provisioner.pid
        found = _marked(self._mark)
        server = [pid for pid, command in found.items() if "forkserver').serve(" in command and _parent(pid) == kernel]
        return {pid: command for pid, command in found.items() if pid not in (kernel, *server[:1])}

    def _execute(self, cell):
        self._client.execute_cell(cell, self._client.nb.cells.index(cell))

    def _say(self, code):
        """Let the kernel run code that is not the lesson's."""

        async def asked():
            return await self._client.kc.execute(code, silent=True, reply=True, timeout=CELL_S)

        reply = run_sync(asked)()
        assert reply["content"]["status"] == "ok", reply


@contextlib.contextmanager
def running(path):
    """Yield a Lesson; its kernel ends with the block. Asserts that all processes of the lesson end with it."""
    notebook, mark = nbformat.read(path, as_version=4), uuid.uuid4().hex
    folder = {"metadata": {"path": str(path.parent)}}
    client = nbclient.NotebookClient(notebook, timeout=CELL_S, allow_errors=True, resources=folder)
    with client.setup_kernel(env=os.environ | {"LESSON": mark}):
        yield Lesson(path, client, mark)
    assert not outliving(lambda: _marked(mark))


def outliving(processes):
    """Wait until the processes that end by themselves have ended; return the others: {pid: command line}.

    `processes`: a function that returns {pid: command line}.
    """
    while found := processes():
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                watch = os.pidfd_open(pid)
                with open(watch):
                    if not select.select([watch], [], [], PATIENCE_S)[0]:
                        return found
    return found


def _marked(mark):
    """Return {pid: command line} of the living processes that inherited the variable LESSON with this value."""
    found = {}
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # another user's, or it has ended
            if f"LESSON={mark}".encode() in place.joinpath("environ").read_bytes().split(b"\0"):
                found[int(place.name)] = place.joinpath("cmdline").read_text().replace("\0", " ")
    return found


def _parent(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def little(folder):
    """Return the environment of a machine without compiler, strace and native atomics; `folder`: for its files."""
    programs, hidden = folder / "bin", folder / "hidden"
    programs.mkdir()
    hidden.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):  # of two programs with one name the first counts
        for program in pathlib.Path(place).glob("*"):
            link = programs / program.name
            if _HIDDEN.isdisjoint(program.name.split("-")) and not link.is_symlink():
                link.symlink_to(program)
    (hidden / "sitecustomize.py").write_text('import sys\n\nsys.modules["shmlab.native._native"] = None\n')
    return {"PATH": str(programs), "PYTHONPATH": str(hidden), "CC": "cc"}


def as_ordinary_user(path, home, environment):
    """Run this script on one lesson as an ordinary user whose home is `home`; return its output, read as JSON."""
    places = ("HOME", "SHMLAB_STATE", "IPYTHONDIR", "MPLCONFIGDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")
    command = [sys.executable, __file__, str(path)]
    if os.geteuid() == 0:
        os.chown(home, NOBODY, NOBODY)
        command = ["unshare", "--mount", *command]
    run = subprocess.run(command, cwd=home, env=os.environ | environment | dict.fromkeys(places, str(home)),
                         capture_output=True, text=True)  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def become_ordinary():
    """Stop being root, for good. Call it in a mount namespace of this process's own."""
    needed = [pathlib.Path(place) for place in (sys.base_prefix, sys.prefix, ROOT)]
    closed = {
        next((one for one in reversed(place.parents) if not one.stat().st_mode & 0o001), None) for place in needed
    }
    for folder in closed - {None}:
        _open(folder, [place for place in needed if folder in place.parents])
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def _open(folder, needed):
    """Mount over a folder that is closed to others, as /root, a folder that shows them only the needed places in it."""
    with tempfile.TemporaryDirectory() as stage:
        _mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", stage)
        for place in needed:
            shown = pathlib.Path(stage, place.relative_to(folder))
            shown.mkdir(parents=True, exist_ok=True)
            _mount("--bind", place, shown)
        _mount("--move", stage, folder)


def _mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def main(path):
    if os.geteuid() == 0:
        become_ordinary()
    told = []
    with running(pathlib.Path(path)) as lesson:
        for _ in range(2):
            seconds = sum(lesson.run())
            left = outliving(lesson.processes)
            told.append({"user": os.geteuid(), "ending": lesson.ending, "left": left, "seconds": round(seconds, 1)})
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
