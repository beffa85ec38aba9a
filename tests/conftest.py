"""If the host allows it, every test runs in IPC and mount namespaces of our own, with a /dev/shm of 64 MiB, so that
other people's objects do not matter. Each test fails if it leaves a kernel object."""

import os
import re
import signal

import own_namespaces
import pytest
from foreign import in_kernel
from xdist.scheduler import LoadScopeScheduling

PRIVATE = own_namespaces.enter(is_worker="PYTEST_XDIST_WORKER" in os.environ)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell makes its background jobs ignore Ctrl-C


def pytest_xdist_auto_num_workers():
    """Two for each processor, as tests wait about half of their time for processes, time limits and answers; one where
    workers would meet one another's objects in the host's namespaces."""
    return 2 * len(os.sched_getaffinity(0)) if PRIVATE else 1


_SHARE_RESULTS = ("test_hostile.py", "test_timeline.py", "test_same_text.py", "test_once_graded_wrongly.py")


class _TogetherWhereTheyShare(LoadScopeScheduling):
    """Sends tests that share expensive results to one worker: the hostile class, verdicts that are drawn, what one
    exercise's answers get, solutions beside answers that were graded wrongly."""

    def _split_scope(self, nodeid):
        file, _, test = nodeid.partition("::")
        if file.endswith(_SHARE_RESULTS):
            return file
        exercise = re.search(r"\[.*?(\d\d_\w+)", test) if file.endswith("test_exercises.py") else None
        return f"{file} {exercise[1]}" if exercise else nodeid


def pytest_xdist_make_scheduler(config, log):
    return _TogetherWhereTheyShare(config, log) if config.getvalue("dist") == "load" else None


def pytest_xdist_setupnodes():
    if PRIVATE:
        own_namespaces.hand_on()


def pytest_configure(config):
    if config.getoption("dist", "no") == "no":  # this process runs tests itself
        own_namespaces.be_ordinary()


def pytest_report_header():
    where = (
        f"private namespaces, /dev/shm of {own_namespaces.DEV_SHM_MIB} MiB"
        if PRIVATE
        else "the host's own (namespaces are forbidden)"
    )
    return f"kernel objects: {where}"


@pytest.fixture(scope="session", autouse=True)
def state_folder(tmp_path_factory):
    """Put the ledger's records into a folder of this session's own; return it."""
    folder = tmp_path_factory.mktemp("state")
    os.environ["SHMLAB_STATE"] = str(folder)
    return folder


@pytest.fixture
def private_namespaces():
    """Skip tests that need a /dev/shm of 64 MiB, or no other people's objects, if the host forbids namespaces."""
    if not PRIVATE:
        pytest.skip("this host forbids namespaces")


@pytest.fixture(scope="session")
def a_file_that_iceoryx2_keeps(state_folder):
    """Its first user makes one small file in /dev/shm for all who follow: made here, before what is counted."""
    from shmlab.processes import workers
    from shmlab.transports import TRANSPORTS

    if not TRANSPORTS["iceoryx2"].missing():

        def use():
            channel = TRANSPORTS["iceoryx2"].create()
            with pytest.raises(TimeoutError):
                channel.receive(0)
            channel.destroy()

        workers.start(use).join()


@pytest.fixture(autouse=True)
def leaves_nothing(request, state_folder):
    """Fail a test that leaves a kernel object behind."""
    before = in_kernel()
    yield
    if not PRIVATE and request.node.get_closest_marker("leaves_unknown_objects"):
        return  # without namespaces a sandbox does not remove objects that no ledger knows: they may be other people's
    if not PRIVATE and int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1)) > 1:
        return  # another test's objects are in the same kernel at the same time
    left = in_kernel() - before
    assert not left, f"left in the kernel: {sorted(left)}"
