"""JupyterLab as its users meet it: notebooks opened, run, typed into and looked at in a page of a browser."""

import json
import os
import pathlib
import re
import select
import urllib.parse
import urllib.request
import uuid

from helpers import processes_below
from playwright.sync_api import expect

PATIENCE_MS = 120_000  # for what must happen: far beyond what a busy machine needs
expect.set_options(timeout=PATIENCE_MS)
_ERROR, _STDERR = (f"[data-mime-type='application/vnd.jupyter.{kind}']" for kind in ("error", "stderr"))
_KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}


class Lab:
    """A running JupyterLab. `address`: what it printed, of its first page, with its token; `pid`: of its server,
    which adopts orphans; `folder`: the course folder that it shows."""

    def __init__(self, address, pid, folder):
        self.address, self._pid, self.folder = address, pid, folder

    def page(self, name=None):
        """The address of a notebook, or of the first page, in a workspace of its own, so that no tab of another test is
        restored."""
        printed = urllib.parse.urlsplit(self.address)
        name = name or printed.path.removeprefix("/lab/tree/")
        return printed._replace(path=f"/lab/workspaces/{uuid.uuid4().hex}/tree/{name}").geturl()

    def upload(self, name, *sources):
        """A notebook of these code cells."""
        cells = [
            {"cell_type": "code", "id": f"cell-{at}", "source": source, "metadata": {}, "outputs": [],
             "execution_count": None}
            for at, source in enumerate(sources)
        ]  # fmt: skip
        notebook = {"cells": cells, "metadata": {"kernelspec": _KERNEL}, "nbformat": 4, "nbformat_minor": 5}
        self._ask("PUT", f"contents/{name}", {"type": "notebook", "content": notebook})

    def end_terminals(self):
        """Tell every terminal to end."""
        for terminal in self._ask("GET", "terminals"):
            self._ask("DELETE", f"terminals/{terminal['name']}")

    def end_kernels(self):
        """Tell every kernel to end."""
        for session in self._ask("GET", "sessions"):
            self._ask("DELETE", f"sessions/{session['id']}")

    def outliving(self):
        """The command lines of what kernels have started and what does not end with them."""
        return [_command(pid) for pid in processes_below(self._pid) if not _ends(pid)]

    def _ask(self, method, what, body=None):
        parts = urllib.parse.urlsplit(self.address)
        token = urllib.parse.parse_qs(parts.query)["token"][0]
        request = urllib.request.Request(
            f"http://{parts.netloc}/api/{what}",
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def _command(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def _ends(pid):
    """Whether a process has ended, or does so before our patience does."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], PATIENCE_MS / 1000)[0])
    finally:
        os.close(descriptor)


def width(picture):
    """How many pixels wide a picture is, when it is there as a whole."""
    return picture.evaluate("image => image.decode().then(() => image.naturalWidth)")


class Notebook:
    """A notebook open in a page without its stored outputs, with a kernel of its own that is idle."""

    def __init__(self, page, lab, name):
        self.page = page
        page.goto(lab.page(name))
        page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for()
        # What runs before that is not run.
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        # A stored count may be the one that the cell gets now: nobody could tell whether it has run.
        self._menu("Edit", "Clear Outputs of All Cells")
        expect(page.locator(".jp-CodeCell .jp-InputArea-prompt").filter(has_text=re.compile(r"\d"))).to_have_count(0)

    def run_all(self):
        """Run every cell, and wait until the last one has an execution count, or one fails."""
        self._menu("Run", "Run All Cells")
        last = self.page.locator(".jp-CodeCell .jp-InputArea-prompt").last.filter(has_text=re.compile(r"\[\d+\]:"))
        expect(last.or_(self.page.locator(_ERROR)).first).to_be_visible()

    def save(self):
        """Save it, and wait until the server has it."""
        with self.page.expect_response(lambda said: said.request.method == "PUT" and "/api/contents/" in said.url):
            self.page.get_by_role("button", name=re.compile("^Save and create checkpoint")).click()

    def restart(self):
        """Restart the kernel, and wait until it is idle."""
        self.page.get_by_role("button", name="Restart the kernel", exact=True).click()
        with self.page.expect_response(re.compile("/restart")):
            self.page.keyboard.press("Enter")  # the dialog's own choice
        self.page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()

    def _menu(self, menu, item):
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def errors(self):
        """What cells show as an error, or wrote to stderr."""
        return self.page.locator(f"{_ERROR}, {_STDERR}").all_text_contents()

    def cell(self, words):
        """The first code cell whose source has these words, among its first lines: of a long cell JupyterLab draws no
        more than can be seen."""
        return self.page.locator(".jp-CodeCell").filter(has=self.page.locator(".jp-InputArea", has_text=words)).first

    def next_code(self, cell):
        """The code cell that comes after another one."""
        return cell.locator("xpath=following-sibling::*[contains(@class, 'jp-CodeCell')][1]")

    def run_above(self, cell):
        """Run all cells above one; what is run next waits for them."""
        cell.locator(".jp-InputPrompt").click()
        self._menu("Run", "Run All Above Selected Cell")

    def run(self, cell):
        """Run one cell by keyboard; returns its outputs when it has run."""
        before = cell.locator(".jp-InputArea-prompt").inner_text()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        prompt = cell.locator(".jp-InputArea-prompt")
        expect(prompt).not_to_have_text(before)
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))
        return self.outputs(cell)

    def unfold(self, cell):
        """Show the source of a cell that is folded."""
        cell.locator(".jp-InputPlaceholder").click()
        expect(cell.locator(".cm-content")).to_be_visible()

    def outputs(self, cell):
        """What a cell shows."""
        return cell.locator(".jp-OutputArea-output")

    def type_into(self, cell, text):
        """Replace what stands in a cell, as somebody at the keyboard would."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)
        expect(cell.locator(".cm-content .cm-line")).to_have_text(text.split("\n"))

    def add_below(self, cell, text):
        """Make a cell of one's own below another one, type this into it, and run it; returns the cell, which is
        found by its place: the next one goes below it, not between."""
        cell.locator(".jp-InputPrompt").click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("b")
        own = cell.locator("xpath=following-sibling::*[1]")
        expect(own).to_have_class(re.compile("jp-mod-active"))
        self.type_into(own, text)
        self.run(own)
        return own
