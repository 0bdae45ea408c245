"""The kernel of the pages: real Linux in v86 says what the model says, within its limits.

Needs `make kernel`. The machine is asked in node and, as a page does it, in Chromium, over http and
from file://.

Seen red: the state compressed less (`zstd -3`); the BIOSes not cleared; `set_sysctl` and
`check_limits` not called in the guest; in vm.js: the first of the "loading" states, the steps, the
signal's listener, the end of the emulator after it, and the rejection by `stop` left out; files
taken from scripts over http; the signal not given to `fetch`, not looked at before a script.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from recorded import runs
from support.served import served

from conftest import Visit
from lomodel.desk import RELEASE
from lomodel.lab.diff import differences
from tools.kernel import inputs
from tools.kernel.ask import ask

pytestmark = pytest.mark.slow
FOLDER = inputs.BUILT / RELEASE
MEGABYTE = 10**6
SAMPLE = 200
UP = {"do": "link", "up": True}
UDP = {"do": "udp", "family": "inet", "payload": 4000, "gso_size": 1400}
#: Scenarios that a kernel of 32 bits plays otherwise than the model, or refuses, and why.
REASONS = json.loads((inputs.ROOT / "tests/support/kernel_differences.json").read_text())
DIFFERENT = {each for why in REASONS if not why["refused"] for each in why["scenarios"]}
REFUSED = {each for why in REASONS if why["refused"] for each in why["scenarios"]}


@pytest.fixture(scope="module")
def kernel() -> Path:
    """The folder of a kernel that was built from this checkout."""
    if changed := inputs.changed(FOLDER):
        pytest.skip(f"no kernel of this checkout ({', '.join(changed)}): run make kernel")
    return FOLDER


def _about(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "kernel.json").read_text())


def recorded_sample() -> list[dict[str, Any]]:
    """Scenarios of the corpus: all that are known to differ, and others, chosen by their ids."""
    scenarios = runs.scenarios(RELEASE)
    scenarios.sort(key=lambda each: hashlib.sha256(each["id"].encode()).digest())
    known = DIFFERENT | REFUSED
    scenarios.sort(key=lambda each: each["id"] not in known)
    return scenarios[: SAMPLE + len(known)]


@pytest.fixture(scope="module")
def answers(kernel: Path) -> dict[str, dict[str, Any]]:
    """What kernel and model say of the contract's examples and of the recorded scenarios."""
    examples = [json.loads(line) for line in runs.examples()]
    return {each["id"]: each for each in ask(kernel, examples + recorded_sample())}


def test_sizes(kernel: Path) -> None:
    about = _about(kernel)
    loaded = ("kernel.json", "state.zst", "v86.wasm.gz", "libv86.mjs", "vm.mjs")
    assert sum((kernel / name).stat().st_size for name in loaded) <= 10 * MEGABYTE
    scripts = [*(kernel / "file").iterdir(), kernel / "libv86.js"]
    assert sum(path.stat().st_size for path in scripts) <= 13 * MEGABYTE
    for name, size in about["files"].items():
        assert (kernel / name).stat().st_size == size, name


def test_what_is_handed_out_is_said(kernel: Path) -> None:
    """Licences and the offer of source stand beside the files, and no BIOS is in them."""
    notices = (kernel / "NOTICES.txt").read_text()
    for text in "GNU GENERAL PUBLIC LICENSE", "GNU LESSER GENERAL PUBLIC", "PYTHON SOFTWARE", "v86":
        assert text.lower() in notices.lower(), text
    assert "three years" in notices and "CONFIG_PERF_EVENTS=y" in _config(kernel)
    made_from = _about(kernel)["made_from"]
    assert made_from[f"linux-source-{RELEASE}"].startswith(_about(kernel)["version"])
    state = subprocess.run(["zstd", "-dc", kernel / "state.zst"], capture_output=True, check=True)
    assert state.stdout[:4] and b"SeaBIOS" not in state.stdout


def _config(kernel: Path) -> str:
    return (kernel / "linux-config.txt").read_text()


@pytest.mark.parametrize("name", [json.loads(line)["id"] for line in runs.examples()])
def test_the_contracts_examples(answers: dict, name: str) -> None:
    answer = answers[name]
    assert answer.get("refused") is None
    assert not differences(answer["model"], answer["kernel"])


@pytest.mark.parametrize("name", [each["id"] for each in recorded_sample()])
def test_recorded_scenarios(answers: dict, name: str) -> None:
    """Model and kernel are equal, or the list says why not; the model is as it is anywhere."""
    answer = answers[name]
    assert ("refused" in answer) == (name in REFUSED), answer.get("refused")
    if name in REFUSED:
        return
    assert answer["model"] == answer["observed"], "the model in the machine is another one"
    found = differences(answer["model"], answer["kernel"])
    assert bool(found) == (name in DIFFERENT), found[:1]


NOT_HERE = [
    ([UP, UDP | {"payload": 2**31 - 1}], "steps[1].payload: this small machine takes at most"),
    ([UP] * 201, "steps: this small machine takes at most 200 steps, got 201"),
    (
        [UP, {"do": "tcp_frame", "family": "inet", "payload": 60000, "gso_size": 1, "flags": 16}],
        "steps[1].gso_size: this small machine takes at most 2000 segments of one frame, got 60000",
    ),
    ([{"do": "fly"}], "steps[0].do: expected "),
    ('{"id": "x", "steps": [}', "scenario: expected one JSON object a line"),
    ('{"id": "x", "steps": [{"do": "features", "set": {"warp": true}}]}', "unknown feature"),
]


def test_what_cannot_be_played_is_refused_and_the_machine_lives_on(kernel: Path) -> None:
    given = [{"text" if isinstance(each, str) else "steps": each} for each, _ in NOT_HERE]
    told = ask(kernel, [*given, {"steps": [UP, UDP]}])
    for answer, (_, sentence) in zip(told, NOT_HERE, strict=False):
        assert sentence in answer["refused"]
    assert told[-1]["kernel"] == told[-1]["model"]


PAGE = """<!doctype html><meta charset="utf-8"><title>kernel</title><link rel="icon" href="data:,">
<script src="{base}vm.js"></script>
<script>
const told = [];
const opened = loVm.open("{base}", {{ onstate: (state) => told.push(state) }});
const ask = async (what, options) => (await opened).ask(what, {{ model: true, ...options }});
</script>"""


def put_page(kernel: Path, folder: Path) -> Path:
    """A page beside the kernel's files, in a folder of its own."""
    (folder / "below").symlink_to(kernel)
    page = folder / "page.html"
    page.write_text(PAGE.format(base="below/"))
    return page


@pytest.fixture(params=["http", "file"])
def page(kernel: Path, tmp_path: Path, visit: object, request: pytest.FixtureRequest) -> Iterator:
    """A page that reaches the kernel's files over http or as files."""
    path = put_page(kernel, tmp_path)
    if request.param == "file":
        yield _opened(visit, path.as_uri())
        return
    with served(tmp_path) as address:
        yield _opened(visit, f"{address}/{path.name}")


def _opened(visit: object, address: str) -> Visit:
    made = visit()
    made.page.set_default_timeout(120_000)
    made.page.goto(address)
    return made


ASK_OR_REFUSED = """(steps) => ask(steps).catch((error) => {
    if (!error.refused) throw error;
    return { refused: error.message };
})"""


def said_in(browser: Browser, kernel: Path, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a page of a browser is told of each example and recorded scenario, by its id."""
    path = put_page(kernel, folder)
    with served(folder) as address:
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{address}/{path.name}")
        for scenario in [*map(json.loads, runs.examples()), *recorded_sample()]:
            yield scenario["id"], page.evaluate(ASK_OR_REFUSED, scenario["steps"])
        page.close()


@pytest.mark.browser
def test_chromium_says_the_same(
    kernel: Path, answers: dict, tmp_path: Path, chromium: Browser
) -> None:
    """Each equal to what the machine in node has said. (Firefox: test_kernel_firefox.py.)"""
    said = dict(said_in(chromium, kernel, tmp_path))
    assert said.keys() == answers.keys() and len(said) >= SAMPLE + 16
    for name, answer in said.items():
        for what in ("kernel", "model", "refused"):
            assert answer.get(what) == answers[name].get(what), (name, what)


@pytest.mark.browser
def test_a_page_asks(page: Visit) -> None:
    answer = page.page.evaluate("(steps) => ask(steps)", [UP, UDP])
    assert answer["kernel"] == answer["model"]
    assert answer["kernel"][1]["stats"]["tx_packets"] == 1
    told = page.page.evaluate("told")
    assert [each["doing"] for each in told if each["doing"] != "loading"] == [
        *("starting", "playing", "idle")
    ]
    loading = [each for each in told if each["doing"] == "loading"]
    assert loading[0]["bytes"] == 0 and loading[-1]["bytes"] == loading[-1]["of"]
    assert not page.errors and not page.failed
    local = re.compile(r"file:///|http://127\.0\.0\.1[:/]|data:|blob:")
    assert all(local.match(address) for address in page.requests)
    over_http = page.page.url.startswith("http:")
    assert any("/file/" in address for address in page.requests) != over_http


@pytest.mark.browser
def test_a_question_is_taken_back(page: Visit) -> None:
    """And the next one is answered, by a new emulator from the state that is there already."""
    name = page.page.evaluate(
        """async (steps) => {
            const taker = new AbortController(), asked = ask(steps, { signal: taker.signal });
            setTimeout(() => taker.abort(), 300);
            return asked.then(() => "answered", (error) => error.name);
        }""",
        [UP, *[UDP] * 150],
    )
    assert name == "AbortError"
    before = len(page.requests)
    answer = page.page.evaluate("(steps) => ask(steps)", [UP])
    assert answer["kernel"] == [{"error": None}]
    assert not [each for each in page.requests[before:] if "state.zst" in each]


@pytest.mark.browser
def test_loading_is_given_up(page: Visit) -> None:
    """What has not come yet is not asked for any more."""
    said = page.page.evaluate(
        """async () => {
            await opened;
            const taker = new AbortController();
            const onstate = ({ bytes }) => bytes && taker.abort();
            const asked = loVm.open("below/", { onstate, signal: taker.signal });
            return asked.then(() => "opened", (error) => error.name);
        }"""
    )
    assert said == "AbortError"


@pytest.mark.browser
def test_a_long_scenario_tells_how_far_it_is(page: Visit) -> None:
    steps = [UP, *[UDP] * 100]
    assert len(page.page.evaluate("(steps) => ask(steps)", steps)["kernel"]) == 101
    told = [each["step"] for each in page.page.evaluate("told") if "step" in each]
    assert told and told == sorted(told) and told[-1] < 101


@pytest.mark.browser
def test_a_machine_that_is_stopped_answers_no_more(page: Visit) -> None:
    page.page.evaluate("(steps) => ask(steps)", [UP])
    said = page.page.evaluate(
        """async (steps) => {
            const answer = (asked) => asked.then(() => "answered", (error) => error.message);
            const asked = answer(ask(steps)), machine = await opened;
            await new Promise((done) => setTimeout(done, 300));
            await machine.stop();
            return [await asked, await answer(ask(steps))];
        }""",
        [UP, *[UDP] * 150],
    )
    assert said == ["the machine was stopped"] * 2
