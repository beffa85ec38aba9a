"""A cell of a notebook that is interrupted leaves neither processes nor objects; all that is older stays."""

import os
import signal
import threading

import pytest
from foreign import in_kernel
from helpers import PATIENCE_S, gate
from IPython.core.interactiveshell import InteractiveShell

from shmlab import Program, ipc, start
from shmlab.processes import interrupted_cells


@pytest.fixture
def shell():
    made = InteractiveShell.instance()
    interrupted_cells.register(made)
    yield made
    InteractiveShell.clear_instance()


def run(shell, code, **names):
    """Run a cell that knows these names; returns the error that ended it."""
    shell.user_ns |= names
    return shell.run_cell(code).error_in_exec


def waiting(semaphore):
    return start(semaphore.acquire, PATIENCE_S, name="waiting")


def strike(*_):
    raise KeyboardInterrupt


def test_an_interrupt_of_ours_is_a_sentence_and_none_of_our_code(shell, capsys):
    run(shell, "1\nstrike()", strike=strike)
    assert "Traceback" in capsys.readouterr().out  # in the learner's own function: as ever
    program = Program(lambda shm: None, processes=1, shared={"n": 0}, invariant=lambda shm: strike())
    run(shell, "1\nprogram.run()", program=program)
    said = capsys.readouterr().out
    assert "KeyboardInterrupt in line 2 of the cell: program.run()" in said
    assert "nothing that it made is left" in said
    assert "Traceback" not in said and ".py" not in said


@pytest.mark.parametrize("code", ["strike()", "program.run()"])
def test_a_second_interrupt_while_the_first_is_shown_changes_nothing(shell, capsys, monkeypatch, code):
    show = shell._showtraceback
    monkeypatch.setattr(shell, "_showtraceback", lambda *given: (os.kill(os.getpid(), signal.SIGINT), show(*given)))
    program = Program(lambda shm: None, processes=1, shared={"n": 0}, invariant=lambda shm: strike())
    error = run(shell, code, program=program, strike=strike)
    assert isinstance(error, KeyboardInterrupt)
    said = capsys.readouterr()
    assert "KeyboardInterrupt" in said.out
    assert "Custom TB Handler failed" not in said.err
    assert shell.custom_exceptions == (KeyboardInterrupt,)


def test_its_processes_are_ended(shell):
    with gate() as never:
        error = run(shell, "worker = waiting(never)\nraise KeyboardInterrupt", waiting=waiting, never=never)
        assert isinstance(error, KeyboardInterrupt)
        assert shell.user_ns["worker"].exit.words == "was ended by an interrupt"


@pytest.mark.parametrize("kind", ["posix", "sysv"])
def test_its_objects_are_removed(shell, kind):
    before = in_kernel()
    make = "segment, lock = ipc.Segment.create(100, ipc=kind), ipc.Semaphore.create(1, ipc=kind)"
    assert run(shell, make, ipc=ipc, kind=kind) is None
    older = in_kernel()
    assert older > before
    run(shell, make.replace("segment, lock", "another, other") + "\nraise KeyboardInterrupt")
    shell.user_ns.pop("another").close()
    assert in_kernel() == older
    assert run(shell, "segment.destroy()\nlock.destroy()\nsegment.close()\nlock.close()") is None
    assert in_kernel() == before


def test_no_view_of_its_traceback_keeps_memory_attached(shell):
    def look(segment):
        view = segment.buffer
        try:
            segment.close()
        except BufferError:
            view.release()
            raise KeyboardInterrupt from None

    before = in_kernel()
    run(shell, "with ipc.SysvSegment.create(None, 100) as segment:\n    look(segment)", ipc=ipc, look=look)
    del shell.user_ns["segment"]
    assert in_kernel() == before


def test_what_its_author_wants_to_keep_is_kept(shell):
    run(shell, "kept = ipc.Segment.create(100, keep=True)\nraise KeyboardInterrupt", ipc=ipc)
    kept = shell.user_ns["kept"]
    ipc.PosixSegment.open(kept.name).close()
    kept.close()
    kept.destroy()


def test_what_was_started_before_it_goes_on(shell):
    with gate() as go:
        run(shell, "worker = waiting(go)", waiting=waiting, go=go)
        run(shell, "raise KeyboardInterrupt")
        go.release()
        assert shell.user_ns["worker"].join(PATIENCE_S).exit.ok


def test_what_another_thread_started_goes_on(shell):
    started = []

    def elsewhere(go):
        thread = threading.Thread(target=lambda: started.append(waiting(go)))
        thread.start()
        thread.join()

    with gate() as go:
        run(shell, "elsewhere(go)\nraise KeyboardInterrupt", elsewhere=elsewhere, go=go)
        go.release()
        assert started[0].join(PATIENCE_S).exit.ok


def test_an_error_removes_nothing(shell):
    error = run(shell, "segment = ipc.Segment.create(100)\n1 / 0", ipc=ipc)
    assert isinstance(error, ZeroDivisionError)
    with shell.user_ns["segment"] as segment:
        ipc.PosixSegment.open(segment.name).close()
