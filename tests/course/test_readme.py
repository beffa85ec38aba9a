"""The README's examples, run as they stand there."""

import pathlib
import re
import subprocess
import sys

README = (pathlib.Path(__file__).parents[2] / "README.md").read_text()
FIRST, SECOND = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[:2]
WITHOUT_THE_LOCK = """
def without(shm):
    for _ in range(3):
        shm.counter += 1


racy = Program(without, processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter == 6)
from shmlab import step
"""
EACH_LINE = """
import ast, pathlib

path = pathlib.Path(__file__).with_name("example.py")
lines = {}
for node in ast.parse(path.read_text()).body:
    code = compile(ast.Module([node], []), path, "exec")
    value = compile(ast.Expression(node.value), path, "eval") if isinstance(node, ast.Expr) else None
    print(ast.unparse(node).splitlines()[0], "->", eval(value, lines) if value else exec(code, lines))
print(lines["verdict"])
"""


def shown(folder, example):
    """What each line of an example gives, by the line's code; and the verdict in the end."""
    (folder / "example.py").write_text(example)
    (folder / "run.py").write_text(EACH_LINE)
    done = subprocess.run([sys.executable, "run.py"], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_package_in_one_cell(tmp_path):
    output = shown(tmp_path, FIRST)
    assert "program.run() -> ok; counter = 6" in output
    assert "program.run(ipc='sysv', times=20) -> increment × 2: 0 of 20 runs failed" in output
    assert "plot(program.run(times=20)) -> Figure" in output
    assert "increment × 2: ok: all 20 interleavings covered" in output


def test_what_comes_without_the_lock(tmp_path):
    output = shown(tmp_path, FIRST.partition("program.run()")[0] + WITHOUT_THE_LOCK + SECOND)
    assert "without × 2: fails, invariant (lost update)" in output
    assert "racy.replay(verdict.witness) -> not ok: the invariant does not hold" in output
    assert "racy.count() -> without × 2: 904 of 924 interleavings fail" in output
