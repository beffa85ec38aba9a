"""Who a process is: told apart in a check, the same in a replay, and refused by name where it cannot be told."""

import multiprocessing
import os
import socket
import threading
import uuid
from os import getpid as who_am_i

import pytest

from shmlab import Condition, Mutex, Program, compare_exchange, start


def of_os():
    return os.getpid()


def by_its_own_name():
    return who_am_i()


def of_a_thread():
    return threading.get_ident()


def of_a_native_thread():
    return threading.get_native_id()


def of_the_current_thread():
    return threading.current_thread().ident


def of_the_main_thread():
    return threading.main_thread().native_id


def of_a_process():
    return multiprocessing.current_process().pid


def of_a_process_by_name():
    return int.from_bytes(multiprocessing.current_process().name.encode(), "big")


def imported_inside():
    from os import getpid

    return getpid()


def through_a_name():
    return getattr(os, "get" + "pid")()


ASKED = [of_os, by_its_own_name, of_a_thread, of_a_native_thread, of_the_current_thread, of_the_main_thread,
         of_a_process, of_a_process_by_name, imported_inside]  # fmt: skip


def program(ask, **declared):
    def tell(shm):
        mine = ask()
        assert mine == ask()
        shm.who[0 if shm.who[0] == 0 else 1] = mine

    def both(shm):
        first, second = shm.who
        return bool(first) and bool(second) and first != second

    return Program(tell, processes=2, shared={"who": [0, 0]}, sync={}, **(declared or {"possible": {"both": both}}))


@pytest.mark.parametrize("ask", ASKED)
def test_processes_of_one_function_are_told_apart(ask):
    verdict = program(ask).check(progress=False)
    assert verdict.ok, verdict.sentence


@pytest.mark.parametrize("ask", ASKED)
def test_a_replay_stores_what_the_check_stores(ask):
    tried = program(ask, invariant=lambda shm: shm.who[1] == 0)
    verdict = tried.check(progress=False)
    outcome = tried.replay(verdict.witness)
    assert outcome.why == "the invariant does not hold"
    assert outcome.values == verdict.witness.final


def test_a_process_that_is_asked_in_a_hidden_way_is_told_apart_or_refused():
    verdict = program(through_a_name).check(progress=False)
    assert verdict.ok or "os.getpid" in verdict.failure.sentence


def test_numbers_are_like_those_of_linux():
    def look(shm):
        assert 0 < os.getpid() < 2**32
        assert threading.get_native_id() == os.getpid() == multiprocessing.current_process().pid
        assert os.getppid() not in (0, os.getpid())
        assert threading.current_thread() is threading.main_thread()
        assert threading.current_thread().name == "MainThread"
        assert threading.current_thread().is_alive()
        shm.parent = os.getppid()

    tried = Program(look, processes=2, shared={"parent": 0})
    assert tried.run()
    assert tried.check(progress=False)


def test_a_process_has_its_own_name_in_a_run_and_in_a_check():
    def look(shm, rank):
        assert multiprocessing.current_process().name == f"P{rank}"

    tried = Program(look, processes=2, shared={"n": 0})
    assert tried.run()
    assert tried.check(progress=False)


def test_a_worker_s_process_has_the_worker_s_name():
    assert start(lambda: multiprocessing.current_process().name, name="reader").result() == "reader"


def test_a_lock_by_process_id_is_right_when_it_is_guarded():
    def owner(shm, guard):
        me = os.getpid()
        with guard:
            mine = shm.owner == 0
            if mine:
                shm.owner = me
        assert not mine or shm.owner == os.getpid()

    assert Program(owner, processes=3, shared={"owner": 0}, sync={"guard": Mutex()}).check(progress=False)


def test_a_lock_by_process_id_is_wrong_when_it_is_not():
    def owner(shm):
        if shm.owner == 0:
            shm.owner = os.getpid()
        assert shm.owner == os.getpid()

    tried = Program(owner, processes=2, shared={"owner": 0})
    verdict = tried.check(progress=False)
    assert verdict.failure.kind == "exception"
    assert "AssertionError" in tried.replay(verdict.witness).why


def test_ranks_that_do_not_ask_still_share_what_is_known():
    def plain(shm):
        shm.n += 1

    def asking(shm):
        shm.n += os.getpid() * 0 + 1

    counts = {}
    for function in (plain, asking):
        tried = Program(function, processes=3, shared={"n": 0})
        behaviour = tried.question().behaviour()
        counts[function] = len(set(behaviour.starts))
    assert counts == {plain: 1, asking: 3}


REFUSED = [
    (lambda: os.getpgid(0), "os.getpgid"),
    (lambda: os.getsid(0), "os.getsid"),
    (lambda: os.getpgrp(), "os.getpgrp"),
    (lambda: threading.enumerate(), "threading.enumerate"),
    (lambda: threading.active_count(), "threading.active_count"),
    (lambda: uuid.getnode(), "uuid.getnode"),
    (lambda: uuid.uuid1(), "uuid.uuid1"),
    (lambda: multiprocessing.active_children(), "multiprocessing.active_children"),
]


@pytest.mark.parametrize(("ask", "name"), REFUSED, ids=[name for _, name in REFUSED])
def test_what_cannot_be_told_is_refused_by_name(ask, name):
    def asks(shm):
        shm.n = 1
        ask()

    verdict = Program(asks, processes=2, shared={"n": 0}).check(progress=False)
    assert f"{name}: that reaches out of the function" in verdict.failure.sentence


def test_the_host_s_name_is_one_for_all():
    def look(shm):
        shm.n = len(socket.gethostname())

    expected = len(socket.gethostname())
    tried = Program(look, processes=2, shared={"n": 0}, invariant=lambda shm: shm.n == expected)
    assert tried.run()
    assert tried.check(progress=False)


def spins_for_it(shm):
    me = os.getpid()
    while not compare_exchange(shm, "owner", 0, me):
        pass
    assert shm.owner == os.getpid()
    shm.counter += 1
    shm.owner = 0


def waits_for_it(shm, guard, free):
    with guard:
        while shm.owner:
            free.wait()
        shm.owner = os.getpid()
    shm.counter += 1
    with guard:
        assert shm.owner == os.getpid()
        shm.owner = 0
        free.notify()


@pytest.mark.parametrize("function", [spins_for_it, waits_for_it])
def test_locks_by_process_id_are_right_for_any_number_of_processes(function):
    sync = {"guard": Mutex(), "free": Condition("guard")} if function is waits_for_it else {}
    tried = Program(
        function, processes=3, shared={"owner": 0, "counter": 0}, sync=sync, invariant=lambda shm: shm.counter == 3
    )
    assert tried.run()
    verdict = tried.check(progress=False)
    assert verdict.ok is True, verdict.sentence
