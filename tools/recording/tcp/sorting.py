"""Which event belongs to which packet, and what a packet was sent from."""

from __future__ import annotations

from typing import Any

from lomodel.lab.errors import Disturbed
from tools.recording.tcp.probe import Seen

NET_RX = 3
VECTORS = {1: "timer", 6: "tasklet", 8: "hrtimer"}
IPV4, UDP = b"\x08\0", b"\x11"


def is_marker(seen: Seen) -> bool:
    """Whether a queued packet only tells where a recording begins or ends."""
    return seen.head[12:14] == IPV4 and seen.head[23:24] == UDP


class Sorting:
    """Sorts one namespace's events on one CPU by packet.

    ``packets`` holds a file's line for each packet, ``order`` the packet's number of each event.
    On one CPU nothing comes between a packet's net_dev_queue and its last net_dev_xmit, as softirqs
    are off; and which packet is received is told by the address of its sk_buff.
    """

    def __init__(self, namespace: int, cpu: int) -> None:
        self.namespace, self.cpu = namespace, cpu
        self.packets: list[dict[str, Any]] = []
        self.order: list[int] = []
        self._softirqs: list[int] = []
        self._way: dict[str, tuple[int, int]] = {}
        self._others: set[str] = set()
        self._received: tuple[int, int] | None = None
        self._last: tuple[int, int] | None = None
        self._waiting: int | None = None
        self._sending = False
        self._ours = False

    def take(self, seen: Seen) -> None:
        """The next event. Disturbed when others' packets or CPUs mixed in."""
        if seen.name.startswith("softirq"):
            self._softirq(seen)
        elif seen.name == "net_dev_xmit" and seen.cpu == self.cpu:
            if self._ours:
                self._add(seen, self.packets[-1])
        else:
            self._packet_event(seen)

    def _packet_event(self, seen: Seen) -> None:
        if seen.namespace == self.namespace:
            if seen.cpu != self.cpu:
                raise Disturbed("a packet was sent or received on another CPU")
            self._own(seen)
        elif seen.cpu == self.cpu:
            self._foreign(seen)

    def _foreign(self, seen: Seen) -> None:
        """Others' packets are no matter, as long as they and ours are never in one backlog."""
        self._ours = False
        if seen.name == "netif_rx":
            self._others.add(seen.address)
        elif seen.name == "netif_receive_skb":
            self._others.discard(seen.address)
        self._check_alone()

    def _check_alone(self) -> None:
        if self._others and self._way:
            raise Disturbed("another namespace's packets were in the same backlog")

    def _own(self, seen: Seen) -> None:
        if seen.name == "net_dev_queue":
            self._ours = not is_marker(seen)
            if self._ours:
                self._queue(seen)
        elif seen.name == "netif_receive_skb":
            self._receive(seen)
        elif self._ours:
            self._transmit(seen)

    def _queue(self, seen: Seen) -> None:
        number = len(self.packets)
        packet = {"n": number, "skb": seen.skb, "head": seen.head.hex(), **self._cause()}
        self.packets.append(packet | {"events": [], "frames": []})
        self._add(seen, self.packets[-1])

    def _cause(self) -> dict[str, Any]:
        """Where the packet is sent from, and whether softirqs were off there before it."""
        vector = self._softirqs[-1] if self._softirqs else None
        if vector == NET_RX:
            if self._received is None:
                raise Disturbed("a softirq sent a packet without having received one")
            return {"from": "receive", "of": list(self._received)}
        place = VECTORS[vector] if vector else "process"
        if self._waiting is None and self._way:
            return self._between(place)
        if self._waiting is not None:
            self.packets[self._waiting]["held"] = True
        self._waiting = len(self.packets)
        return {"from": place}

    def _between(self, place: str) -> dict[str, Any]:
        """Sent between two turns of NET_RX, the first of which left packets to the second."""
        if place == "process" or self._last is None:
            raise Disturbed("received packets were left to ksoftirqd")
        return {"from": place, "after": list(self._last)}

    def _transmit(self, seen: Seen) -> None:
        packet = self.packets[-1]
        if seen.name == "net_dev_start_xmit":
            self._way[seen.address] = packet["n"], len(packet["frames"])
            self._check_alone()
            packet["frames"].append({"skb": seen.skb, "head": seen.head.hex()})
        self._add(seen, packet)

    def _receive(self, seen: Seen) -> None:
        which = self._way.pop(seen.address, None)
        self._received = which
        if which is not None:
            self._last = which
            self._add(seen, self.packets[which[0]])

    def _softirq(self, seen: Seen) -> None:
        vector = seen.fields["vec"]
        if seen.name == "softirq_exit":
            if self._softirqs:
                self._softirqs.pop()
            return
        if vector == NET_RX:
            if self._way and seen.comm.startswith("ksoftirqd"):
                raise Disturbed("ksoftirqd received, because the CPU was wanted elsewhere")
            self._waiting = self._received = None
        self._softirqs.append(vector)

    def _add(self, seen: Seen, packet: dict[str, Any]) -> None:
        packet["events"].append([seen.name, seen.fields])
        self.order.append(packet["n"])
