"""What each step of a scenario does on the model: a function for each, found by the step's name.

``play(player, step)`` raises the OSError of a call that the kernel refuses. A dict that it returns
belongs to what is observed; a step that sends may return a function, which is called once
everything has been delivered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lomodel.steps import addresses, counters, device, frames, options, ping, sockets, taps, udp

STEPS: dict[str, Callable[..., Any]] = {
    **addresses.STEPS,
    **counters.STEPS,
    **device.STEPS,
    **frames.STEPS,
    **options.STEPS,
    **ping.STEPS,
    **sockets.STEPS,
    **taps.STEPS,
    **udp.STEPS,
}
