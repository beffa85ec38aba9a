"""The whole table of verbs, on every transport, with the same assertions."""

import contextlib
import os
import signal

import pytest
from lifeline import PATIENCE_S

from shmlab import ipc
from shmlab.bench.pair import payload
from shmlab.processes import workers
from shmlab.transports import TRANSPORTS

SIZES_BYTES = (1, 2, 63, 64, 65, 4087, 4096, 8191, 8192, 70_000, 300_000)
LONGEST_BYTES = 3_000_000  # longer than any buffer here
SOON_S = 0.02
BITS = b"\0" * 64
pytestmark = pytest.mark.usefixtures("a_file_that_iceoryx2_keeps")


def params(names):
    """A test for each of these; what this installation lacks is skipped, and the reason says how to get it."""
    whys = {name: TRANSPORTS[name].missing() for name in names}
    return [pytest.param(name, marks=pytest.mark.skip(reason=why) if why else []) for name, why in whys.items()]


every_transport = pytest.mark.parametrize("name", params(TRANSPORTS))


def over_a_fork(name, write, read, *, writers=1, expected_bytes=LONGEST_BYTES):
    """What `read` returns. It runs in the process that made the transport, each `write` in a child of it."""

    def both():
        channel = TRANSPORTS[name].create(expected_bytes)
        children = []
        for number in range(writers):
            children.append(os.fork())
            if children[-1] == 0:
                write(channel, *([number] if writers > 1 else []))
                channel.close()
                os._exit(0)
        try:
            found = read(channel)
            with contextlib.suppress(EOFError, ConnectionResetError):
                while True:  # hear it out: a writer must not find the reader gone before it has said its last word
                    channel.receive()
            return found
        finally:
            channel.close()
            ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
            channel.destroy()
            assert set(ends) <= {0, -signal.SIGKILL}, f"a writer failed: {ends}"

    return workers.start(both, deadline_s=PATIENCE_S).result()


def flush(channel, name):
    if TRANSPORTS[name].keeps_back:
        channel.flush()


def silent(channel):
    """A writer that closes without a word."""


def ended(channel, timeout=PATIENCE_S):
    """Whether the reader is told that this is the end."""
    with pytest.raises(EOFError, match="closed"):
        channel.receive(timeout)
    return True


@every_transport
def test_messages_of_every_size_arrive_whole_and_in_order(name):
    sizes = (*SIZES_BYTES, LONGEST_BYTES, *reversed(SIZES_BYTES))

    def write(channel):
        for index, size in enumerate(sizes):
            channel.send(payload(index, size))

    def read(channel):
        wrong = [size for index, size in enumerate(sizes) if channel.receive() != payload(index, size)]
        return wrong, ended(channel)

    assert over_a_fork(name, write, read) == ([], True)


@every_transport
def test_thousands_of_short_messages_arrive_in_order(name):
    def write(channel):
        for index in range(3000):
            channel.send(index.to_bytes(8, "little"))

    def read(channel):
        return [int.from_bytes(channel.receive(), "little") for _ in range(3000)] == list(range(3000))

    assert over_a_fork(name, write, read, expected_bytes=8)


@every_transport
def test_what_arrives_is_bytes_whatever_was_sent(name):
    sent = [b"12345678", bytearray(b"12345678"), memoryview(b"1.2.3.4.5.6.7.8")[::2], memoryview(b"12345678").cast("Q")]

    def write(channel):
        for message in sent:
            channel.send(message)

    def read(channel):
        return [channel.receive() for _ in sent]

    assert over_a_fork(name, write, read) == [b"12345678"] * len(sent)


@every_transport
def test_a_sender_may_change_what_it_has_sent(name):
    def write(channel):
        message = bytearray(b"before")
        channel.send(message)
        message[:] = b"after."

    assert over_a_fork(name, write, lambda channel: channel.receive()) == b"before"


@every_transport
@pytest.mark.parametrize(
    ("message", "error"), [(b"", ValueError), ("text", TypeError), (None, TypeError), (7, TypeError), ([1], TypeError)]
)
def test_what_is_no_message_is_refused_and_nothing_is_sent(name, message, error):
    def write(channel):
        with pytest.raises(error):
            channel.send(message)
        channel.send(b"a message")

    assert over_a_fork(name, write, lambda channel: (channel.receive(), ended(channel))) == (b"a message", True)


@every_transport
@pytest.mark.parametrize("verb", ["send", "receive"])
@pytest.mark.parametrize(("timeout", "error"), [(-1, ValueError), (float("nan"), ValueError), ("1", TypeError)])
def test_a_timeout_that_is_no_number_of_seconds_is_refused(name, verb, timeout, error):
    def write(channel):
        if verb == "send":
            with pytest.raises(error):
                channel.send(BITS, timeout)
        channel.send(b"after it")

    def read(channel):
        if verb == "receive":
            with pytest.raises(error):
                channel.receive(timeout)
        return channel.receive()

    assert over_a_fork(name, write, read) == b"after it"


@every_transport
def test_the_end_comes_after_the_last_message_again_and_again(name):
    def read(channel):
        return channel.receive(), [ended(channel, timeout) for timeout in (None, 0, SOON_S)]

    assert over_a_fork(name, lambda channel: channel.send(b"last one"), read) == (b"last one", [True] * 3)


@every_transport
@pytest.mark.parametrize("timeout", [None, PATIENCE_S])
def test_a_transport_closed_at_once_is_at_its_end(name, timeout):
    assert over_a_fork(name, silent, lambda channel: ended(channel, timeout))


@every_transport
def test_a_reader_that_waits_is_told_when_the_time_is_up_and_receives_later(name):
    def both():
        kind = TRANSPORTS[name]
        channel, (told, tell) = kind.create(64), os.pipe()
        if os.fork() == 0:
            os.read(told, 1)
            channel.send(b"here")
            channel.close()
            os._exit(0)
        for timeout in (0, SOON_S):
            with pytest.raises(TimeoutError):
                channel.receive(timeout)
        os.write(tell, b"!")
        heard = channel.receive(PATIENCE_S)
        channel.close()
        os.wait()
        channel.destroy()
        return heard

    assert workers.start(both, deadline_s=PATIENCE_S).result() == b"here"


@every_transport
@pytest.mark.parametrize("size_bytes", [64, 3000])
def test_a_writer_without_room_is_told_and_what_it_was_not_told_of_arrives(name, size_bytes):
    """Nothing is read until a send has timed out; then everything is, and that message only when it is sent again."""

    def both():
        channel, (full, say_full) = TRANSPORTS[name].create(2**20), os.pipe()
        if os.fork() == 0:
            sent = 0
            while True:
                try:
                    channel.send(payload(sent, size_bytes), SOON_S)
                except TimeoutError:
                    break
                sent += 1
            os.write(say_full, b"!")
            channel.send(payload(sent, size_bytes), PATIENCE_S)
            channel.close()
            os._exit(0)
        os.read(full, 1)
        arrived = 0
        try:
            while channel.receive(PATIENCE_S) == payload(arrived, size_bytes):
                arrived += 1
            problem = "a message arrived twice, or changed"
        except EOFError:
            problem = ""
        _, status = os.wait()
        channel.destroy()
        return problem, status, arrived > 0

    assert workers.start(both, deadline_s=PATIENCE_S).result() == ("", 0, True)


# iceoryx2 sends nothing in pieces, and nothing at all before its reader is there.
CAN_GIVE_UP = [
    name for name in TRANSPORTS if name not in ("multiprocessing.Pipe", "multiprocessing.SimpleQueue", "iceoryx2")
]


@pytest.mark.parametrize("name", params(CAN_GIVE_UP))
def test_a_long_message_given_up_midway_does_not_arrive(name):
    def both():
        channel, (full, say_full) = TRANSPORTS[name].create(400_000), os.pipe()
        if os.fork() == 0:
            lost = 0
            channel.send(b"first")
            flush(channel, name)
            for index in range(2000):  # queues of messages take some
                try:
                    channel.send(payload(index, 400_000), SOON_S)
                except TimeoutError:
                    lost += 1
                    break
            os.write(say_full, b"!")
            channel.send(b"last", PATIENCE_S)
            channel.close()
            os._exit(lost)
        os.read(full, 1)
        heard = []
        try:
            while True:
                heard.append(channel.receive(PATIENCE_S))
        except EOFError:
            pass
        _, status = os.wait()
        channel.destroy()
        whole = all(message == payload(index, 400_000) for index, message in enumerate(heard[1:-1]))
        return heard[0], heard[-1], whole, os.waitstatus_to_exitcode(status)

    assert workers.start(both, deadline_s=PATIENCE_S).result() == (b"first", b"last", True, 1)


@pytest.mark.parametrize("name", ["multiprocessing.Pipe", "multiprocessing.SimpleQueue"])
def test_what_cannot_be_given_up_midway_is_refused_before_it_begins(name):
    def write(channel):
        with pytest.raises(NotImplementedError, match="cannot give up a message of 70000 bytes midway"):
            channel.send(bytes(70_000), timeout=1)

    assert over_a_fork(name, write, ended)


@every_transport
def test_who_sends_to_a_reader_that_has_closed_is_told(name):
    def write(channel):
        with pytest.raises(BrokenPipeError, match="reader"):
            for _ in range(100_000):
                channel.send(bytes(1000))
                flush(channel, name)

    def both():
        channel = TRANSPORTS[name].create(1000)
        writer = os.fork()
        if writer == 0:
            write(channel)
            channel.close()
            os._exit(0)
        channel.receive()
        channel.close()
        _, status = os.wait()
        channel.destroy()
        return status

    assert workers.start(both, deadline_s=PATIENCE_S).result() == 0


@every_transport
def test_who_reads_from_a_writer_that_was_killed_is_told(name):
    def write(channel):
        channel.send(b"last words")
        flush(channel, name)
        os.kill(os.getpid(), signal.SIGKILL)

    def read(channel):
        heard = []
        with pytest.raises((EOFError, ConnectionResetError)):
            while True:
                heard.append(channel.receive(PATIENCE_S))
        return heard

    heard = over_a_fork(name, write, read)
    assert heard == [b"last words"] or (heard == [] and TRANSPORTS[name].late)


@every_transport
def test_many_at_once_are_received_one_by_one_or_many_at_once(name):
    messages = [payload(index, 100 + index) for index in range(500)]

    def write(channel):
        assert channel.send_many(messages) == len(messages)
        assert channel.send_many(iter(messages)) == len(messages)
        assert channel.send_many([]) == 0

    def read(channel):
        got = [channel.receive(), *channel.receive_many(1)]
        sizes = []
        while len(got) < 500:
            some = channel.receive_many(min(7, 500 - len(got)))
            sizes.append(len(some))
            got += some
        while len(got) < 1000:
            got += channel.receive_many()
        with pytest.raises(EOFError):
            channel.receive_many()
        return got == messages * 2, min(sizes) >= 1, max(sizes) <= 7

    assert over_a_fork(name, write, read, expected_bytes=600) == (True, True, True)


@every_transport
@pytest.mark.parametrize("most", [0, -1])
def test_to_receive_no_message_is_refused(name, most):
    def read(channel):
        with pytest.raises(ValueError):
            channel.receive_many(most)
        return channel.receive()

    assert over_a_fork(name, lambda channel: channel.send(b"x"), read) == b"x"


@every_transport
def test_who_receives_many_is_told_when_the_time_is_up(name):
    def both():
        channel, (told, tell) = TRANSPORTS[name].create(64), os.pipe()
        if os.fork() == 0:
            os.read(told, 1)
            channel.send_many([b"a", b"b"])
            channel.close()
            os._exit(0)
        with pytest.raises(TimeoutError):
            channel.receive_many(timeout=SOON_S)
        os.write(tell, b"!")
        got = []
        while len(got) < 2:
            got += channel.receive_many(timeout=PATIENCE_S)
        channel.close()
        os.wait()
        channel.destroy()
        return got

    assert workers.start(both, deadline_s=PATIENCE_S).result() == [b"a", b"b"]


@every_transport
def test_a_side_that_has_closed_is_closed(name):
    def write(channel):
        channel.send(b"x")
        channel.close()
        channel.close()
        with pytest.raises(ValueError):
            channel.send(b"y")

    assert over_a_fork(name, write, lambda channel: (channel.receive(), ended(channel))) == (b"x", True)


@every_transport
def test_destroying_it_twice_is_destroying_it_once(name):
    channel = TRANSPORTS[name].create()
    channel.destroy()
    channel.destroy()
    with pytest.raises(ValueError):
        channel.send(b"x")


SEVERAL_WRITERS = [name for name, kind in TRANSPORTS.items() if kind.writers_bytes != 0]


@pytest.mark.parametrize("name", params(SEVERAL_WRITERS))
def test_two_writers_lose_nothing_and_each_keeps_its_order(name):
    size = min(3000, TRANSPORTS[name].writers_bytes or 3000)

    def write(channel, number):
        for index in range(500):
            channel.send(payload(2 * index + number, size))

    def read(channel):
        heard = [channel.receive() for _ in range(1000)]
        owners = {payload(index, size): index for index in range(1000)}
        numbers = [owners[message] for message in heard]
        orders = [[n for n in numbers if n % 2 == writer] for writer in (0, 1)]
        return [order == sorted(order) and len(order) == 500 for order in orders], ended(channel)

    assert over_a_fork(name, write, read, writers=2, expected_bytes=size) == ([True, True], True)


ZERO_COPY = [name for name, kind in TRANSPORTS.items() if kind.zero_copy]


@pytest.mark.parametrize("name", params(ZERO_COPY))
def test_a_message_is_written_and_read_where_it_is(name):
    def write(channel):
        for index in range(50):
            view = channel.reserve(1000)
            assert len(view) == 1000
            view[:] = payload(index, 1000)
            channel.commit()

    def read(channel):
        right = 0
        for index in range(50):
            right += bytes(channel.peek()) == payload(index, 1000)
            channel.release()
        return right, ended(channel)

    assert over_a_fork(name, write, read, expected_bytes=1000) == (50, True)


def test_a_system_v_queue_is_on_the_ledger_while_it_lives():
    before = set(ipc.objects())
    channel = TRANSPORTS["System V message queue"].create()
    made = set(ipc.objects()) - before
    channel.destroy()
    assert [found.kind for found in made] == ["System V message queue"]
    assert set(ipc.objects()) == before


@pytest.mark.parametrize("name", params(TRANSPORTS))
def test_only_rings_and_system_v_queues_have_a_name_in_the_kernel(name):
    before = set(ipc.objects(everyone=True))
    channel = TRANSPORTS[name].create()
    made = set(ipc.objects(everyone=True)) - before
    channel.destroy()
    assert bool(made) == (TRANSPORTS[name].family == "shared memory" or name == "System V message queue")
