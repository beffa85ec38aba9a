"""One JupyterLab and one browser for all tests; a page and kernels of its own for each."""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
import threading

import pytest

playwright_api = pytest.importorskip("playwright.sync_api")

from jupyterlab_page import PATIENCE_MS, Lab, Notebook  # noqa: E402 (without Playwright there is nothing to import)

CHROMIUM_FLAGS = [
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",  # ours has 64 MiB, and is for the lessons
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
FOLDERS = {
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTER_CONFIG_DIR": "config",
    "IPYTHONDIR": "ipython",
}
SERVER = """
import ctypes
from shmlab.cli.main import main

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)  # what loses its parent stays below the server, in sight
main()
"""
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # off-screen cells are drawn too
}


@pytest.fixture(scope="session")
def lab(tmp_path_factory, state_folder):
    """JupyterLab as `shmlab lab` opens it, on a course folder of this session."""
    home = tmp_path_factory.mktemp("lab")
    for place, content in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{place}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    environment = os.environ | {name: str(home / folder) for name, folder in FOLDERS.items()}
    command = [sys.executable, "-c", SERVER, "lab", "--folder", home / "course", "--no-browser", "--port=0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    said = iter(server.stderr.readline, "")
    try:
        address = next(found for line in said if (found := re.search(r"http://localhost:\S+/lab/tree/\S+", line)))
        reader = threading.Thread(target=collections.deque, args=(said, 0))  # a full pipe would stop the server
        reader.start()
        yield Lab(address.group(), server.pid, home / "course")
    finally:
        server.terminate()
        server.wait()
    reader.join()
    server.stderr.close()


@pytest.fixture(scope="session")
def browser():
    """Debian's chromium."""
    with playwright_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A fresh page, which fails the test when the browser's console shows an error."""
    opened = browser.new_page(viewport={"width": 1300, "height": 1000})
    opened.set_default_timeout(PATIENCE_MS)
    errors = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield opened
    opened.close()
    assert not errors


@pytest.fixture
def no_kernel_stays(lab):
    """Ends the kernels with the test, all that they started, and terminals."""
    yield
    lab.end_terminals()
    lab.end_kernels()
    assert lab.outliving() == []


@pytest.fixture
def notebook(page, lab, no_kernel_stays):
    """Opens a notebook by name, or one of the code cells given."""

    def opened(name, *sources):
        if sources:
            lab.upload(name, *sources)
        return Notebook(page, lab, name)

    return opened
