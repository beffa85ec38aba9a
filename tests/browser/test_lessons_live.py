"""The lessons in a real JupyterLab in a real browser: every cell runs, what they ask to try can be tried, and the
kernel is left clean."""

import pathlib

import pytest
from jupyterlab_page import expect

pytestmark = pytest.mark.browser
NOTEBOOKS = pathlib.Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_cell_runs_and_leaves_the_kernel_clean(notebook, lesson):
    opened = notebook(f"notebooks/{lesson}")
    opened.run_all()
    assert opened.errors() == []
    assert opened.page.locator(".jp-OutputArea-output").last.inner_text().strip() == "Nothing of ours is in the kernel."


def test_lesson_03_lets_a_segment_stay_and_removes_it_with_its_button(notebook):
    opened = notebook("notebooks/03_system_v_shared_memory.ipynb")
    for words in ("import sysv_ipc", "def ipcs(id)"):
        opened.run(opened.cell(words))
    shown = opened.cell("display(segment_table())")
    panel = opened.run(shown)
    table = panel.get_by_role("table")
    for kind in ("POSIX segment", "System V segment"):
        expect(table.get_by_role("row").filter(has_text=kind)).to_have_count(1)
    refresh = panel.get_by_role("button", name="Refresh")
    refresh.click()
    expect(panel.get_by_text("Nothing of ours is in the kernel.")).to_be_visible()

    own = opened.add_below(shown, "left = SysvSegment.create(None, 4096)")
    refresh.click()
    remove = panel.get_by_role("button", name="Remove System V segment")
    expect(remove).to_have_count(1)
    remove.click()
    expect(panel.get_by_text("Nothing of ours is in the kernel.")).to_be_visible()
    own = opened.add_below(own, "found = bytes(left.buffer[:5])\nleft.close()\nfound")
    expect(opened.outputs(own)).to_contain_text(r"b'\x00\x00\x00\x00\x00'")
    assert opened.errors() == []


def test_lesson_04_shows_live_what_another_process_stores(notebook):
    opened = notebook("notebooks/04_memory_layout.ipynb")
    for words in ("import numpy", "class Trade"):
        opened.run(opened.cell(words))
    shown = opened.cell("view = hex_view(segment, Trade)")
    panel = opened.run(shown)
    expect(panel.get_by_text("6 bytes changed (kind, price, count)")).to_be_visible()
    count = panel.get_by_role("row", name="count").filter(has_text="uint16")
    expect(count).to_contain_text("258")
    name = panel.get_by_role("cell", name="kind", exact=True)
    assert name.evaluate("cell => cell.scrollWidth <= cell.clientWidth")  # the name of one byte is not cut off

    own = opened.add_below(shown, "segment = PosixSegment.create(None, 64)\nhex_view(segment, Trade)")
    panel = opened.outputs(own)
    count = panel.get_by_role("row", name="count").filter(has_text="uint16")
    expect(count).not_to_contain_text("258")
    panel.get_by_role("button", name="Live").click()
    expect(panel.get_by_text("Looking by itself.")).to_be_visible()
    own = opened.add_below(own, "start(buy, segment).join()")
    expect(count).to_contain_text("258")
    opened.add_below(own, "segment.destroy()\nsegment.close()")
    expect(panel.get_by_role("alert")).to_contain_text("is closed in this process")
    assert opened.errors() == []
