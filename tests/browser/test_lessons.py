"""The lessons in a real JupyterLab in a real browser: every cell runs, every panel answers."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import uuid

import pytest

pytestmark = pytest.mark.browser
sync_api = pytest.importorskip("playwright.sync_api")

NOTEBOOKS = pathlib.Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
RUN_MS = 120_000
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


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on copies of the lessons; the address to open."""
    home = tmp_path_factory.mktemp("lab")
    for lesson in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(lesson, home)
    settings = {
        "notebook-extension/tracker": {"windowingMode": "none"},  # off-screen cells are drawn too
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    }
    for place, content in settings.items():
        path = home / "settings" / "@jupyterlab" / f"{place}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    folders = {"JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTER_CONFIG_DIR": "config"}
    environment = os.environ | {name: str(home / folder) for name, folder in folders.items()}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0", f"--notebook-dir={home}"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        address = next(
            found for line in server.stderr if (found := re.search(r"http://localhost:\S+/lab\?token=\S+", line))
        )
        yield address.group()
    finally:
        server.terminate()
        server.communicate()


@pytest.fixture
def page():
    """A page of a fresh browser, which fails the test when the browser's console shows an error."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        opened = browser.new_page(viewport={"width": 1300, "height": 1000})
        errors = []
        opened.on("pageerror", lambda error: errors.append(str(error)))
        yield opened
        browser.close()
    assert not errors


def open_lesson(page, lab, lesson):
    """Open a lesson with a kernel of its own and wait until it can be run."""
    workspace = uuid.uuid4().hex  # of its own, so that no tab of another test is restored
    page.goto(lab.replace("/lab?", f"/lab/workspaces/{workspace}/tree/{lesson}?"))
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=RUN_MS)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for(timeout=RUN_MS)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=RUN_MS)  # what runs before that is not run


def run_all(page):
    """Run every cell, and wait until the last one has an execution count again."""
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.get_by_role("menuitem", name="Clear Outputs of All Cells").click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    prompts = page.locator(".jp-CodeCell .jp-InputArea-prompt")
    sync_api.expect(prompts.last).to_have_text(re.compile(r"\[\d+\]:"), timeout=RUN_MS)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_cell_runs_and_leaves_the_kernel_clean(page, lab, lesson):
    open_lesson(page, lab, lesson)
    run_all(page)
    assert page.locator("[data-mime-type='application/vnd.jupyter.error']").all_text_contents() == []
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").all_text_contents() == []
    assert page.locator(".jp-OutputArea-output").last.inner_text().strip() == "Nothing of ours is in the kernel."


def test_a_prediction_is_kept_by_keyboard(page, lab):
    open_lesson(page, lab, "00_start_here.ipynb")
    run_all(page)
    first = page.get_by_role("radio").first
    first.focus()
    page.keyboard.press("Space")
    sync_api.expect(page.get_by_text("You said: 20,000, every time")).to_be_visible()


def test_the_race_panel_races_and_shows_picture_and_table(page, lab):
    open_lesson(page, lab, "00_start_here.ipynb")
    run_all(page)
    button = page.get_by_role("button", name="Race", exact=True)
    button.click()
    sync_api.expect(page.get_by_text("Protection off:")).to_be_visible(timeout=RUN_MS)
    page.get_by_label("protection").select_option("mutex")
    button.click()
    sync_api.expect(page.get_by_text("Protection mutex: 0 of 20 runs lost updates.")).to_be_visible(timeout=RUN_MS)
    picture = page.locator(".jp-OutputArea-output img.widget-image")
    assert picture.evaluate("image => image.naturalWidth") > 500
    sync_api.expect(page.locator(".jp-OutputArea-output .widget-html table")).to_contain_text("mutex")
