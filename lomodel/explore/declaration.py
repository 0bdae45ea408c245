"""What an explorer is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lomodel.contract import Step
from lomodel.explore.controls import Control, ControlError, check_all, initial
from lomodel.explore.scenario_slots import scenario_slots
from lomodel.explore.table import states

Value = str | int
FATES = ("whole", "cut", "dropped", "refused")
"""What may become of a packet; each has a shape of its own."""
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
    * ``fate``: what becomes of the packet: one of ``FATES``, drawn, and the word for it.
    * ``words``: 64-bit words: name -> (as it is written, a sign for each bit; see ``lamps.py``).
    * ``points``: the numbers that a range's names stand for: control -> {name: number}.
    * ``met``: whether this state is what the challenge asks for.
    """

    summary: str
    values: dict[str, Value] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, tuple[str, str]] = field(default_factory=dict)
    helps: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    strips: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    fate: tuple[str, str] | None = None
    words: dict[str, tuple[str, str]] = field(default_factory=dict)
    points: dict[str, dict[str, int]] = field(default_factory=dict)
    met: bool = False

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
        for name, (written, signs) in self.words.items():
            flat |= {f"word:{name}": written, f"lamps:{name}": signs}
        for control, numbers in self.points.items():
            flat |= {f"point:{control}:{name}": number for name, number in numbers.items()}
        if self.fate:
            flat |= {"fate": self.fate[0], "fate word": self.fate[1]}
        return flat | ({"met": "found"} if self.met else {})


@dataclass(frozen=True)
class Question:
    """A row of the decisions table: a condition of a kernel function."""

    name: str
    function: str
    text: str


@dataclass(frozen=True)
class Main:
    """The value that leads, and what stands beside and below it.

    ``one`` and ``many`` say what is counted, after a 1 and after another number; other values stand
    in them in braces. ``strip`` names the row of blocks drawn below, ``lengths`` the value that
    says the same in words.
    """

    value: str
    one: str
    many: str
    strip: str = ""
    lengths: str = ""

    def text(self, values: dict[str, Value]) -> str:
        """What is counted, in a state; "" where the value has none."""
        if self.value not in values:
            return ""
        return (self.one if values[self.value] == 1 else self.many).format_map(values)


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
    * ``values`` gives the label of each named value, in order; ``main`` says which of them leads.
    * A control that changes no value, strip, part or answer is marked with the word ``idle``.
    * ``strips`` gives the label of each row of blocks; ``words`` names the 64-bit words;
      ``groups`` gives the headings under which the controls stand ("" for none).
    * ``presets`` are states by name, each as what differs from the first; ``challenge`` is a
      sentence that some states meet (the outcome's ``met``).
    * ``origin`` says where the outcomes come from.
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
    main: Main | None = None
    words: Sequence[str] = ()
    presets: dict[str, State] = field(default_factory=dict)
    challenge: str = ""
    origin: str = "model"
    idle: str = "no effect here"
    questions: Callable[[], Sequence[Question]] = tuple
    questions_title: str = "What the kernel asked, and the operands that it compared"
    strips: dict[str, str] = field(default_factory=dict)
    groups: dict[str, Sequence[str]] = field(default_factory=dict)
    steps: Callable[[State], list[Step] | None] | None = None
    survey: Survey | None = None

    def __post_init__(self) -> None:
        for name, preset in self.presets.items():
            self._check_preset(name, check_all(self.controls, preset))
        if self.main and self.main.value not in self.values:
            known = ", ".join(self.values)
            raise ValueError(f"main: expected one of {known}, not {self.main.value!r}")

    def _check_preset(self, name: str, preset: State) -> None:
        points = {control.name: control.points for control in self.controls}
        for control, value in preset.items():
            if value not in points[control]:
                raise ControlError(f"preset {name!r}: {control}: no page knows {value!r}")

    def initial(self) -> State:
        """The state that the explorer starts in."""
        return {control.name: initial(control) for control in self.controls}

    def states(self) -> Iterator[State]:
        """Every state that the built page knows."""
        return states(self.controls)

    def run(self, controls: State) -> dict[str, Value]:
        """The outcome's slots for a state; :class:`ControlError` if it is none."""
        state = check_all(self.controls, self.initial() | controls)
        return self.slots(self.outcome(state), state)

    def slots(self, outcome: Outcome, state: State) -> dict[str, Value]:
        """A state's slots: its outcome's, what is said beside the main value, and its scenario."""
        what = self.main.text(outcome.values) if self.main else ""
        asked = scenario_slots(self.steps(state) if self.steps else None)
        return outcome.slots() | ({"what": what} if what else {}) | asked
