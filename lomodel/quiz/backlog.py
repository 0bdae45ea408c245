"""The backlog: more pieces at once than the receiving queue takes."""

from __future__ import annotations

from lomodel.quiz.question import FAMILIES, UP, Draw, Question, agree, features_off, play, udp
from lomodel.quiz.working import Working
from lomodel.release import RELEASES

SETTING = "net.core.netdev_max_backlog"
ROOM = "is there room in the backlog?"
KINDS = (
    ("dropped", "How many packets does lo count in rx_dropped?"),
    ("kept", "How many packets does lo count in rx_packets?"),
)


def question(draw: Draw, release: str) -> Question:
    """One packet that is cut in software, and a queue that may be too short for its pieces."""
    family = draw.pick(list(FAMILIES))
    tcp = draw.pick((True, False))
    most = 200 if tcp else RELEASES[release].udp_max_segments - 1
    backlog = draw.number(20, min(120, most - 10))
    pieces = draw.number(max(2, backlog - 20), min(most, backlog + 60))
    size = draw.number(48, 90)
    payload = size * (pieces - 1) + draw.number(1, size)
    kind, asks = draw.pick(KINDS)
    switch = "tx-tcp-segmentation" if family == "inet" else "tx-tcp6-segmentation"
    switch = switch if tcp else "tx-udp-segmentation"
    send = {"do": "tcp_frame", "family": family, "payload": payload, "gso_size": size, "flags": 16}
    steps = [UP, features_off(switch), send if tcp else udp(payload, size, family)]
    text = (
        f"{SETTING} is {backlog}. After `ethtool -K lo {switch} off` lo gets one "
        f"{'TCP' if tcp else 'UDP'} packet over {FAMILIES[family]} with {payload} bytes of "
        f"payload, to be cut every {size} bytes. {asks}"
    )
    sysctl = {SETTING: backlog}
    played = play(release, steps, sysctl)
    working = Working()
    count = working.equation("pieces, rounded up", f"({payload} + {size} - 1) // {size}")
    working.decision(played.trace, ROOM, last=True)
    working.say('The test is for "not more than", so that one more finds room.')
    kept = working.equation("taken", f"min({count}, {backlog} + 1)")
    lost = working.equation("dropped", f"{count} - {kept}")
    agree("backlog", (kept, lost), (played.stats["rx_packets"], played.stats["rx_dropped"]))
    answer = f"{lost if kind == 'dropped' else kept} packets"
    return Question("backlog", kind, text, steps, answer, working.lines, sysctl)
