"""Each small change of a solution is found by its check, or is explained here as being as right as the solution."""

import random

import pytest
from graded import ITEMS, answer_cell, graded
from mutants import mutants

from shmlab.grading.results import RIGHT

# (item, what was changed) -> why the changed answer is right too
EXPLAINED = {
    ("find_leaks", "two statements swapped in line 1"): "what is used, and who created what, are two questions",
    ("find_leaks", "one more in line 3"): "a path with a blank in it would have a seventh part; none has",
    ("memory_used", "one more in line 6"): "a path with a blank in it would have a seventh part; none has",
    ("next_tick", "arguments swapped in line 18"): "the larger of two numbers is the same",
    ("find_leaks", "two statements swapped in line 11"): "who created it, and whether it is used, are two questions",
    (
        "reserve",
        "two statements swapped in line 13",
    ): "what was created is looked up before or after the failure is told",
    ("add_three", "two statements swapped in line 3"): "its own element is nobody else's: counted before or after",
    (
        "ask_child",
        "two statements swapped in line 1",
    ): "an answer of a few bytes waits in the pipe when the child has ended",
    ("ask_child", "one more in line 6"): "nobody asks for the exit code",
    ("ask_child", "one less in line 6"): "nobody asks for the exit code",
    ("roll_call", "one more in line 8"): "nobody asks for the exit code",
    ("roll_call", "one less in line 8"): "nobody asks for the exit code",
    ("create_or_open", "two statements swapped in line 3"): "that it was created is noted before or after the size",
    ("create_or_open", "two statements swapped in line 7"): "that it was not created is noted before or after the wait",
    ("create_or_open", "a statement left out in line 9"): "who waits without sleeping wastes time, and is right",
    ("retire", "two statements swapped in line 1"): "the others are counted before IPC_RMID, whenever the mode is set",
    ("header", "two statements swapped in line 1"): "the other fields come in any order, as magic is last",
    ("header", "two statements swapped in line 9"): "count may be loaded as soon as the magic has been seen",
    ("write_pair", "two statements swapped in line 4"): "under the lock nobody sees which half was stored first",
    (
        "eat",
        "another operator in line 3",
    ): "each seat has two forks in a row, and its neighbours one of them, all the same",
    (
        "transfer",
        "two statements swapped in line 4",
    ): "under both locks nobody sees which balance was stored first, or recorded before",
    (
        "write",
        "two statements swapped in line 8",
    ): "whoever is woken needs the lock, and gets it when the number is stored",
    (
        "write",
        "two statements swapped in line 16",
    ): "under the lock nobody sees whether it asked first, or which number came first",
    (
        "write",
        "two statements swapped in line 24",
    ): "whoever is woken needs the lock, and gets it when the number is stored",
    ("write", "one more in line 22"): "any number but 0 says that somebody writes",
    ("critical", "one more in line 4"): "any mutex of the list will do, as long as all take the same: locks[1]",
    ("critical", "one less in line 4"): "any mutex of the list will do, as long as all take the same: locks[-1]",
    ("put", "one more in line 10"): "producers may have a mutex of their own: only they touch tail",
    ("put", "one less in line 10"): "producers may have a mutex of their own: only they touch tail",
    ("put", "one more in line 20"): "consumers may have a mutex of their own: only they touch head",
    ("put", "one less in line 20"): "consumers may have a mutex of their own: only they touch head",
    ("take", "two statements swapped in line 3"): "who was woken looks when the mutex is free",
    ("spin_lock", "a statement left out in line 3"): "who waits without pause() wastes time, and is right",
    ("spin_lock", "one less in line 10"): "any number but 1 says that it is free",
    ("ticket_lock", "a statement left out in line 4"): "who waits without pause() wastes time, and is right",
    ("raise_best", "two statements swapped in line 3"): "a pause before each try wastes time, and is right",
    ("raise_best", "a statement left out in line 3"): "who tries again without pause() wastes time, and is right",
    ("enter", "two statements swapped in line 1"): "who the other one is may be known before or after the first store",
    ("enter", "a statement left out in line 8"): "who waits without a pause wastes time, and is right",
    ("enter", "one more in line 4"): "any number but 0 says that one wants to come in",
    ("post", "two statements swapped in line 10"): "only the worker looks at `taken`: counted before or after",
    ("post", "one more in line 12"): "any number but 0 says that the worker sleeps",
    ("publish", "two statements swapped in line 1"): "the two words come in any order, as `full` is last",
    ("publish", "a statement left out in line 3"): "who waits without a pause wastes time, and is right",
    ("publish", "a statement left out in line 13"): "who waits without a pause wastes time, and is right",
    ("publish", "one more in line 7"): "any number but 0 says that the box is full",
    (
        "move",
        "two statements swapped in line 5",
    ): "who is killed after consistent(), unrepaired, has died with the lock",
    ("move", "two statements swapped in line 6"): "the shelves are put back in any order, and the note is closed last",
    (
        "move",
        "two statements swapped in line 14",
    ): "the note is written, and the shelves are changed, in any order, as the note is opened in between",
    ("move", "one more in line 19"): "any number but 0 says that the note counts",
    (
        "print_page",
        "two statements swapped in line 1",
    ): "a page is announced when it is printed, inside of the lock too",
    ("share_with_group", "two statements swapped in line 4"): "the size may be given before the mode or after it",
    (
        "publish_sealed",
        "a flag of C left out, line 4 of its text, in line 3",
    ): "MFD_CLOEXEC is about programs that this one starts, and it starts none",
    (
        "read_message",
        "two statements swapped in line 1",
    ): "a part of the copy may be taken before the length is checked",
    ("read_message", "two statements swapped in line 3"): "under the lock nobody sees which was copied first",
    ("deadline_report", "two statements swapped in line 1"): "latenesses, frames and rank are made in any order",
    ("write_quote", "two statements swapped in line 1"): "the two halves come in any order between the two numbers",
    ("write_quote", "another operator in line 4"): "any odd number but those before will do",
    ("write_quote", "another operator in line 8"): "the number may count down: it does not come again",
    (
        "write_quote",
        "two statements swapped in line 14",
    ): "the models keep loads in order, so the reader's fence may stand elsewhere; a pause may come anywhere",
    (
        "write_quote",
        "a statement left out in line 14",
    ): "the models keep loads in order, and do not miss the fence; who does not pause wastes time",
    ("next_tick", "two statements swapped in line 1"): "price and volume come in any order between the two numbers",
    ("next_tick", "two statements swapped in line 11"): "what is wanted and what is oldest is known in any order",
    ("pin", "a statement left out in line 1"): "a function that ends without a return returns None",
    ("pin", "a statement left out in line 21"): "a function that ends without a return returns None",
    (
        "pin",
        "a block without its head in line 3",
    ): "who takes the latch of each frame needs no look before",
    ("pin", "two statements swapped in line 6"): "under the latch nobody sees which was stored first",
    ("pin", "two statements swapped in line 27"): "under the latch nobody sees which was stored first",
    ("fetch", "two statements swapped in line 8"): "under the latch nobody sees which was stored first",
    ("pin", "one more in line 23"): "a third round finds nothing that two do not, and the hand stands where it was",
    (
        "get_or_load",
        "two statements swapped in line 17",
    ): "under the lock nobody sees what comes first: the value, its state, or the wake-up",
    (
        "get_or_load",
        "two statements swapped in line 13",
    ): "whoever is woken needs the lock, and gets it when all is stored",
    ("get_or_load", "one less in line 14"): "any number but 1 and 2 says that nobody has loaded it",
    ("join", "two statements swapped in line 1"): "under the lock a member is alive before or after it lays out",
    ("join", "one more in line 9"): "any number but 0 says that it is ready",
    (
        "send",
        "two statements swapped in line 9",
    ): "under the mutex nobody sees which of number, count, state came first",
    ("send", "one less in line 6"): "any free slot will do: the last one",
    ("send", "one more in line 11"): "numbers grow, by whatever",
    (
        "send",
        "two statements swapped in line 25",
    ): "whoever is woken needs the mutex, and gets it when the slot is free",
}


HANDFUL = 2  # of an item's changes in `make test`; `make stress` tries all


@pytest.mark.parametrize("share", ["a handful", pytest.param("all", marks=pytest.mark.stress)])
@pytest.mark.parametrize(("stem", "item"), ITEMS)
def test_every_change_of_a_solution_is_found_or_explained(stem, item, share):
    changed = mutants(answer_cell(stem, item).text)
    assert len(changed) >= 3
    if share == "a handful":
        changed = random.Random(item).sample(changed, min(HANDFUL, len(changed)))
    survived = [(what, text) for what, text in changed if graded(stem, item, text).status == RIGHT]
    explained = {what for one, what in EXPLAINED if one == item}
    found = "\n\n".join(f"{what}:\n{text}" for what, text in survived)
    assert {what for what, _ in survived} <= explained, found
    if share == "all":
        assert explained <= {what for what, _ in survived}
