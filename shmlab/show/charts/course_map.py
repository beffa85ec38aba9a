"""The map of the course as a picture: a box for each lesson, with the lessons to know before it."""

import textwrap

from matplotlib.patches import FancyBboxPatch

from shmlab.show import style

_WIDTH, _HEIGHT = 0.84, 0.62


def of_map(course):
    """Return the Figure of a CourseMap: a row for each part; each box is filled as far as its points are reached, and
    has a dashed edge if the lesson can be left out."""
    parts = list(dict.fromkeys(lesson.part for lesson in course.lessons))
    places = {}
    for lesson in course.lessons:
        row = parts.index(lesson.part)
        column = sum(other.part == lesson.part for other in course.lessons if other.number < lesson.number)
        places[lesson.number] = column, row
    columns = 1 + max(column for column, _ in places.values())
    with style.figure(2.1 * columns, 1.75 * len(parts) + 0.6) as (figure, axes):
        for lesson in course.lessons:
            _box(axes, lesson, places[lesson.number], course)
        for row, part in enumerate(parts):
            axes.text(-0.5, row - 0.43, part, fontweight="bold", va="center")
        axes.set(xlim=(-0.55, columns - 0.45), ylim=(len(parts) - 0.55, -0.6), title=_title(course))
        axes.axis("off")
    return figure


def _title(course):
    going = "the course is done" if course.next is None else f"go on with {course.next.stem}"
    return f"{course.points:g} of {course.most} points: {going} (dashed: can be left out)"


def _box(axes, lesson, place, course):
    x, y = place[0] - _WIDTH / 2, place[1] - _HEIGHT / 2 + 0.1
    reached = sum(course.best.get(lesson.stem, {}).values()) / lesson.points
    goes_on = lesson is course.next
    shape = {"boxstyle": "round,pad=0,rounding_size=0.05", "mutation_aspect": 0.8}
    axes.add_patch(FancyBboxPatch((x, y), _WIDTH, _HEIGHT, facecolor="white", edgecolor="none", zorder=2, **shape))
    if reached:
        axes.add_patch(FancyBboxPatch((x, y), _WIDTH * reached, _HEIGHT, facecolor=style.PROCESS_COLOURS[4], alpha=0.5,
                                      edgecolor="none", zorder=3, **shape))  # fmt: skip
    axes.add_patch(FancyBboxPatch((x, y), _WIDTH, _HEIGHT, facecolor="none", zorder=4, linewidth=3 if goes_on else 1.2,
                                  linestyle="--" if course.optional(lesson) else "-",
                                  edgecolor=style.INK if goes_on else style.FAINT, **shape))  # fmt: skip
    points = sum(course.best.get(lesson.stem, {}).values())
    head = f"{'▶ ' if goes_on else ''}{lesson.number:02}{' ✓' if reached == 1 else ''}"
    axes.text(x + 0.04, y + 0.04, head, fontweight="bold", va="top", zorder=5)
    small = {"fontsize": 8.5, "color": style.FAINT, "zorder": 5}
    facts = f"{points:g}/{lesson.points} · {lesson.minutes} min"
    axes.text(x + _WIDTH - 0.04, y + 0.05, facts, ha="right", va="top", **small)
    if lesson.needs:
        needs = ", ".join(f"{number:02}" for number in lesson.needs)
        axes.text(x + 0.04, y + _HEIGHT - 0.04, f"after {needs}", va="bottom", **small)
    axes.text(x + 0.04, y + 0.18, textwrap.fill(lesson.question, 21), fontsize=9, va="top", zorder=5)
