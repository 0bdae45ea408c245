"""What a reader can try on a real lo in a shell: one box a page, with its recorded output.

``NAME.toml`` says what is done (``title``, ``enter``, ``commands``) and how the box is read
(``matters``, the one line to look at; ``foot``, one sentence; ``differs``, what Linux 6.12 does
otherwise; ``varies``, patterns of what no two runs share; ``programs``, whose version is noted;
``steps``, the same as a scenario, which a page puts to its kernel).
``NAME.json`` beside it is what a kernel answered: ``python -m tools.recording.boxes NAME`` writes
it, and nobody else.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files

from lomodel.contract import Step, check_steps

SUFFIX = ".toml"
PASTED = "BOX"


@dataclass(frozen=True)
class Recording:
    """What a kernel answered: its version, the programs', and one output for each command."""

    kernel: str
    programs: dict[str, str]
    outputs: list[str]

    @property
    def release(self) -> str:
        """The first two numbers of the kernel's version, such as "6.18"."""
        return ".".join(self.kernel.split(".")[:2])


@dataclass(frozen=True)
class Box:
    """One page's commands, as an ordinary user gives them; ``enter`` starts a shell for them."""

    name: str
    title: str
    enter: str
    commands: list[str]
    programs: list[str]
    matters: str
    foot: str
    differs: str = ""
    varies: tuple[str, ...] = ()
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        check_steps(self.steps)

    @property
    def pasted(self) -> str:
        """The commands as one that can be pasted.

        A shell takes all pasted lines for its own. What is to run in the shell that ``enter``
        starts must be handed to it, or it would run outside of the namespace; -v shows each
        command before its output.
        """
        script = "\n".join(self.commands)
        return f"{self.enter} sh -v <<'{PASTED}'\n{script}\n{PASTED}\n"


def names() -> list[str]:
    """The boxes that there are."""
    found = (path.name for path in files(__name__).iterdir() if path.name.endswith(SUFFIX))
    return sorted(name.removesuffix(SUFFIX) for name in found)


def _text(name: str, suffix: str) -> str:
    return files(__name__).joinpath(name + suffix).read_text(encoding="utf-8")


def read(name: str) -> Box:
    """What is done in a box; ValueError for a name or a file that is none."""
    if name not in names():
        raise ValueError(f"{name!r}: no such box, expected one of {', '.join(names())}")
    try:
        return Box(name, **tomllib.loads(_text(name, SUFFIX)))
    except (TypeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{name}{SUFFIX}: {error}") from None


def recorded(name: str) -> Recording:
    """What a kernel answered to a box; FileNotFoundError where it was not recorded yet."""
    return Recording(**json.loads(_text(name, ".json")))
