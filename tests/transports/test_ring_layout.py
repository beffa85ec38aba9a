"""The ring's bytes: one layout in Python and in C, headers that are refused, and a C program at the other end."""

import ctypes
import pathlib
import shutil
import subprocess

import pytest
from helpers import PATIENCE_S
from rings import Messages

from shmlab import ipc, primitives
from shmlab.transports.ring import layout
from shmlab.transports.ring.ring import Ring

HERE = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """ring_program.c, compiled."""
    compiler = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
    if compiler is None:
        pytest.skip("no C compiler here")
    made = tmp_path_factory.mktemp("ring") / "ring_program"
    headers = HERE.parent / "shmlab" / "native"
    flags = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O2", f"-I{headers}"]
    subprocess.run([compiler, *flags, HERE / "ring_program.c", "-o", made, "-lrt"], check=True, timeout=60)
    return made


def told(program, *names):
    run = subprocess.run([program, *names], check=True, capture_output=True, text=True, timeout=PATIENCE_S)
    return run.stdout.splitlines()


def test_the_layout_is_the_same_in_c(program):
    with Ring.create(capacity_bytes=5000) as ring:
        *fields, last = told(program, ring.name)
        assert last == f"capacity {ring.capacity_bytes} version {layout.VERSION}"
    structures = {"ring_header": layout.Header, "ring_side": layout.Side}
    compared = 0
    for line in fields:
        place, offset, size = line.split()
        structure, name = place.split(".")
        if structure in structures:
            field = getattr(structures[structure], name)
            assert (field.offset, field.size) == (int(offset), int(size)), place
            compared += 1
    mine = [name for one in structures.values() for name, _ in one._fields_ if not name.startswith("unused")]
    assert compared == len(mine)
    assert [line for line in fields if "record" in line] == [
        "ring_record.left_bytes 0 8",
        "ring_record.size_bytes 8 4",
        "ring_record.kind 12 4",
    ]


def test_sides_and_counts_have_cache_lines_of_their_own():
    header = layout.Header
    places = [getattr(header, name).offset for name in ("head", "tail", "writer", "reader")]
    assert [place % layout.LINE_BYTES for place in places] == [0] * 4
    assert len(set(places)) == 4
    assert ctypes.sizeof(header) <= layout.DATA_OFFSET


def test_a_c_program_is_the_other_end(program):
    waiting, native = ("spin", True) if primitives.native_atomics() else ("posix", False)
    with (
        Ring.create(capacity_bytes=2**16, waiting=waiting, native=native) as there,
        Ring.create(capacity_bytes=2**16, waiting=waiting, native=native) as back,
        subprocess.Popen([program, there.name, back.name], stdout=subprocess.DEVNULL) as running,
    ):
        made, expected = Messages(4, 5000), Messages(4, 5000)
        for _ in range(2000):
            there.send(made.make(), PATIENCE_S)
            assert back.receive(PATIENCE_S) == bytes(expected.make()).upper()
        there.close()
        with pytest.raises(EOFError):
            back.receive(PATIENCE_S)
        assert running.wait(PATIENCE_S) == 0


# What is refused


@pytest.fixture
def ring():
    with Ring.create(capacity_bytes=4096) as made:
        yield made


@pytest.mark.parametrize(
    "field, value, words",
    [
        ("magic", b"another!", r"holds no ring: it begins with b'another!' and not with b'shmring\\n'"),
        ("magic", b"", "holds no ring"),
        ("version", 2, "a ring whose version is 0x2: this program reads 0x1"),
        ("byte_order", 0x04030201, "whose byte_order is 0x4030201: this program reads 0x1020304"),
        ("word_bytes", 4, "whose word_bytes is 0x4: this program reads 0x8"),
        ("waiting", 9, "the waiting strategy 9"),
        ("capacity_bytes", 2**40, "which its 8192 bytes cannot hold"),
        ("capacity_bytes", 100, "a ring of 100 bytes"),
        ("capacity_bytes", 0, "a ring of 0 bytes"),
        ("data_offset", 8192, "from 8192 on"),
        ("data_offset", 2**64 - 64, "cannot hold"),
    ],
)
def test_another_header_is_refused(ring, field, value, words):
    with ipc.PosixSegment.open(ring.name) as segment:
        header = segment.view(layout.Header)
        setattr(header, field, value)
        with pytest.raises(ValueError, match=words):
            Ring.attach(ring.name)
        del header


def test_what_is_no_ring_at_all_is_refused():
    with ipc.PosixSegment.create(None, 100) as short, ipc.PosixSegment.create(None, 10_000) as other:
        with pytest.raises(ValueError, match="holds no ring: it has only 100 bytes"):
            Ring.attach(short.name)
        with pytest.raises(ValueError, match="holds no ring: it begins with b''"):
            Ring.attach(other.name)
    with pytest.raises(FileNotFoundError):
        Ring.attach("/there-is-none")


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("kind, size", [(77, 1), (0, 1), (1, 5000), (1, 2**32 - 1), (3, 8)])
def test_records_that_make_no_sense_are_refused(kind, size, native):
    if native and not primitives.native_atomics():
        pytest.skip(primitives.NO_NATIVE)
    with Ring.create(capacity_bytes=4096, waiting="posix", native=native) as ring:
        ring.send(b"x")
        with ipc.PosixSegment.open(ring.name) as segment:
            layout.RECORD.pack_into(segment.buffer, layout.DATA_OFFSET, 0, size, kind)
        with pytest.raises(OSError, match="the ring is damaged"):
            ring.receive(0)


def test_the_header_for_c_programs_is_installed():
    assert "ring.h" in (HERE.parent / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    "caches, capacity",
    [
        ({}, 2**21),
        ({"2": "2048K", "3": "491520K"}, 2**22),
        ({"2": "256K", "3": "8192K"}, 2**20),
        ({"2": "16384K"}, 2**23),
        ({"2": "2048K", "3": "8192K"}, 2**21),
        ({"2": "strange", "3": "8192K"}, 2**21),
    ],
)
def test_the_capacity_follows_the_caches(tmp_path, monkeypatch, caches, capacity):
    for number, (level, size) in enumerate(caches.items()):
        folder = tmp_path / f"index{number}"
        folder.mkdir()
        (folder / "level").write_text(level + "\n")
        (folder / "size").write_text(size + "\n")
    monkeypatch.setattr(layout, "_CACHES", tmp_path)
    assert layout.default_capacity_bytes() == capacity
