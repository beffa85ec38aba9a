"""A part of a check that plays a scene of real processes."""

import dataclasses
import typing

from shmlab.grading.checks.parts import named
from shmlab.grading.checks.seen import Seen
from shmlab.grading.inside_sandbox import rights
from shmlab.grading.results import Differs, Ended, PartResult, Unjudged
from shmlab.grading.scenes import world

_MOST_POINTS = 1_000  # at which a scene may stop a process


def plays(title, scene, *arguments, expected="", weight=1):
    """A part: what `scene(world, *arguments)` expects of real processes and of the kernel's objects is so.

    The scene is played once for each point at which a process that it chooses can be stopped; see world.World.
    `expected`: what must hold, in words.
    """
    return _Plays(title, scene, arguments, expected, weight)


@dataclasses.dataclass(frozen=True)
class _Plays:
    title: str
    scene: typing.Callable
    arguments: tuple
    expected: str
    weight: float

    def look(self, item):
        sandbox = world.sandbox()
        for at in range(_MOST_POINTS):
            stage = world.World(sandbox, at)
            try:
                self.scene(stage, *self.arguments)
            except (Differs, Ended) as error:
                _unless_limited(stage)
                return self._explained(item, stage, error)
            except NotImplementedError:  # a stub's
                raise
            except Exception as error:
                _unless_limited(stage)
                if (difference := stage.difference(error)) is None:
                    raise
                return self._explained(item, stage, difference)
            finally:
                stage.close()
            if not stage.more:
                played = f"the scene, played {at + 1} times, a process stopped at another point each time" if at else ""
                return PartResult(self.title, 1.0, "all is as it should be", called=played, expected=self.expected)
        raise Unjudged(f"has more than {_MOST_POINTS:,} points to stop at: do the same in fewer steps")

    def _explained(self, item, stage, error):
        sentence = str(error)
        if isinstance(error, Ended):
            sentence = stage.observed["its end"] = f"the process {error}"
        name, explanation = named(item, Seen(self.title, got=stage.observed))
        return PartResult(self.title, 0.0, sentence, called=stage.stopped or stage.called, expected=self.expected,
                          misconception=name, explanation=explanation)  # fmt: skip


def _unless_limited(stage):
    """Raise Unjudged where a limit on time may be behind what a scene has found."""
    if stage.met_limit():
        raise Unjudged(f"and its children used up the {rights.CPU_S} s of processor time that a process has")
