"""The step panel: the learner is the scheduler, picks which process goes next, and can go back.

Buttons are made once and then changed, never replaced, so that the keyboard's focus stays where it is.
"""

import html

import ipywidgets as widgets

from shmlab.explorer.by_hand import Game
from shmlab.explorer.explain.verdict import MODEL_NAMES
from shmlab.explorer.question import Terms
from shmlab.layout import in_words
from shmlab.program import Program
from shmlab.show.panels.panel import Panel
from shmlab.show.style import ERROR, process_colour

_WIDE = {"width": "auto"}


class _ProcessBox(widgets.VBox):
    """One process: the button for its next step, where it stands, and buttons for its other moves."""

    def __init__(self, rank, press):
        self._rank, self._press = rank, press
        self.go = widgets.Button(layout=widgets.Layout(**_WIDE), style={"font_weight": "bold"})
        self.go.on_click(lambda button: press(button, (rank, "go")))
        self.words = widgets.HTML()
        self.others = {}
        self._choices, self._last = _row(), _row()
        colour = process_colour(rank)
        layout = widgets.Layout(border_left=f"6px solid {colour}", padding="0 0 0 8px", margin="4px", flex="1 1 180px",
                                max_width="420px")  # fmt: skip
        super().__init__([self.go, self.words, self._choices, self._last], layout=layout)

    def show(self, turn, memory):
        self.go.description = f"P{turn.rank}: {turn.does or 'ended'}"
        self.go.disabled = bool(turn.reason)
        self.go.tooltip = f"{self.go.description}: {turn.reason or f'line {turn.line}: {turn.source}'}"
        self.words.value = _where_it_stands(turn, memory)
        possible = dict(turn.others)
        for what, words in possible.items():
            self._other(what).description = f"P{turn.rank}: {words}"
        for what, button in self.others.items():
            button.disabled = what not in possible
            button.layout.display = "none" if button.disabled else None

    def _other(self, what):
        """Return the button of a move; add a new one behind the others, so that those stay unchanged."""
        if what not in self.others:
            button = widgets.Button(layout=widgets.Layout(**_WIDE))
            button.on_click(lambda pressed: self._press(pressed, (self._rank, what)))
            self.others[what] = button
            row = self._last if what == "crash" else self._choices
            row.children = (*row.children, button)
        return self.others[what]


class StepPanel(Panel):
    """A game in which the learner is the scheduler of a Program; see step."""

    def __init__(self, program: Program, terms: Terms) -> None:
        self._program, self._terms = program, terms
        self.game = Game(program.question(), terms)
        self._message = ""  # the answer of a check, or an error, until the next press
        self.status = widgets.HTML()
        self.process_boxes = [_ProcessBox(rank, self._go) for rank in range(program.processes)]
        self.undo = self._button("Undo", "Take back the last step", lambda: self.game.go_to(max(0, self.game.at - 1)))
        self.reset = self._button("Reset", "Forget all steps", lambda: self.game.restart())
        self.fail = self._button("Show me a failing schedule", "Check every interleaving", self._fail)
        self.at = widgets.IntSlider(0, 0, 0, description="after step", layout=widgets.Layout(width="320px"))
        self.at.observe(self._slide, "value")
        self.memory, self.timeline = widgets.HTML(), widgets.HTML()
        self._refreshing = False
        title = widgets.HTML(f"{_LOOK}<b>{html.escape(self._title())}</b>")
        process_boxes, controls = _row(self.process_boxes), _row([self.undo, self.reset, self.fail, self.at])
        super().__init__([title, self.status, process_boxes, controls, self.memory, self.timeline])
        self.add_class("shmlab-step")
        self._refresh()

    def _button(self, words, tooltip, act):
        button = widgets.Button(description=words, tooltip=tooltip, layout=widgets.Layout(**_WIDE))
        button.on_click(lambda pressed: self._run_action(pressed, act))
        return button

    def _title(self):
        return f"You are the scheduler of {self._program.title}, under {MODEL_NAMES[self._terms.memory]}"

    def _as_text(self):
        story = self.game.story()
        objects = ", ".join(f"{name}: {words}" for name, words in self.game.objects())
        hint = "The step panel: run this cell in JupyterLab to choose who goes next."
        return "\n".join(filter(None, [hint, self._title(), self._state()[1], objects, str(story.table())]))

    # What a press does.

    def _go(self, button, move):
        if move in self.game.choices:  # a quick second press may ask for a move that the first has made impossible
            self._run_action(button, lambda: self.game.make(move))

    def _slide(self, change):
        if not self._refreshing:
            self._run_action(self.at, lambda: self.game.go_to(change["new"]))

    def _fail(self):
        """Check the program under the same terms, and load the schedule that fails."""
        self.status.value = _status("", "Going through the interleavings …")
        terms = {name: getattr(self._terms, name) for name in ("memory", "spurious", "crashes")}
        verdict = self._program.check(**terms, progress=False)
        if verdict.witness is not None:
            self.game.load(verdict.witness.schedule)
        self._message = verdict.sentence

    def _run_action(self, pressed, act):
        """Run a button's action, and show the result, errors included."""
        self._message, trouble, before = "", "", self.game.at
        try:
            act()
            self.game.ending()  # calls the learner's predicates, so it may be slow and may raise
        except KeyboardInterrupt:
            trouble = "Interrupted."
        except Exception as error:  # from the learner's predicates; show it here, as a panel has no cell of its own
            notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
            trouble = f"fails: {type(error).__name__}: {error}{notes}"
        if trouble:
            self.game.go_to(min(before, self.game.length))
            self._message = trouble
        self._refresh()
        if pressed.disabled:
            self._pass_focus(pressed)

    def _pass_focus(self, pressed):
        """Give the keyboard's focus to the next enabled button, as a button that becomes disabled loses it."""
        first = next((at for at, box in enumerate(self.process_boxes) if pressed in (box.go, *box.others.values())), 0)
        process_boxes = (*self.process_boxes[first:], *self.process_boxes[:first])
        others = [button for box in process_boxes for what, button in box.others.items() if what != "crash"]
        buttons = (*(box.go for box in process_boxes), *others, self.undo, self.fail)
        next(button for button in buttons if not button.disabled).focus()

    # What the panel shows.

    def _state(self):
        """Return (the status's kind, its words): the state of the game."""
        game, ending = self.game, self.game.ending()
        if self._message:
            return self._message.split()[0].strip(":,"), self._message
        told = _last_step(game.story().steps)
        if ending is not None:
            return ("ok" if ending.ok else "fails"), f"{told}\n{ending.sentence}"
        able = sorted({rank for rank, what in game.choices})
        who = " or ".join(f"P{rank}" for rank in able)
        back = game.returned()
        again = "" if back is None else f" All stands as it did after step {back}: going round like this gains nothing."
        return "", f"{told}{again}\nChoose who goes next: {who}."

    def _refresh(self):
        self._refreshing = True
        game = self.game
        try:
            self.status.value = _status(*self._state())
            for box, turn in zip(self.process_boxes, game.turns(), strict=True):
                box.show(turn, self._terms.memory)
            self.undo.disabled, self.reset.disabled = game.at == 0, game.length == 0
            self.at.max, self.at.value, self.at.disabled = game.length, game.at, game.length == 0
            story = game.story()
            self.memory.value = _memory(story, game.objects(), game.goals)
            self.timeline.value = _timeline(story)
        finally:
            self._refreshing = False


def _row(children=()):
    return widgets.HBox(children, layout=widgets.Layout(flex_flow="row wrap"))


# The HTML of the parts. Whatever colour marks, words or weight mark too.

_LOOK = "<style>.shmlab-step button {white-space: normal; height: auto; min-height: 2em; line-height: 1.4}</style>"
_EDGES = {"fails": ERROR, "ok": "#009E73"}
_CELL = 'style="text-align: left; padding: 0.15em 0.8em; border-bottom: 1px solid var(--jp-border-color2, #ccc)"'
_LINES = 'style="border-collapse: collapse; line-height: 1.4"'
_STAYS = "position: sticky; top: 0; background: var(--jp-layout-color1, #fff)"  # headings stay while rows scroll
_MOST_CELLS = 64  # scalars of one field; beyond these, only changed ones are shown
_FEW_CELLS, _MOST_LETTERS = 8, 100  # up to so many scalars, a line of the timeline shows all memory; length of line 0


def _status(kind, words):
    """Return the status as HTML, its last line marked; screen readers read it out whenever it changes."""
    role = "alert" if kind == "fails" else "status"
    *told, last = map(html.escape, words.split("\n"))
    lines = "<br>".join([*told, {"fails": "✗ ", "ok": "✓ "}.get(kind, "") + last])
    edge = _EDGES.get(kind, "var(--jp-border-color1, #888)")
    look = f"min-height: 3em; padding: 0.3em 0.8em; border-left: 6px solid {edge}; line-height: 1.4"
    return f'<div role="{role}" aria-live="polite" style="{look}">{lines}</div>'


def _last_step(steps):
    """Return the last of some steps, in words."""
    if not steps:
        return "No step yet."
    where = f" (line {steps[-1].line})" if steps[-1].line else ""
    return f"Step {len(steps)}: P{steps[-1].rank}: {steps[-1].words}{where}."


def _where_it_stands(turn, memory):
    """Return HTML that says where a process stands: its line, why it cannot go, its registers and its store buffer."""
    lines = [f"<code>{html.escape(f'{turn.line}: {turn.source}')}</code>"] if turn.line else []
    lines += [f"<b>{html.escape(turn.reason)}</b>"] if turn.reason else []
    held = in_words(dict(turn.registers)) or "none"
    told = [("last step", turn.last or "none"), ("registers", held)]
    told += [("store buffer", "; ".join(turn.buffer) or "empty")] if memory != "sc" else []
    lines += [f"{name}: {html.escape(words)}" for name, words in told]
    return f'<div style="line-height: 1.4">{"<br>".join(lines)}</div>'


def _leaves(name, value):
    """Return (name, number) of every scalar in a field: slots[1], header.magic."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in _leaves(f"{name}.{key}", inner)]
    if isinstance(value, list | bytes):
        return [leaf for index, inner in enumerate(value) for leaf in _leaves(f"{name}[{index}]", inner)]
    return [(name, value)]


def _memory(story, objects, goals):
    """Return HTML with shared memory and the synchronization objects now; the last step's changes are marked."""
    now = story.steps[-1].memory if story.steps else story.initial
    before = story.steps[-2].memory if len(story.steps) > 1 else story.initial
    rows = []
    for field, value in now.items():
        pairs = list(zip(_leaves("", before[field]), _leaves("", value), strict=True))
        shown = [_cell(name, number, old) for at, ((_, old), (name, number)) in enumerate(pairs)
                 if at < _MOST_CELLS or number != old]  # fmt: skip
        more = len(pairs) - len(shown)
        rows.append((field, "".join(shown) + (f" … {more} more" if more else "")))
    shown = _table("Shared memory", ("field", "value"), rows)
    if objects:
        shown += _table("Synchronization", ("object", "state"), [tuple(map(html.escape, row)) for row in objects])
    if goals:
        rows = [(html.escape(words), "seen" if seen else "not seen yet") for words, seen in goals.items()]
        shown += _table("Must be possible", ("what", "seen"), rows)
    return f'<div style="display: flex; flex-wrap: wrap; gap: 0 3em">{shown}</div>'


def _cell(name, number, before):
    """Return one scalar as HTML; a changed one has a frame, and its old value."""
    words = html.escape(f"{name.lstrip('.')}: {number}" if name else str(number))
    if number != before:
        words = f'<b style="border: 2px solid; padding: 0 0.3em">{words}</b> (was {html.escape(str(before))})'
    return f'<span style="display: inline-block; margin-right: 1em">{words}</span>'


def _timeline(story):
    """Return the steps so far as HTML, scrolled to the last one."""
    start = html.escape(in_words(story.initial)[:_MOST_LETTERS])
    rows = [("0", "", "before the first step", "", start, "")]
    whole = len(_leaves("", story.initial)) <= _FEW_CELLS
    before = story.initial
    for number, step in enumerate(story.steps, 1):
        colour = process_colour(step.rank)
        who = f'<span style="border-left: 6px solid {colour}; padding-left: 0.4em">P{step.rank}</span>'
        line = f"<code>{html.escape(f'{step.line}: {step.source}')}</code>" if step.line else ""
        waits = "; ".join(html.escape(f"P{rank}: {', '.join(one)}") for rank, one in enumerate(step.buffers) if one)
        rows.append((str(number), who, html.escape(step.words), line, _changed(before, step.memory, whole), waits))
        before = step.memory
    headings = ("step", "process", "what it did", "line", "memory after it", "in store buffers")
    width = len(headings) - (story.memory == "sc")
    table = _table("", headings[:width], [row[:width] for row in rows])
    look = "max-height: 26em; overflow: auto; display: flex; flex-direction: column-reverse"  # scrolled to its end
    return f'<b>Timeline</b><div role="region" aria-label="Timeline" tabindex="0" style="{look}">{table}</div>'


def _changed(before, after, whole):
    """Return memory in words, changes in bold; without `whole`, only the changes."""
    fields = [name for name in after if whole or before[name] != after[name]]
    was, now = ([leaf for name in fields for leaf in _leaves(name, memory[name])] for memory in (before, after))
    words = [
        f"<b>{name} = {html.escape(str(number))}</b>" if number != old else f"{name} = {html.escape(str(number))}"
        for (_, old), (name, number) in zip(was, now, strict=True)
        if whole or number != old
    ]
    return ", ".join(words) or "as before"


def _table(caption, headings, rows):
    head = "".join(f'<th scope="col" {_CELL[:-1]}; {_STAYS}">{heading}</th>' for heading in headings)
    body = "".join("<tr>" + "".join(f"<td {_CELL}>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    title = f'<caption style="text-align: left; font-weight: bold">{caption}</caption>' if caption else ""
    return f"<div><table {_LINES}>{title}<thead><tr>{head}</tr></thead>{body}</table></div>"


def step(program: Program, *, memory: str = "sc", spurious: bool = True, crashes: int = 0) -> StepPanel:
    """Let the learner pick which process goes next, step by step, with undo; return the panel.

    `memory`: "sc", "tso" or "pso". `spurious`: whether a wait may end without a notify. `crashes`: how many processes
    may be killed. These mean the same in Program.check. Raises TypeError or ValueError for other values.
    """
    if not isinstance(program, Program):
        raise TypeError(f"step takes a Program, not {program!r}")
    return StepPanel(program, Terms(memory, spurious, crashes))
