"""What an explorer is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lomodel.contract import Step
from lomodel.explore.controls import Control, check_all, initial
from lomodel.explore.table import states

Value = str | int
State = dict[str, Any]
"""The controls' values by name."""


@dataclass
class Outcome:
    """What a state of the controls leads to; all of it plain data.

    * ``summary``: the outcome in a sentence.
    * ``values``: named numbers or texts, e.g. ``{"tx_packets": 3}``.
    * ``parts``: the parts of the figure that take part, each with a note ("" for none).
    * ``decisions``: what was asked on the way: question -> (answer, operands).
    * ``helps``: what stands below a control in this state, by the control's name.
    * ``notes``: a word beside a control, by the control's name (its effective state, say).
    * ``strips``: lengths drawn as a row of blocks: name -> [(count, length), ...].
    """

    summary: str
    values: dict[str, Value] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, tuple[str, str]] = field(default_factory=dict)
    helps: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    strips: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def slots(self) -> dict[str, Value]:
        """The outcome as one flat mapping; a prefix says what a slot is."""
        flat: dict[str, Value] = {"summary": self.summary}
        flat |= {f"value:{name}": value for name, value in self.values.items()}
        flat |= {f"part:{name}": note for name, note in self.parts.items()}
        flat |= {f"help:{name}": text for name, text in self.helps.items()}
        flat |= {f"note:{name}": text for name, text in self.notes.items()}
        for name, (answer, operands) in self.decisions.items():
            flat |= {f"answer:{name}": answer, f"operands:{name}": operands}
        for name, blocks in self.strips.items():
            flat[f"strip:{name}"] = " ".join(f"{count}x{length}" for count, length in blocks)
        return flat


@dataclass(frozen=True)
class Question:
    """A row of the decisions table: a condition of a kernel function."""

    name: str
    function: str
    text: str


class Atlas(Protocol):
    """What all states together consist of: in its names a state's outcome is said."""

    def outcome(self, play: Any) -> Outcome:
        """The outcome of a state that has been played."""


class Survey(Protocol):
    """How states are played where figure and questions are made of what all of them show."""

    def play(self, controls: State) -> Any:
        """Play one state, in whichever process; the result can be pickled."""

    def gather(self, plays: Iterable[Any]) -> Any:
        """What all states consist of, as JSON data that are kept beside the table."""

    def atlas(self, data: Any) -> Atlas:
        """What ``gather`` found, ready for use."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Declaration:
    """An explorer: controls, the outcome of a state, and the figure.

    * ``outcome`` takes the controls' values by name and returns an :class:`Outcome`; it must be
      pure, because its results are stored.
    * ``figure`` makes the SVG, whose ``data-part`` names are the ``parts`` of outcomes;
      ``questions`` makes the rows of the decisions table.
    * ``values`` gives the label of each named value, in order; those named in ``echoes`` only
      repeat a control, and a control that changes nothing else is marked with the word ``idle``.
    * ``strips`` gives the label of each row of blocks; ``groups`` the headings under which the
      controls stand.
    * ``steps`` says a state as the steps of a scenario, so that a kernel can be asked the same;
      it returns None for a state that no scenario can say, and is None where none can.
    * ``survey`` is for figures that are made of all states; ``from_trace`` gives it.
    """

    name: str
    title: str
    intro: str
    controls: Sequence[Control]
    outcome: Callable[[State], Outcome]
    figure: Callable[[], str]
    values: dict[str, str]
    echoes: Sequence[str] = ()
    idle: str = "no effect"
    questions: Callable[[], Sequence[Question]] = tuple
    questions_title: str = "What the kernel asked, and the operands that it compared"
    strips: dict[str, str] = field(default_factory=dict)
    groups: dict[str, Sequence[str]] = field(default_factory=dict)
    steps: Callable[[State], list[Step] | None] | None = None
    survey: Survey | None = None

    def initial(self) -> State:
        """The state that the explorer starts in."""
        return {control.name: initial(control) for control in self.controls}

    def states(self) -> Iterator[State]:
        """Every state that the built page knows."""
        return states(self.controls)

    def run(self, controls: State) -> dict[str, Value]:
        """The outcome's slots for a state; :class:`ControlError` if it is none."""
        return self.outcome(check_all(self.controls, self.initial() | controls)).slots()
