"""What a reader can try on a real lo: commands, and what a kernel answered to them."""

from __future__ import annotations

from dataclasses import dataclass

from lomodel import boxes
from lomodel.boxes import Box, Recording
from lomodel.figures import ask
from lomodel.figures.plate import plate, sign
from lomodel.figures.show import Figure, escape

NAMES = {"ip": "iproute2", "python3": "Python"}
"""How people call the programs that have another name in a shell."""


@dataclass(frozen=True, repr=False)
class Shell(Figure):
    """A box with its buttons: one copies the commands, one asks the kernel."""

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        bundle = super()._repr_mimebundle_(include, exclude)
        return ask.with_scripts(bundle, "shell.js", ask.SCRIPT)


def real_lo(name: str) -> Shell:
    """The box of a page: what to type in a shell, and what a kernel answered when it was recorded.

    ``name`` is one of ``lomodel.boxes.names()``; ValueError for another, or where the recording
    has not the line that the box is about.
    """
    return shell(boxes.read(name), boxes.recorded(name))


def shell(box: Box, recording: Recording) -> Shell:
    """A box and its recording as a figure; ValueError as ``real_lo``."""
    lines = [line for output in recording.outputs for line in output.splitlines()]
    if lines.count(box.matters) != 1:
        times = lines.count(box.matters)
        raise ValueError(
            f"{box.name}: the line that matters, {box.matters!r}, is there {times} times"
        )
    title = f"On a real lo: {box.title}"
    return Shell(title, _html(box, recording, title), _plain(box, recording))


def _entries(box: Box, recording: Recording) -> list[tuple[str, str, str]]:
    """(prompt, command, output) of every command; who has entered a namespace is its root."""
    rest = zip(box.commands, recording.outputs, strict=True)
    return [("$", box.enter, ""), *(("#", command, output) for command, output in rest)]


def _foot(box: Box, recording: Recording) -> str:
    programs = (f"{NAMES.get(name, name)} {text}" for name, text in recording.programs.items())
    where = ", ".join([f"Linux {recording.kernel}", *programs])
    return " ".join(filter(None, [f"Recorded on {where}.", box.foot, box.differs]))


def _plain(box: Box, recording: Recording) -> str:
    shown = [f"{p} {command}\n{output}" for p, command, output in _entries(box, recording)]
    return "".join(shown) + _foot(box, recording)


def _html(box: Box, recording: Recording, title: str) -> str:
    entries = (_entry(*each, box.matters) for each in _entries(box, recording))
    body = (
        f'<pre class="lo-session" tabindex="0" role="group" aria-label="{escape(title)}, session">'
        f"{''.join(entries)}</pre>"
        '<div class="lo-bar"><button type="button" class="lo-button" hidden>Copy the commands'
        '</button><span role="status"></span></div>'
        f'<p class="lo-foot">{sign(True)}{escape(_foot(box, recording))}</p>'
        f"{ask.ask(box.steps) if box.steps else ''}"
    )
    framed = plate("On a real lo", box.title, body, classes="lo-kernel-says")
    return f'<lo-shell data-copy="{escape(box.pasted)}">{framed}</lo-shell>'


def _entry(prompt: str, command: str, output: str, matters: str) -> str:
    first, *more = command.split("\n")
    typed = [(prompt, first), *((">", line) for line in more)]
    shown = "".join(f"<span>{p} </span><b>{escape(line)}</b>\n" for p, line in typed)
    return shown + "".join(_line(line, matters) for line in output.splitlines())


def _line(line: str, matters: str) -> str:
    text = escape(line)
    return f"<samp>{f'<mark>{text}</mark>' if line == matters else text}</samp>\n"
