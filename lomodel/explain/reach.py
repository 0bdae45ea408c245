"""Which reader a lost datagram was for: where a step sends to, and what a socket is bound to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface

from lomodel.contract import Step
from lomodel.contract.captured import captured_frame
from lomodel.linux.include.linux.socket import AF_INET6
from lomodel.linux.net.core.sock import Sock

Address = IPv4Address | IPv6Address
Place = tuple[Address, int]
"""An address and a port; an IPv4 address stands for itself, not mapped into IPv6."""
EVERYBODY = IPv4Address("255.255.255.255")
LOOPBACK: dict[int, Address] = {4: IPv4Address("127.0.0.1"), 6: IPv6Address("::1")}


@dataclass(frozen=True)
class Ends:
    """Where a UDP socket is bound to, where its peer is, and the versions of IP that it takes."""

    here: Place
    peer: Place
    versions: tuple[int, ...]


def ends_of(sk: Sock) -> Ends:
    """A socket's ends, as it is now."""
    if sk.sk_family != AF_INET6:
        here, there = IPv4Address(sk.inet_rcv_saddr), IPv4Address(sk.inet_daddr)
        return Ends((here, sk.inet_num), (there, sk.inet_dport), (4,))
    own, peer = (_plain(IPv6Address(each)) for each in (sk.sk_v6_rcv_saddr, sk.sk_v6_daddr))
    takes_both = own == IPv6Address("::") and not sk.ipv6only
    versions = (4, 6) if takes_both else (own.version,)
    return Ends((own, sk.inet_num), (peer, sk.inet_dport), versions)


def _plain(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def destination(step: Step, sockets: dict[str, Ends]) -> Place | None:
    """Where a step sends to that a socket of the scenario could be bound to.

    None for a ping and for what goes to a socket of the step's own (``udp``).
    """
    if "hex" in step:
        return _of_frame(bytes.fromhex(step["hex"]) + bytes(step.get("zeros", 0)))
    if step["do"] != "send":
        return None
    if "to" not in step:
        return sockets[step["socket"]].peer
    address = _plain(ip_address(step["to"][0].partition("%")[0]))
    # The kernel sends to itself what is for no address.
    return LOOPBACK[address.version] if address.is_unspecified else address, step["to"][1]


def _of_frame(data: bytes) -> Place | None:
    seen = captured_frame(data, 0, 0, 0)
    return (ip_address(seen["ip"]["dst"]), seen["udp"]["dport"]) if "udp" in seen else None


def takes(ends: Ends, to: Place, addresses: Sequence[str]) -> bool:
    """Whether a socket would be given what is sent there, were nothing lost.

    Of what is for many the port alone is asked: it may be lost because the address differs.
    ``addresses``: those of the device, with their prefix lengths.
    """
    (own, own_port), (address, port) = ends.here, to
    if not port or port != own_port or address.version not in ends.versions:
        return False
    return own.is_unspecified or own == address or _is_for_many(address, addresses)


def _is_for_many(address: Address, addresses: Sequence[str]) -> bool:
    networks = [ip_interface(each).network for each in addresses if ":" not in each]
    broadcasts = [EVERYBODY, *(each.broadcast_address for each in networks if each.prefixlen < 31)]
    return address.is_multicast or address in broadcasts
