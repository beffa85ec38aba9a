"""A C function that hands memory over: what it hands over is looked at by a process that runs none of its code."""

import os

import needs
import pytest
from graded import graded

from shmlab.grading.results import Differs, Unjudged
from shmlab.grading.scenes import c_memfd
from shmlab.grading.scenes.c_memfd import handed_over
from shmlab.grading.scenes.c_record import DoesNotCompile
from shmlab.grading.scenes.other_end import GROW, MAP, SHRINK, WRITE, _have_memfds
from shmlab.grading.scenes.world import World, sandbox

SEALED = """
int publish(const void *content, size_t size)
{
    int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor == -1)
        return -1;
    if (write(descriptor, content, size) != (ssize_t) size || fcntl(descriptor, F_ADD_SEALS, SEALS) == -1) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}
"""
ALL = "F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK"


def sealed(seals):
    return SEALED.replace("SEALS)", f"{seals})")


@pytest.fixture
def world():
    made = World(sandbox())
    yield made
    made.close()


@needs.compiler
def test_all_is_told_of_a_sealed_memfd(world):
    handed = handed_over(world, sealed(ALL), b"new\0s")
    assert (handed.kind, handed.size_bytes, handed.content) == ("a memfd", 5, b"new\0s")
    assert (handed.possible, handed.can_store, handed.only_reads) == ([], False, False)
    assert (handed.descriptors, handed.mappings) == (1, 0)
    assert handed.seals == ["F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_WRITE"]


@needs.compiler
@pytest.mark.parametrize(
    ("seals", "possible"),
    [
        ("0", [WRITE, MAP, GROW, SHRINK]),
        ("F_SEAL_WRITE", [GROW, SHRINK]),
        ("F_SEAL_WRITE | F_SEAL_SHRINK", [GROW]),
        ("F_SEAL_GROW | F_SEAL_SHRINK", [WRITE, MAP]),
    ],
)
def test_what_is_not_sealed_is_possible(world, seals, possible):
    assert handed_over(world, sealed(seals), b"news").possible == possible


@needs.compiler
def test_limits_hold_while_it_runs(world):
    for limits in ({"most_descriptors": 3}, {"most_bytes": 2}):
        handed = handed_over(world, sealed(ALL), b"news", **limits)
        assert (handed.kind, handed.descriptors) == ("-1", 0)


@needs.compiler
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (sealed("F_SEAL_SHRIN"), r"program\.c:7:\d+: error: 'F_SEAL_SHRIN' undeclared.*; there stands `if \(write"),
        (sealed(ALL).replace("write(", "writ("), r"program\.c:7:.*implicit declaration of function 'writ'"),
        ("int other(void) { return 1; }", "undefined reference to `publish`"),
        (sealed(ALL) + "int main(void) { return 0; }", "multiple definition of `main`"),
        ("", "undefined reference to `publish`"),
        (None, "is to be text, and what came is of type NoneType"),
    ],
)
def test_what_does_not_compile_is_told_with_the_learners_lines(world, text, words):
    with pytest.raises(DoesNotCompile, match=words):
        handed_over(world, text, b"news")
    assert "what is wrong with the text" in world.observed


@needs.compiler
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("_exit(3);", "ended with exit code 3"),
        ("*(volatile int *) 8 = 1; return -1;", "killed by SIGSEGV"),
    ],
)
def test_the_end_of_the_program_is_told(world, body, words):
    text = "int publish(const void *content, size_t size) { %s }"
    with pytest.raises(Differs, match=words):
        handed_over(world, text % body, b"news")


@needs.compiler
@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ("77", "a number that is no descriptor"),
        ("0", "another file"),
        ('open("/dev/null", O_RDWR)', "another file"),
        ("-5", "-1"),
    ],
)
def test_what_is_no_memfd_is_told(world, result, kind):
    handed = handed_over(world, f"int publish(const void *content, size_t size) {{ return {result}; }}", b"news")
    assert (handed.kind, handed.possible, handed.content) == (kind, [], b"")


@needs.compiler
def test_its_own_answer_does_not_count(world):
    """It writes to the socket what our main would send: a byte and no descriptor."""
    text = 'int publish(const void *content, size_t size) { return write(0, "d", 1) == 1 ? -1 : 0; }'
    assert handed_over(world, text, b"news").kind != "a memfd"


@needs.compiler
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("for (;;) ;", "goes on for ever"),
        ("volatile size_t done = 0; while (done < size) done = done; return -1;", "goes on for ever"),
        ("for (;;) write(-1, content, size);", "goes on for ever"),
        ("for (;;) sleep(1000);", "goes on for ever"),
        ("pause(); return -1;", "waits for something that does not come"),
        ("for (;;) if (fork() == 0) pause(); else pause();", "waits for something that does not come"),
    ],
)
def test_what_does_not_end_is_told_and_no_clock_decides(world, body, words):
    with pytest.raises(Differs, match=words):
        handed_over(world, f"int publish(const void *content, size_t size) {{ {body} }}", b"news")


@needs.compiler
def test_a_program_that_ends_before_it_is_asked_has_ended(world):
    early = "__attribute__((constructor)) static void early(void) { _exit(101); }"
    for _ in range(5):
        with pytest.raises(Differs, match="the program ended with exit code 101"):
            handed_over(world, sealed(ALL) + early, b"news" * 1000)


@needs.compiler
def test_sleep_takes_no_time(world):
    naps = "nanosleep(&(struct timespec) {1000, 0}, NULL); usleep(1000000); sleep(1000);"
    text = "#include <time.h>\n" + sealed(ALL).replace("return descriptor", naps + "return descriptor")
    assert handed_over(world, text, b"news").kind == "a memfd"


HELD_BY_A_CHILD = """
int publish(const void *content, size_t size)
{
    int descriptor = memfd_create("news", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    (void) !ftruncate(descriptor, size);
    char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    memcpy(memory, content, size);
    fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE);
    if (fork() == 0) {
        close(descriptor);
        setsid();
        if (fork() == 0) {
            usleep(3000000);
            memory[0] = 'X';
            pause();
        }
        _exit(0);
    }
    munmap(memory, size);
    return descriptor;
}
"""


@needs.compiler
def test_a_mapping_of_a_child_is_found(world):
    handed = handed_over(world, HELD_BY_A_CHILD, b"news")
    assert (handed.content, handed.can_store, handed.children) == (b"news", True, 1)
    assert (handed.descriptors, handed.mappings) == (1, 0)


@needs.compiler
def test_what_a_child_has_stored_is_seen_where_it_is_waited_for(world):
    text = "#include <sys/wait.h>\n" + HELD_BY_A_CHILD.replace("    munmap", "    wait(NULL);\n    munmap")
    handed = handed_over(world, text.replace("setsid();", "memory[0] = 'X';"), b"news")
    assert (handed.content, handed.can_store, handed.children) == (b"Xews", True, 1)


@needs.compiler
def test_a_descriptor_of_a_child_is_found(world):
    text = sealed(ALL).replace("return descriptor", "if (fork() == 0) pause(); return descriptor")
    handed = handed_over(world, text, b"news")
    assert (handed.children, handed.descriptors, handed.can_store) == (1, 1, False)


@needs.compiler
@pytest.mark.parametrize(
    ("waits", "children", "possible"), [("", 1, [WRITE, MAP, GROW, SHRINK]), ("wait(NULL);", 0, [])]
)
def test_a_child_may_do_the_work_where_it_is_waited_for(world, waits, children, possible):
    child = f"if (fork() == 0) {{ fcntl(descriptor, F_ADD_SEALS, {ALL}); _exit(0); }} {waits} return descriptor"
    text = "#include <sys/wait.h>\n" + sealed("0").replace("return descriptor", child)
    handed = handed_over(world, text, b"news")
    assert (handed.children, handed.possible) == (children, possible)


@needs.compiler
def test_what_hides_from_others_is_told(world):
    text = "#include <sys/prctl.h>\n" + sealed(ALL).replace("if (write", "prctl(PR_SET_DUMPABLE, 0); if (write")
    with pytest.raises(Differs, match="forbids others to look at it"):
        handed_over(world, text, b"news")


@needs.compiler
@pytest.mark.parametrize(
    ("text", "failed", "sealings"),
    [
        (sealed(ALL).replace(" | MFD_ALLOW_SEALING", ""), "fcntl with F_ADD_SEALS failed with EPERM", 1),
        (sealed(ALL).replace("if (write", "close(descriptor); if (write"), "write failed with EBADF", 0),
        (sealed(ALL), "", 1),
    ],
)
def test_the_call_that_failed_is_told(world, text, failed, sealings):
    handed = handed_over(world, text, b"news")
    assert (handed.failed, handed.sealings) == (failed, sealings)


@needs.compiler
def test_a_limit_is_lifted_when_one_write_has_met_it(world):
    again = """
    for (size_t done = 0; done < size; ) {
        ssize_t more = write(descriptor, (const char *) content + done, size - done);
        if (more < 0)
            return -1;
        done += more;
    }
    if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE) == -1) {
"""
    text = sealed(ALL).replace(f"    if (write(descriptor, content, size) != (ssize_t) size || fcntl(descriptor, "
                               f"F_ADD_SEALS, {ALL}) == -1) {{\n", again)  # fmt: skip
    assert "for (size_t" in text
    assert handed_over(world, text, b"news", most_bytes=2).kind == "-1"
    assert handed_over(world, text, b"news", most_bytes=2, for_one_write=True).content == b"news"
    assert handed_over(world, sealed(ALL), b"news", most_bytes=2, for_one_write=True).failed == "write stored a part"


@needs.compiler
def test_a_cell_cannot_take_the_compiler_away(world, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("CC", "/bin/false")
    assert handed_over(world, sealed(ALL) + "// anew\n", b"news").kind == "a memfd"


def test_without_a_compiler_nothing_is_judged(world, monkeypatch):
    monkeypatch.setattr(c_memfd, "has_compiler", lambda *_: False)
    with pytest.raises(Unjudged, match="there is none here"):
        handed_over(world, sealed(ALL), b"news")


def test_without_a_compiler_the_exercise_is_not_judged_and_says_why(monkeypatch):
    monkeypatch.setattr(c_memfd, "has_compiler", lambda *_: False)
    result = graded("13_permissions_and_secrets", "publish_sealed")
    assert result.score is None
    assert all("needs a C compiler, and there is none here" in part.sentence for part in result.parts)


def test_without_a_compiler_a_stub_is_not_done_yet(monkeypatch):
    monkeypatch.setattr(c_memfd, "has_compiler", lambda *_: False)
    stub = 'def program():\n    raise NotImplementedError("not done yet")\n'
    assert graded("13_permissions_and_secrets", "publish_sealed", stub).score == 0


def test_a_kernel_without_memfds_judges_nothing(monkeypatch):
    def refused(*_):
        raise PermissionError("no")

    monkeypatch.setattr(os, "memfd_create", refused)
    with pytest.raises(NotImplementedError, match="refused here"):
        _have_memfds()
