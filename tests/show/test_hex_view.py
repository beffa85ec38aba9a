import asyncio
import ctypes
import gc
import threading
import weakref

import pytest

from shmlab import hex_view, ipc, start
from shmlab.show.panels import hex_view as panel_module


class Header(ctypes.Structure):
    _fields_ = (("magic", ctypes.c_char * 4), ("version", ctypes.c_uint16), ("count", ctypes.c_int64))


@pytest.fixture(params=["posix", "sysv"])
def segment(request):
    with ipc.Segment.create(40, ipc=request.param) as made:
        yield made


@pytest.fixture
def quickly(monkeypatch):
    """Live looks without a pause between them."""
    monkeypatch.setattr(panel_module, "EVERY_S", 0)


def test_it_shows_the_bytes_and_their_fields(segment):
    segment.buffer[:6] = b"SHML\x03\x00"
    panel = hex_view(segment, Header)
    assert ">53</td>" in panel.rows.value
    assert ">SHML....</td>" not in panel.rows.value  # a row has 16
    assert "SHML............" in panel.rows.value
    assert panel.rows.value.count(">padding</td>") == 1
    assert "<td>b&#x27;SHML&#x27;</td>" in panel.fields.value
    assert "40 bytes; none of those shown changed" in panel.state.value


def test_fields_are_named_and_not_only_coloured(segment):
    panel = hex_view(segment, Header)
    for name in ("magic", "version", "padding", "count"):
        assert f'class="name" colspan="{ {"magic": 4, "count": 8}.get(name, 2) }" title="{name}">{name}</td>' in (
            panel.rows.value
        )
        assert f">{name}</th>" in panel.fields.value
    assert "repeating-linear-gradient" in panel.rows.value  # padding is striped


def test_another_process_changes_a_byte_and_it_is_marked(segment):
    def bump(segment):
        segment.view(Header).count += 1

    panel = hex_view(segment, Header)
    assert 'class="changed"' not in panel.rows.value
    start(bump, segment).result()
    panel.refresh.click()
    assert panel.rows.value.count('class="changed" aria-label="01, changed"') == 1
    assert "1 byte changed (count)" in panel.state.value
    assert "● changed" in panel.fields.value
    panel.refresh.click()
    assert 'class="changed"' not in panel.rows.value


def test_the_segment_can_be_closed_beside_it(segment):
    panel = hex_view(segment, Header)
    segment.close()  # refuses while a view is alive
    panel.refresh.click()
    assert 'role="alert"' in panel.state.value
    assert "is closed in this process" in panel.state.value
    assert ">00</td>" in panel.rows.value


def test_live_it_looks_by_itself_until_it_is_told_not_to(segment, quickly):
    async def session():
        panel = hex_view(segment, Header)
        panel.live.value = True
        segment.buffer[8] = 7
        while ">07</td>" not in panel.rows.value:
            await asyncio.sleep(0)
        assert "Looking by itself." in panel.state.value
        panel.live.value = False
        segment.buffer[8] = 9
        for _ in range(20):
            await asyncio.sleep(0)
        assert ">09</td>" not in panel.rows.value
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(session())


def test_live_it_stops_when_the_segment_is_closed(segment, quickly):
    async def session():
        panel = hex_view(segment)
        panel.live.value = True
        await asyncio.sleep(0)
        segment.close()
        while panel.live.value:
            await asyncio.sleep(0)
        assert "is closed in this process" in panel.state.value
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(session())


def test_live_it_stops_by_itself(segment, quickly, monkeypatch):
    monkeypatch.setattr(panel_module, "LIVE_S", 0)

    async def session():
        panel = hex_view(segment)
        panel.live.value = True
        while panel.live.value:
            await asyncio.sleep(0)
        assert "Stopped looking by itself" in panel.state.value

    asyncio.run(session())


def test_no_look_outlives_the_panel(segment, quickly):
    async def session():
        panel = hex_view(segment)
        panel.live.value = True
        await asyncio.sleep(0)
        panel.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    before = threading.active_count()
    asyncio.run(session())
    assert threading.active_count() == before


def test_without_an_event_loop_live_says_so(segment):
    panel = hex_view(segment)
    panel.live.value = True
    assert not panel.live.value
    assert "press Refresh instead" in panel.state.value


def test_a_mark_stays_for_a_while_when_it_is_live(segment, quickly):
    async def session():
        panel = hex_view(segment)
        panel.live.value = True
        panel.look()
        segment.buffer[0] = 1
        for _ in range(panel_module.LIVE_LOOKS):
            panel.look()
            assert 'class="changed"' in panel.rows.value
        panel.look()
        assert 'class="changed"' not in panel.rows.value
        panel.close()

    asyncio.run(session())


def test_a_large_segment_is_shown_from_where_one_asks():
    with ipc.Segment.create(10_000) as segment:
        segment.buffer[5000] = 0xAB
        panel = hex_view(segment)
        assert ">ab</td>" not in panel.rows.value
        assert "… 9744 bytes more" in panel._as_text()
        panel.first.value = 4992
        assert ">ab</td>" in panel.rows.value
        assert 'class="changed"' not in panel.rows.value  # another place is no change
        assert panel.first.max == 9984


@pytest.mark.parametrize("kind", [bytearray, bytes, lambda data: Header.from_buffer_copy(data)])
def test_any_buffer_will_do(kind):
    panel = hex_view(kind(b"SHML" + bytes(12)), Header)
    assert "SHML" in panel._as_text()


def test_names_are_shown_and_not_obeyed():
    odd = type("<b>", (ctypes.Structure,), {"_fields_": [("<i>", ctypes.c_int8)]})
    panel = hex_view(bytearray(b"<"), odd)
    for shown in (panel.rows.value, panel.fields.value):
        assert "&lt;i&gt;" in shown
        assert "<i>" not in shown
    assert "&lt;</td>" in panel.rows.value


def test_on_paper_it_is_a_dump_and_a_table(segment):
    segment.buffer[:4] = b"SHML"
    bundle = hex_view(segment, Header)._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "00000000  53 48 4d 4c" in data["text/plain"]
    assert "count    8       8      int64" in data["text/plain"]
    assert "<table" in data["text/html"]


def test_many_fields_are_cut():
    panel = hex_view(bytearray(16 * 200), Header * 200)
    assert "fields more" in panel.fields.value


@pytest.mark.parametrize(
    ("memory", "layout", "error", "words"),
    [
        (17, None, TypeError, "17 has no bytes to show"),
        (bytearray(4), "Header", TypeError, "layout is 'Header': give a ctypes type"),
        (bytearray(4), Header, ValueError, "Header has 16 bytes and does not fit into 4"),
    ],
)
def test_what_cannot_be_shown_is_refused(memory, layout, error, words):
    with pytest.raises(error, match=words):
        hex_view(memory, layout)


def test_a_closed_segment_is_refused(segment):
    segment.close()
    with pytest.raises(ValueError, match="is closed"):
        hex_view(segment)


def test_every_control_has_a_label(segment):
    panel = hex_view(segment)
    assert all(control.description for control in (panel.refresh, panel.live, panel.first))


def test_a_looking_task_does_not_keep_the_panel(quickly):
    async def session():
        panel = hex_view(bytearray(16))
        panel.live.value = True
        await asyncio.sleep(0)
        gone = weakref.ref(panel)
        panel.close()
        del panel
        await asyncio.sleep(0)
        gc.collect()
        await asyncio.sleep(0)
        assert gone() is None or gone()._task is None

    asyncio.run(session())
