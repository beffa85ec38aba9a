"""Each panel of ours in a real JupyterLab, operated by mouse and by keyboard: it changes as it should."""

import re

import pytest
from jupyterlab_page import expect, width

pytestmark = pytest.mark.browser

ASK = """\
from shmlab import predict, race_panel
prediction = predict("How many?", ["all of them", "none"])
prediction"""
COMPARE = """prediction.compare("all of them", {"none": "every process would have one of its own"})"""
RACE = "race_panel()"
BAR = """\
from shmlab.base.progress import progress_bar
with progress_bar("runs", "run", total=1, delay_s=0) as bar:
    bar.update()"""


def test_a_prediction_is_made_by_keyboard_kept_and_compared(notebook):
    opened = notebook("prediction.ipynb", ASK, COMPARE)
    opened.run_all()
    page = opened.page
    expect(page.get_by_text("You said nothing yet")).to_be_visible()
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("You said: all of them")).to_be_visible()
    expect(page.get_by_text("that is what came")).to_be_visible()
    page.keyboard.press("Tab")  # JupyterLab takes the arrows for itself
    page.keyboard.press("Space")
    expect(page.get_by_text("You said: none")).to_be_visible()
    expect(page.get_by_text("You said none; what came: all of them.")).to_be_visible()
    opened.run(opened.cell("predict("))  # again, as who goes back to it does
    expect(page.get_by_text("You said: none")).to_be_visible()
    expect(page.get_by_role("radio").last).to_be_checked()


def test_a_panel_is_still_shown_after_a_restart_and_when_its_notebook_is_opened_again(notebook, lab):
    opened = notebook("again.ipynb", ASK, BAR)
    opened.run_all()
    page = opened.page
    page.get_by_role("radio", name="none").check()
    expect(page.get_by_text("You said: none")).to_be_visible()
    opened.save()
    opened.restart()
    expect(page.get_by_text("You said: none")).to_be_visible()
    lab.end_kernels()
    page.goto(lab.page("again.ipynb"))
    expect(page.get_by_text("You said: none")).to_be_visible()
    expect(page.get_by_role("radio", name="none")).to_be_checked()
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)


def test_the_race_panel_races_and_shows_picture_and_table(notebook):
    opened = notebook("race.ipynb", "from shmlab import race_panel", RACE)
    opened.run_all()
    page = opened.page
    expect(page.locator(".jp-OutputArea-output img")).to_have_count(0)  # and none that is broken
    button = page.get_by_role("button", name="Race", exact=True)
    button.click()
    expect(page.get_by_text("Protection off:")).to_be_visible()
    page.get_by_role("radio", name="mutex").focus()
    page.keyboard.press("Space")
    button.click()
    expect(page.get_by_text("Protection mutex: 0 of 20 runs lost updates.")).to_be_visible()
    picture = page.locator(".jp-OutputArea-output img")
    expect(picture).to_have_attribute("alt", re.compile("mutex"))
    assert width(picture) > 500
    expect(page.locator(".jp-OutputArea-output .widget-html table")).to_contain_text("mutex")


BENCH = """\
from shmlab import bench_panel
bench_panel()"""


def test_the_throughput_panel_measures_draws_and_stops(notebook):
    opened = notebook("throughput.ipynb", BENCH)
    panel = opened.run(opened.cell("bench_panel()"))
    expect(panel.locator("img")).to_have_count(0)
    for box in reversed(panel.get_by_role("checkbox", checked=True).all()):  # each leaves those before it
        box.uncheck()
    for name in ("pipe", "FIFO", "64 bytes"):
        panel.get_by_role("checkbox", name=name, exact=True).focus()
        opened.page.keyboard.press("Space")
    run, stop = (panel.get_by_role("button", name=name, exact=True) for name in ("Run", "Stop"))
    run.focus()
    opened.page.keyboard.press("Space")
    expect(panel.get_by_role("status")).to_have_text("Done.")
    expect(panel.get_by_role("table")).to_contain_text("FIFO, MB/s")
    picture = panel.locator("img")
    expect(picture).to_have_attribute("alt", re.compile("FIFO, MB/s"))
    assert width(picture) > 500

    for name in ("256 bytes", "1 KiB", "4 KiB", "16 KiB", "64 KiB"):
        panel.get_by_role("checkbox", name=name, exact=True).check()
    run.click()
    expect(stop).to_be_enabled()
    stop.click()
    expect(panel.get_by_role("status")).to_contain_text("Stopped after")
    expect(run).to_be_enabled()
    assert opened.errors() == []


SEGMENT = """\
import ctypes
from shmlab import hex_view
from shmlab.ipc import PosixSegment

class Header(ctypes.Structure):
    _fields_ = [("magic", ctypes.c_char * 4), ("version", ctypes.c_uint16), ("count", ctypes.c_int64)]

segment = PosixSegment.create(None, 300)
segment.buffer[:4] = b"SHML"
hex_view(segment, Header)"""
BUMP = """\
from shmlab import start

def bump(segment):
    segment.view(Header).count += 1

start(bump, segment).result()"""
CLOSE = """\
segment.unlink()
segment.close()"""


def test_the_hex_view_follows_what_another_process_stores(notebook):
    opened = notebook("bytes.ipynb", SEGMENT, BUMP, CLOSE)
    panel = opened.run(opened.cell("hex_view("))
    rows = panel.get_by_role("table").first
    expect(rows).to_contain_text("SHML")
    for name in ("magic", "version", "padding", "count"):
        expect(rows.get_by_role("cell", name=name, exact=True).last).to_be_visible()
    expect(panel.get_by_role("status")).to_contain_text("none of those shown changed")

    opened.run(opened.cell("def bump"))
    panel.get_by_role("button", name="Refresh").click()
    expect(panel.get_by_role("status")).to_contain_text("1 byte changed (count)")
    expect(rows.get_by_label("01, changed")).to_be_visible()

    live = panel.get_by_role("button", name="Live")
    live.focus()
    opened.page.keyboard.press("Space")
    expect(panel.get_by_text("Looking by itself.")).to_be_visible()
    opened.run(opened.cell("def bump"))
    expect(panel.get_by_role("row", name=re.compile("^count"))).to_contain_text("2")

    place = panel.get_by_label("from byte")
    place.fill("256")
    place.press("Enter")
    expect(rows).to_contain_text("0x0100")

    opened.run(opened.cell("segment.unlink"))  # nothing keeps it from being closed
    expect(panel.get_by_role("alert")).to_contain_text("is closed in this process")
    assert opened.errors() == []


TABLE = """\
from shmlab import objects, segment_table
from shmlab.ipc import PosixSegment, SysvSegment
posix = PosixSegment.create("/browser-shown", 100)
sysv = SysvSegment.create(0x7E57, 100)
segment_table()"""
LEFT = """\
posix.close(), sysv.close()
objects()"""


def test_the_segment_table_removes_what_is_asked_for_and_no_more(notebook):
    opened = notebook("objects.ipynb", TABLE, LEFT)
    panel = opened.run(opened.cell("segment_table()"))
    table = panel.get_by_role("table")
    expect(table).to_contain_text("/browser-shown")
    expect(table).to_contain_text("0x7e57")
    panel.get_by_role("button", name="Remove POSIX segment '/browser-shown'").focus()
    opened.page.keyboard.press("Enter")
    expect(panel.get_by_role("status")).to_contain_text("Removed POSIX segment '/browser-shown'.")
    expect(table).not_to_contain_text("/browser-shown")
    expect(table).to_contain_text("0x7e57")
    rest = panel.get_by_role("button", name="Remove")
    expect(rest).to_have_count(1)
    expect(rest).to_be_focused()  # the keyboard goes on from there
    rest.click()
    expect(panel.get_by_text("Nothing of ours is in the kernel.")).to_be_visible()
    expect(opened.run(opened.cell("posix.close()")).last).to_contain_text("Nothing of ours is in the kernel.")
    assert opened.errors() == []


SPACES = """\
from shmlab import address_space, start
from shmlab.ipc import PosixSegment, PosixSemaphore

def hold(segment, ready, go):
    ready.release()
    go.acquire()

with PosixSegment.create("/browser-mapped", 100) as segment:
    ready, go = PosixSemaphore.create(None, 0), PosixSemaphore.create(None, 0)
    workers = [start(hold, segment, ready, go, name=name, method="spawn") for name in ("one", "two")]
    for _ in workers:
        ready.acquire()
    spaces = address_space(*workers)
    for _ in workers:
        go.release()
    for worker in workers:
        worker.result()
    for semaphore in (ready, go):
        semaphore.unlink()
spaces"""


def test_address_spaces_are_a_picture_and_a_table(notebook):
    opened = notebook("spaces.ipynb", SPACES)
    shown = opened.run(opened.cell("address_space("))
    picture = shown.locator("img")
    assert width(picture) > 700
    assert "/browser-mapped" in picture.get_attribute("alt")
    row = shown.get_by_role("row").filter(has_text="/browser-mapped")
    expect(row).to_contain_text("shared: one piece of memory")
    assert opened.errors() == []
