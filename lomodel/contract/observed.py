"""What is observed of steps."""

from __future__ import annotations

from typing import Any

from lomodel.contract.errors import ScenarioError, short

#: The counters that a sending step reports, in the contract's order.
STATS = ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "rx_dropped", "tx_dropped")
#: The tracepoints that a sending step reports, each with its fields.
EVENTS: dict[str, tuple[str, ...]] = {
    "net_dev_queue": ("len",),
    "net_dev_start_xmit": ("len", "protocol", "ip_summed", "gso_size", "gso_segs", "gso_type"),
    "netif_rx": ("len",),
    "net_dev_xmit": ("len", "rc"),
    "netif_receive_skb": ("len",),
}
#: The steps that send something, and so report counters and events.
SENDING = ("udp", "ping", "frame", "tcp_frame", "send", "vnet_frame")


def _is_event(event: Any) -> bool:
    shape = [str, dict]
    return isinstance(event, list) and [type(part) for part in event] == shape


def check_observed(observed: Any) -> None:
    """Refuse what nobody could have observed; whether it is right is not asked.

    Raises ScenarioError.
    """
    if not isinstance(observed, list):
        raise ScenarioError("observed", f"expected a list, got {short(observed)}")
    for index, step in enumerate(observed):
        where = f"observed[{index}]"
        if not isinstance(step, dict):
            raise ScenarioError(where, f"expected an object, got {short(step)}")
        events = step.get("events", [])
        if not isinstance(events, list):
            raise ScenarioError(f"{where}.events", f"expected a list, got {short(events)}")
        if bad := [event for event in events if not _is_event(event)]:
            expected = f"expected [name, fields] of each event, got {short(bad[0])}"
            raise ScenarioError(f"{where}.events", expected)
