"""Homework without end: questions with numbers, answered and worked out by the model.

A question depends on the seed, the topics and its own number only. Each module here but
``question`` and ``working`` is a topic: its ``question(draw, release)`` makes one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from lomodel.quiz import backlog, counters, features, fragments, gso, mtu
from lomodel.quiz.question import Draw, Question

TOPICS = {
    "gso": gso.question,
    "features": features.question,
    "fragments": fragments.question,
    "backlog": backlog.question,
    "mtu": mtu.question,
    "counters": counters.question,
}


def questions(seed: int, release: str, topic: str | None = None) -> Iterator[Question]:
    """Questions without end about Linux ``release``, of one topic or of any.

    KeyError for a topic or a release that there is not.
    """
    for number in count(1):
        draw = Draw(f"{seed} {topic or 'any'} {number}")
        chosen = topic or draw.pick(list(TOPICS))
        yield TOPICS[chosen](draw, release)
