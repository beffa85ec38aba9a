"""A history as a picture: each operation a bar from its invocation to its response, with its place in the order."""

import textwrap

from shmlab.show import style

_HEIGHT = 0.62


def of_history(history):
    """Return the Figure of a History: a row for each process, a number for each place in the longest order that
    explains the results, and a hatched bar for the operation that fits nowhere."""
    ranks = sorted({call.rank for call in history.calls})
    with style.figure(9, 1.7 + 0.75 * len(ranks)) as (figure, axes):
        for index, call in enumerate(history.calls):
            end = history.steps if call.last is None else call.last + 1
            misfit = index == history.misfit
            axes.barh(call.rank, end - call.first, left=call.first, height=_HEIGHT, edgecolor="black",
                      color=style.process_colour(call.rank),
                      alpha=0.55, hatch="///" if misfit else None, linewidth=2.5 if misfit else 1,
                      linestyle="--" if call.last is None else "-")  # fmt: skip
            place = f"{history.order.index(index) + 1}. " if index in history.order else "✗ " if misfit else ""
            words = place + call.words.replace(" → ", "\n→ ")
            axes.text((call.first + end) / 2, call.rank, words, ha="center", va="center",
                      bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5})  # fmt: skip
        axes.set_yticks(ranks, [f"P{rank}" for rank in ranks])
        axes.set_ylim(max(ranks, default=0) + 0.6, min(ranks, default=0) - 0.6)
        axes.set_xlim(0, max(history.steps, 1))
        axes.grid(axis="y", visible=False)
        axes.set(title=f"{history.title}: operations, numbered in an order that explains them", xlabel="steps")
        if history.why:
            axes.set_xlabel("steps\n\n" + textwrap.fill("✗ " + history.why, 100), loc="left")
    return figure
