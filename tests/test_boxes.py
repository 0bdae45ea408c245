"""The boxes "On a real lo": run again here, beside the model, and as a page shows them.

What turned these red, tried one at a time: a number of a recording changed (this machine objects,
and the model); errors that do not go to the terminal; a command that ends the shell let through;
``pasted`` without -v; a step of ``gso_limits`` with one byte less; the line that matters not there,
or twice; a prompt inside ``data-copy``; a
name without ``read``'s look at it; a pattern of ``varies`` that nothing matches; root as the
user; a status that is not kept; ``masked`` that does nothing.
"""

from __future__ import annotations

import html
import os
import re
from dataclasses import replace

import pytest

from lomodel import boxes
from lomodel.contract import Step
from lomodel.figures import real_lo as real_lo_of
from lomodel.figures.real_lo import shell
from lomodel.scenario import play
from tools.recording import boxes as recording

pytestmark = pytest.mark.slow

NAMES = boxes.names()
RELEASES = ("6.12", "6.18")
every = pytest.mark.parametrize("name", NAMES)
every_release = pytest.mark.parametrize("release", RELEASES)


@pytest.fixture(scope="module")
def ordinary_user() -> None:
    if said := recording.on_a_terminal(["unshare", "-rn", "true"]):
        pytest.skip(f"ordinary users may not, on this machine: {said.strip()}")


def check_machine(name: str) -> boxes.Box:
    """The box; skips where this machine is not one that it can be compared with."""
    box, recorded = boxes.read(name), boxes.recorded(name)
    if not os.uname().release.startswith(f"{recorded.release}."):
        pytest.skip(f"recorded from {recorded.release}, this is {os.uname().release}")
    if absent := recording.missing(box):
        pytest.skip(f"an ordinary user has no {', '.join(absent)} here")
    return box


@every
def test_this_machine_answers_as_recorded(name: str, ordinary_user: None) -> None:
    box = check_machine(name)
    found = [recording.masked(each, box) for each in recording.play(box)]
    assert found == [recording.masked(each, box) for each in boxes.recorded(name).outputs]


@every
def test_what_is_pasted_answers_the_same(name: str, ordinary_user: None) -> None:
    """Each line that a kernel answers, in order, with the commands between them."""
    box = check_machine(name)
    said = recording.on_a_terminal(["bash", "-c", box.pasted])
    pairs = zip(box.commands, boxes.recorded(name).outputs, strict=True)
    expected = "".join(f"{command}\n{output}" for command, output in pairs)
    assert recording.masked(said, box) == recording.masked(expected, box)


def test_a_program_that_is_not_there_is_named() -> None:
    assert {"gso_limits", "hw_features", "whole_or_cut"} <= set(NAMES)
    absent = replace(boxes.read(NAMES[0]), programs=["ip", "no-such-program"])
    assert recording.missing(absent) == ["no-such-program"]


# --- the model ------------------------------------------------------------------------------------


def counted(release: str, steps: list[Step]) -> list[str]:
    """What ``count`` prints after each send, from lo's counters in the model."""
    observed = play(steps, release)
    sent = [each["stats"] for each in observed if "stats" in each]
    names = ("rx_packets", "rx_bytes")
    so_far = [[sum(s[name] for s in sent[: i + 1]) for name in names] for i in range(len(sent))]
    return [f"packets {packets}, bytes {length}" for packets, length in so_far]


def lines(name: str) -> list[str]:
    return [line for output in boxes.recorded(name).outputs for line in output.splitlines()]


@every_release
@pytest.mark.parametrize("name", ["whole_or_cut", "gso_limits"])
def test_the_model_counts_the_same(name: str, release: str) -> None:
    """With the box's own steps, which a page puts to its kernel."""
    found = [line for line in lines(name) if line.startswith("packets")]
    assert found == counted(release, boxes.read(name).steps) and len(found) == 2


@every_release
def test_the_models_features_change_alike(release: str) -> None:
    asked = ("tx-tcp-segmentation", "tx-scatter-gather", "vlan-challenged")
    before, _, after, fixed, never = play(boxes.read("hw_features").steps, release)
    changed = {
        name: state.partition(" ")[0]
        for name, state in after["features"].items()
        if state.partition(" ")[0] != before["features"][name].partition(" ")[0]
    }
    followed = {name: "" if name in asked else " [not requested]" for name in changed}
    first, second, *_ = boxes.recorded("hw_features").outputs
    printed = {f"{name}: {state}{followed[name]}" for name, state in changed.items()}
    assert set(first.splitlines()) == {"Actual changes:", *printed}
    name = "tx-tcp-mangleid-segmentation"
    assert second.strip() == f"{name}: {after['features'][name]}"
    assert (fixed["rc"], never["error"]) == (1, "EINVAL")


# --- recording ------------------------------------------------------------------------------------


def box(*commands: str, enter: str = "env") -> boxes.Box:
    return boxes.Box("tried", "title", enter, list(commands), [], "b", "Foot.")


def test_errors_stand_where_a_reader_sees_them() -> None:
    script = "import sys; print(1); print(2, file=sys.stderr); print(3)"
    assert recording.play(box(f"python3 -c '{script}'", "false", "echo $?")) == [
        "1\n2\n3\n",
        "",
        "1\n",
    ]


def test_a_box_that_does_not_come_to_its_end_is_refused() -> None:
    with pytest.raises(RuntimeError, match="tried: 1 of 2 commands"):
        recording.play(box("echo 1", "exit 3"))


def test_an_ordinary_user_runs_it() -> None:
    expected = "65534\n" if os.geteuid() == 0 else f"{os.geteuid()}\n"
    assert recording.play(box("id -u", "echo $PATH")) == [expected, recording.PATH + "\n"]


def test_what_varies_is_masked_and_nothing_else() -> None:
    varying = replace(box("x"), varies=(r"off=\d+",))
    assert recording.masked("size=16 off=33520\n", varying) == "size=16 ...\n"


@every
def test_what_varies_is_there(name: str) -> None:
    text = "\n".join(lines(name))
    assert all(re.search(pattern, text) for pattern in boxes.read(name).varies)


@pytest.mark.parametrize("name", ["ethtool", "ip", "python3"])
def test_a_version_is_a_number(name: str) -> None:
    if recording.missing(replace(box("x"), programs=[name])):
        pytest.skip(f"an ordinary user has no {name} here")
    assert re.fullmatch(r"\d+(\.\d+)+", recording.version(name))


@every
def test_recorded_versions_are_of_the_boxs_programs(name: str) -> None:
    assert list(boxes.recorded(name).programs) == boxes.read(name).programs


# --- what a page shows ----------------------------------------------------------------------------


@every
def test_the_one_line_that_matters_is_marked(name: str) -> None:
    shown = real_lo_of(name).html
    assert re.findall("<mark>(.*?)</mark>", shown) == [html.escape(boxes.read(name).matters)]


@every
def test_a_page_says_where_it_was_recorded_and_copies_commands_only(name: str) -> None:
    figure, recorded = real_lo_of(name), boxes.recorded(name)
    assert f"Recorded on Linux {recorded.kernel}, " in figure.text
    assert all(text in figure.text for text in recorded.programs.values())
    copied = html.unescape(re.search('data-copy="(.*?)"', figure.html, re.S)[1])
    assert copied == boxes.read(name).pasted
    assert not set(copied.splitlines()) & set(filter(None, lines(name)))
    assert not [line for line in copied.splitlines() if line.startswith(("$ ", "# "))]


@every
def test_an_output_is_the_same_each_time(name: str) -> None:
    bundle = real_lo_of(name)._repr_mimebundle_()
    assert bundle == real_lo_of(name)._repr_mimebundle_()
    assert bundle["text/plain"] == f"<On a real lo: {boxes.read(name).title}>"
    assert "customElements.define(TAG, LoShell)" in bundle["text/html"]


def test_a_recording_without_the_line_is_refused() -> None:
    tried = box("x")
    for outputs in (["a\n"], ["b\nb\n"]):
        with pytest.raises(ValueError, match="tried: the line that matters, 'b', is there [02] t"):
            shell(tried, boxes.Recording("6.18.44", {}, outputs))


def test_bad_names_and_files(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="'gso': no such box, expected one of .*gso_limits, "):
        real_lo_of("gso")
    monkeypatch.setattr(boxes, "_text", lambda name, suffix: 'title = "x"\ncolour = 1')
    with pytest.raises(ValueError, match="gso_limits.toml: .*colour"):
        boxes.read("gso_limits")
