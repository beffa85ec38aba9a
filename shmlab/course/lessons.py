"""The lessons of the course: which question each answers, what it needs, how long it takes, and its graded items."""

from __future__ import annotations

import dataclasses
import functools


@dataclasses.dataclass(frozen=True)
class Lesson:
    """A lesson. `stem`: the name of its notebook and of its exercises. `needs`: the numbers of the lessons to know
    first. `items`: name of a graded item -> its points."""

    part: str
    stem: str
    question: str
    minutes: int
    needs: tuple[int, ...]
    items: dict[str, int]

    @property
    def number(self) -> int:
        """Return the number of the lesson."""
        return int(self.stem[:2])

    @property
    def points(self) -> int:
        """Return the points of all its items."""
        return sum(self.items.values())


_MEET, _TURNS, _REAL, _BUILD = "I Meet it", "II Take turns", "III Run it for real", "IV Build it"
LESSONS = (
    Lesson(_MEET, "00_start_here", "Can two programs change one number at once?", 45, (),
           {"add_three": 6, "final_values": 4}),
    Lesson(_MEET, "01_processes_share_nothing", "Why does a child not see my variable?", 75, (0,),
           {"ask_child": 4, "shared_mappings": 3, "roll_call": 3}),
    Lesson(_MEET, "02_posix_shared_memory", "How do two processes get one page?", 110, (1,),
           {"create_or_open": 4, "explain_error": 3, "replace": 3}),
    Lesson(_MEET, "03_system_v_shared_memory", "What are keys and ids?", 100, (2,),
           {"make": 3, "add_to": 3, "retire": 4}),
    Lesson(_MEET, "04_memory_layout", "What do the bytes mean to the other side?", 90, (2,),
           {"record": 3, "header": 4, "view": 3}),
    Lesson(_TURNS, "05_lost_updates", "Where did my increments go?", 45, (0,),
           {"worst_schedule": 3, "reserve": 3, "write_pair": 4}),
    Lesson(_TURNS, "06_semaphores_and_mutexes", "How do processes take turns?", 120, (0, 5),
           {"critical": 2, "rendezvous": 2, "multiplex": 2, "barrier": 4}),
    Lesson(_TURNS, "07_bounded_buffer", "How does data flow without being lost?", 90, (5, 6),
           {"put": 4, "take": 3, "push": 3}),
    Lesson(_TURNS, "08_deadlock_and_starvation", "Why does nothing move?", 90, (5, 6, 7),
           {"eat": 2, "transfer": 3, "write": 3, "tools": 2}),
    Lesson(_TURNS, "09_spinlocks_and_atomics", "Why not just loop until it is free?", 75, (5, 6),
           {"spin_lock": 3, "ticket_lock": 4, "raise_best": 3}),
    Lesson(_TURNS, "10_memory_barriers", "Why does the right order fail?", 75, (5, 6),
           {"enter": 4, "post": 3, "publish": 3}),
    Lesson(_REAL, "11_crashes_and_leaks", "What stays when a process dies?", 100, (2, 3, 6),
           {"move": 4, "print_page": 3, "clean_up": 3}),
    Lesson(_REAL, "12_debugging", "Whose segment is this, and how full is it?", 90, (2, 3, 11),
           {"find_leaks": 4, "memory_used": 3, "reserve": 3}),
    Lesson(_REAL, "13_permissions_and_secrets", "Who else can read it?", 100, (2, 3, 5),
           {"share_with_group": 3, "publish_sealed": 4, "read_message": 3}),
    Lesson(_REAL, "14_throughput", "What does shared memory buy?", 100, (0, 1, 6),
           {"send_many": 5, "fair_rate": 5}),
    Lesson(_BUILD, "15_shared_cache", "Who hands out the memory?", 80, (2, 6, 7, 9),
           {"alloc": 5, "get_or_load": 5}),
    Lesson(_BUILD, "16_market_data", "How do many read without stopping the writer?", 90, (5, 7, 10, 14),
           {"write_quote": 5, "next_tick": 5}),
    Lesson(_BUILD, "17_buffer_pool", "How does a database share its pages?", 90, (3, 4, 6),
           {"pin": 5, "fetch": 5}),
    Lesson(_BUILD, "18_video_pipeline", "What if late is wrong?", 90, (4, 6, 8, 9),
           {"submit": 5, "deadline_report": 5}),
    Lesson(_BUILD, "19_message_queue", "Can you build what is missing?", 90, (7, 11, 14),
           {"join": 3, "send": 3, "recover": 4}),
)  # fmt: skip
BY_STEM = {lesson.stem: lesson for lesson in LESSONS}


@functools.cache
def with_item(item: str) -> tuple[Lesson, ...]:
    """Return the lessons that have a graded item of this name."""
    return tuple(lesson for lesson in LESSONS if item in lesson.items)
