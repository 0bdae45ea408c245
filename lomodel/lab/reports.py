"""Group reports (IGMP, MLD): sent by timers after a group was joined or left, and hidden here.

The contract plays as if joining and leaving sent nothing. So, once a scenario has joined a group,
what may send reports is followed by a wait until all are sent: two of each kind, quickly after each
other, as two settings of the device (which no scenario can see) are set to the least that there is.
What the counters count in such a wait, and between steps, are reports and nothing else.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress

from lomodel.lab import counters, device, settings
from lomodel.lab.errors import Disturbed, LabUnavailable

#: Seconds without a report after which none is expected any more. Two come 2 and 4 timer ticks
#: after a change, and a tick is 10 ms at most.
QUIET = 0.05
SLOW_QUIET = 1.2  # the same where the settings cannot be written: the second comes within a second
PATIENCE = 5.0  # seconds
#: How long a report may wait to be sent again, in ms: 1, so that it waits for the timer's tick.
SETTINGS = (
    "net.ipv4.conf.lo.igmpv2_unsolicited_report_interval",
    "net.ipv4.conf.lo.igmpv3_unsolicited_report_interval",
    "net.ipv6.conf.lo.mldv1_unsolicited_report_interval",
    "net.ipv6.conf.lo.mldv2_unsolicited_report_interval",
)


def _now() -> Counter[str]:
    return Counter(counters.read() | device.stats())


class Reports:
    """What the reports of one scenario have added to the counters."""

    def __init__(self) -> None:
        self.expected = False
        """Whether a group was joined."""
        self._quiet = QUIET
        self._hidden: Counter[str] = Counter()
        self._last: Counter[str] = Counter()

    def expect(self) -> None:
        """A group is about to be joined: make the kernel send its reports soon."""
        if not self.expected:
            try:
                for name in SETTINGS:
                    with suppress(OSError):  # no IPv6, an older kernel
                        settings.write(name, 1)
            except LabUnavailable:
                self._quiet = SLOW_QUIET
            self.expected, self._last = True, _now()

    def step_begins(self) -> None:
        """What was counted since the last step's end was not the scenario's."""
        if self.expected:
            self._hide(_now())

    def step_ends(self, stirs: bool) -> None:
        """What is counted from now on is not the scenario's.

        ``stirs``: the step is one after which reports may come, and counts nothing itself. Then
        this waits until all of them are sent. Raises Disturbed.
        """
        if self.expected and stirs:
            self._wait()
        elif self.expected:
            self._last = _now()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        quiet = False
        while not quiet:
            time.sleep(self._quiet)
            now = _now()
            quiet = now == self._last
            self._hide(now)
            if time.monotonic() > deadline:
                raise Disturbed("group reports never came to an end")

    def _hide(self, now: Counter[str]) -> None:
        self._hidden.update(now)
        self._hidden.subtract(self._last)
        self._last = now

    def without(self, counted: dict[str, int]) -> dict[str, int]:
        """Counters without what the reports added to them, those that are not 0."""
        own = {name: number - self._hidden[name] for name, number in sorted(counted.items())}
        return {name: number for name, number in own.items() if number}
