"""Predictions: what is declared, what the model and the recorded kernels say, what a page stores.

Mutations that turned these red: ``expected`` 10 for ``switchable`` in 6.12; ``sent("rx_bytes")``
read from another step; a line of a recording taken out; ``seal`` returning plain JSON; the answer
in the plate's title; ``find`` without its page; a number out of range let through by ``line``;
``LENGTHS`` without 65494; ``gso_segs`` 0 in a recorded TCP packet; ``take`` that forgets the other
kernel's lines.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from recorded import runs
from support import predict_demo

from lomodel import lab, recorded
from lomodel.desk import RELEASE, lo_up, send_tcp
from lomodel.explore import answers, foretell, page, predict
from lomodel.explore.foretell import find, names, pages
from lomodel.explore.predict_html import element, made, seal
from lomodel.explore.prediction import (
    Answer,
    Answers,
    Choice,
    Number,
    Order,
    Played,
    Prediction,
    answers_to,
    marked,
)
from lomodel.lab.diff import differences
from lomodel.predictions import gso_limits
from lomodel.scenario import play
from lomodel.trace import Call
from tools.recording import predictions as recording

FOLDER = recording.FOLDER
RELEASES = ("6.12", "6.18")
EVERY = [each for shown in pages() for each in shown.predictions]
PLAYED = [each for each in EVERY if isinstance(each.source, Played)]
every = pytest.mark.parametrize("prediction", EVERY, ids=names())
every_release = pytest.mark.parametrize("release", RELEASES)


def expected(prediction: Prediction, release: str) -> Answer:
    found = prediction.expected
    return found[release] if isinstance(found, dict) else found


def other(prediction: Prediction) -> Answer:
    """An answer that is not the model's."""
    kind, right = prediction.kind, expected(prediction, RELEASE)
    if isinstance(kind, Number):
        return kind.low if right != kind.low else kind.high
    if isinstance(kind, Choice):
        return next(key for key in kind.options if key != right)
    return tuple(reversed(right)) if tuple(reversed(right)) != kind.items else right[1:] + right[:1]


class TestAnswers:
    @every
    @every_release
    def test_model_kernel_and_author_agree(self, prediction: Prediction, release: str) -> None:
        found = answers_to(prediction, release)
        assert found.model == expected(prediction, release)
        if found.recorded is None:
            assert found.missing and not found.kernel
        else:
            assert found.recorded == found.model
            assert found.kernel.startswith(release)

    def test_the_books_release_is_one_of_them(self) -> None:
        assert RELEASE in RELEASES

    @pytest.mark.parametrize("prediction", PLAYED, ids=[each.name for each in PLAYED])
    def test_the_machine_that_runs_this_says_the_same(self, prediction: Prediction) -> None:
        if reason := lab.unavailable(events=True):
            pytest.skip(str(reason))
        release = ".".join(lab.worker().release.split(".")[:2])
        if release not in RELEASES:
            pytest.skip(f"recorded from {' and '.join(RELEASES)}, this is {os.uname().release}")
        observed = lab.worker().play(list(prediction.source.steps), events=True)
        assert prediction.source.read(observed) == expected(prediction, release)

    @every_release
    @pytest.mark.parametrize(
        "family, steps", [("inet", gso_limits.IPV4), ("inet6", gso_limits.IPV6)]
    )
    def test_the_longest_is_the_longest_of_all(self, release: str, family: str, steps) -> None:
        """Every length of the last 120, not only those of the recording."""
        found = gso_limits.longest(steps, play(list(steps), release))
        lengths = range(65388, 65508)
        sends = [gso_limits.udp(length, 1400, family) for length in lengths]
        observed = play([*steps[:2], *sends], release)[2:]
        whole = [n for n, o in zip(lengths, observed, strict=True) if o["stats"]["tx_packets"] == 1]
        assert max(whole) == found and min(whole) == lengths[0]
        assert len(whole) == found - lengths[0] + 1

    def test_lengths_that_do_not_show_the_longest_are_refused(self) -> None:
        steps = [step for step in gso_limits.IPV4 if step.get("payload") != 65494]
        with pytest.raises(ValueError, match="65493 bytes passed whole, and 65494 were not tried"):
            gso_limits.longest(steps, play(steps, "6.12"))

    @every_release
    def test_the_untrusted_packet_was_where_its_prediction_says(self, release: str) -> None:
        """``gso_segs`` is only a sign of it: the model's trace has the calls."""
        trace = send_tcp(lo_up(release, mtu=65536), 4000, 1460)
        calls = [record.name for record in trace if isinstance(record, Call)]
        assert "tcp_gso_segment" in calls and "skb_segment" not in calls
        cut = send_tcp(lo_up(release, off=["tx-tcp-segmentation"]), 4000, 1460)
        assert "skb_segment" in [record.name for record in cut if isinstance(record, Call)]


class TestRecordings:
    @pytest.mark.parametrize("name", recorded.names())
    def test_the_model_says_what_was_recorded(self, name: str) -> None:
        for line in recorded.read(name):
            model = play(line["steps"], line["release"])
            assert not differences(model, line["observed"]), (line["id"], line["kernel"])
            assert line["kernel"].startswith(f"{line['release']}.")

    def test_what_the_corpus_has_too_is_the_same(self) -> None:
        both = 0
        for release in RELEASES:
            corpus = {json.dumps(each["steps"]): each for each in runs.scenarios(release)}
            for name in recorded.names():
                for line in recorded.read(name):
                    known = corpus.get(json.dumps(line["steps"]))
                    if line["release"] == release and known:
                        assert known["observed"] == line["observed"], (name, line["id"])
                        both += 1
        assert both >= 2

    def test_every_kernel_of_a_page_has_all_that_the_page_asks(self) -> None:
        lacking = [scenario["steps"] for _, scenario in recording.scenarios()]
        had = recording.elsewhere()
        lacking = sorted(json.dumps(steps) for steps in lacking if steps not in had)
        own = [name for name in recorded.names() if name.startswith(recording.PREFIX)]
        lines = [line for name in own for line in recorded.read(name)]
        for kernel in ("6.12.117", "6.18.44"):
            found = sorted(json.dumps(line["steps"]) for line in lines if line["kernel"] == kernel)
            assert found == lacking

    def test_taking_a_recording_again_changes_no_byte(self, tmp_path, monkeypatch) -> None:
        own = [name for name in recorded.names() if name.startswith(recording.PREFIX)]
        lines = [line for name in own for line in recorded.read(name)]
        monkeypatch.setattr(recording, "FOLDER", tmp_path)
        for kernel in ("6.12.117", "6.18.44"):
            recording.take([line for line in lines if line["kernel"] == kernel], kernel)
        assert {path.name for path in tmp_path.iterdir()} == {f"{name}.jsonl.gz" for name in own}
        for name in own:
            files = (folder / f"{name}.jsonl.gz" for folder in (FOLDER, tmp_path))
            committed, written = (gzip.decompress(path.read_bytes()) for path in files)
            assert committed == written


SEALED = re.compile(r' sealed="([^"]*)"')
TAGS = re.compile(r"<[^>]+>")


def outside(html: str) -> str:
    """An element without what is sealed."""
    return SEALED.sub("", html)


def stored(name: str) -> dict[str, str]:
    """What a notebook keeps of a cell that shows a prediction."""
    bundle = predict(name)._repr_mimebundle_()
    return {kind: text for kind, text in bundle.items() if isinstance(text, str)}


class TestNothingIsGivenAway:
    @every
    def test_the_element_is_the_same_whatever_the_answer(self, prediction: Prediction) -> None:
        """All but its seal, which differs."""
        right = answers_to(prediction, RELEASE)
        wrong = replace(right, model=other(prediction), recorded=other(prediction))
        if not right.kernel:
            wrong = replace(wrong, recorded=None)
        one, two = made(prediction, right, "page"), made(prediction, wrong, "page")
        assert one != two
        assert outside(one) == outside(two)

    @every
    def test_no_answer_and_no_reason_in_what_is_stored(self, prediction: Prediction) -> None:
        kept = stored(prediction.name)
        found = answers_to(prediction, RELEASE)
        why = prediction.text(prediction.why, RELEASE)
        html = element(prediction.name, RELEASE)
        assert html in kept["text/html"]
        shown = TAGS.sub(" ", outside(html))
        for text in (*kept.values(), repr(predict(prediction.name)), repr(prediction)):
            assert why not in text and marked(why) not in text and why[:30] not in text
        if isinstance(prediction.kind, Number):
            assert str(found.model) not in re.findall(r"(?<![\w.])\d+(?![\w.])", shown)
            assert kept["text/plain"] == f"<prediction {prediction.name}>"
            assert not re.search(rf"(?<!\d){found.model}(?!\d)", prediction.name)

    @every
    def test_the_seal_is_no_plain_text(self, prediction: Prediction) -> None:
        sealed = SEALED.search(element(prediction.name, RELEASE))[1]
        assert re.fullmatch(r"[A-Za-z0-9+/=]+", sealed)
        said = json.loads(base64.b64decode(sealed))
        found = answers_to(prediction, RELEASE)
        assert said["model"] == prediction.kind.line(found.model)
        assert said["why"] == marked(prediction.text(prediction.why, RELEASE))

    def test_the_outputs_are_there_and_empty(self) -> None:
        for name in names():
            html = element(name, RELEASE)
            for output in ("model", "kernel"):
                assert f'<output name="{output}" aria-live="off"></output>' in html

    def test_a_page_stores_script_and_style_with_it(self) -> None:
        html = stored(names()[0])["text/html"]
        assert html == page.wrap(element(names()[0], RELEASE))
        assert "lo-predict" in page.module() and "lo-predict" in page.stylesheet()

    def test_the_same_bytes_again(self) -> None:
        assert all(stored(name) == stored(name) for name in names())


class TestDeclarations:
    def test_pages_are_in_the_books_order(self) -> None:
        assert [shown.number for shown in pages()] == sorted(shown.number for shown in pages())
        assert {"hw_features", "whole_or_cut", "gso_limits"} <= {shown.name for shown in pages()}

    def test_titles_differ_so_that_landmarks_do(self) -> None:
        titles = [each.title for each in EVERY]
        assert len(set(titles)) == len(titles)

    def test_an_unknown_name_is_told_the_known_ones(self) -> None:
        with pytest.raises(KeyError, match="no prediction 'nope'; there are: "):
            predict("nope")
        assert find("switchable")[0].name == "hw_features"

    @pytest.mark.parametrize(
        "wrong, error, message",
        [
            ({"TITLE": None}, TypeError, "expected a tuple NUMBER, a TITLE, a tuple PREDICTIONS"),
            ({"PREDICTIONS": (1,)}, TypeError, "expected a Prediction, not 1"),
            ({"PREDICTIONS": (predict_demo.NUMBER,) * 2}, ValueError, "twice number"),
        ],
    )
    def test_a_bad_page_is_refused(self, monkeypatch, wrong, error, message) -> None:
        good = {"NUMBER": (9, 9), "TITLE": "t", "PREDICTIONS": ()}
        module = SimpleNamespace(__name__="a.page", __path__=[], **(good | wrong))
        monkeypatch.setattr(foretell, "import_module", lambda name: module)
        found = [SimpleNamespace(name="page"), SimpleNamespace(name="_helper")]
        monkeypatch.setattr(foretell.pkgutil, "iter_modules", lambda path: found)
        with pytest.raises(error, match=message):
            pages.__wrapped__()

    def test_steps_that_nobody_recorded_are_named(self) -> None:
        unheard = replace(predict_demo.NUMBER, name="unheard")
        with pytest.raises(LookupError, match="prediction unheard: lomodel.recorded has no 6.12"):
            answers_to(unheard, "6.12")

    def test_a_release_that_the_model_has_not(self) -> None:
        with pytest.raises(ValueError, match="2.4"):
            answers_to(EVERY[0], "2.4")

    def test_a_model_that_answers_another_question_is_named(self) -> None:
        wrong = replace(predict_demo.CHOICE, kind=Choice({"up": "up"}))
        with pytest.raises(ValueError, match="prediction choice: expected one of up, not 'right'"):
            answers_to(wrong, "6.12")

    @pytest.mark.parametrize(
        "kind, wrong, message",
        [
            (Number("packets", 0, 9), 10, "an int from 0 to 9, not 10"),
            (Number("packets", 0, 9), "3", "an int from 0 to 9, not '3'"),
            (Number("packets", 0, 9), True, "an int from 0 to 9, not True"),
            (Choice({"a": "A", "b": "B"}), "c", "one of a, b, not 'c'"),
            (Order(("a", "b")), ("a",), "a, b in some order, not .'a',"),
            (Order(("a", "b")), "ab", "a, b in some order, not 'ab'"),
            (Order(("a", "b")), ("a", "b"), "another order than the one that is offered"),
        ],
    )
    def test_an_answer_of_another_kind(self, kind, wrong, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            kind.line(wrong)

    def test_lines_and_words(self) -> None:
        assert Number("copies", 0, 9).words(1) == "1 copy"
        assert [Number("packets", 0, 9).words(n) for n in (0, 1, 2)] == [
            *("0 packets", "1 packet", "2 packets")
        ]
        assert Choice({"a": "`A`"}).words("a") == "`A`"
        order = Order(("x", "y", "z"))
        assert (order.line(("z", "x", "y")), order.words(("z", "x"))) == ("C,A,B", "z, x")

    def test_text_cannot_become_markup(self) -> None:
        assert marked("a `<b>` & c") == "a <code>&lt;b&gt;</code> &amp; c"
        html = made(predict_demo.CHOICE, answers_to(predict_demo.CHOICE, "6.12"), '"><i>')
        assert "<shown>" not in html and "<i>" not in html

    def test_every_kind_computes(self) -> None:
        for each in predict_demo.ALL:
            source = each.source
            assert source.model("6.12") == each.expected
            found = Answers("6.12", source.model("6.12"), "6.12.0", each.expected)
            assert seal(each, found)


class TestAnswersPage:
    @every_release
    def test_has_all_of_every_prediction(self, release: str) -> None:
        text = answers(release)
        for each in EVERY:
            found = answers_to(each, release)
            assert text.count(f'<span id="{each.name}"></span>') == 1
            assert each.text(each.question, release) in text
            assert each.text(each.why, release) in text
            said = each.kind.words(found.model)
            assert f"○ model {release}: **{said}**." in text
            assert (
                f"● Linux {found.kernel}: **{said}**." if found.kernel else found.missing
            ) in text
        assert [f"## {p.number[0]}.{p.number[1]} {p.title}" for p in pages()] == re.findall(
            "^## .*", text, re.M
        )
        assert "{" not in text

    def test_an_open_prediction_links_there(self) -> None:
        for name in names():
            assert f'<a href="answers.html#{name}">' in element(name, RELEASE)
