"""net/ipv4/ip_options.c: the options of packets that came in, and those of the answers to them.

A recorded route and timestamps are written into the packet as it is read; what is wrong is answered
with an ICMP error that points at the byte.

Left out: options that sockets send with, forwarding, source routes beyond reading them, and the
clock: a timestamp is left as it was.
"""

from __future__ import annotations

from lomodel import trace
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.inet_sock import IpOptions
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.uapi.linux.icmp import ICMP_PARAMETERPROB
from lomodel.linux.include.uapi.linux.ip import (
    IPOPT_CIPSO,
    IPOPT_END,
    IPOPT_LSRR,
    IPOPT_NOOP,
    IPOPT_RA,
    IPOPT_RR,
    IPOPT_SSRR,
    IPOPT_TIMESTAMP,
    IPOPT_TS_PRESPEC,
    IPOPT_TS_TSANDADDR,
    IPOPT_TS_TSONLY,
)
from lomodel.linux.include.uapi.linux.rtnetlink import RT_TABLE_LOCAL, RTN_UNICAST
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.ipv4.fib_frontend import fib_compute_spec_dst
from lomodel.linux.net.ipv4.fib_frontend_table import inet_addr_type_table
from lomodel.linux.net.ipv4.icmp import icmp_send
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/ip_options.c")

CIPSO_V4_HDR_LEN = 8
"""A label's least length in bytes (net/ipv4/cipso_ipv4.c has no name for it)."""


@kernel_function
def ip_options_compile(net: Net, opt: IpOptions, skb: SkBuff) -> bool:
    """Read the options of a packet into ``opt``. True, and its sender was told, when one is
    wrong."""
    at = __ip_options_compile(net, opt, skb)
    if trace.on:
        decide("are the IPv4 options right?", at < 0, optlen=opt.optlen, wrong=at)
    if at < 0:
        return False
    icmp_send(skb, ICMP_PARAMETERPROB, 0, at << 24)
    return True


@kernel_function
def __ip_options_compile(net: Net, opt: IpOptions, skb: SkBuff) -> int:
    """Read the options; the place in the header, in bytes, of what is wrong, or -1."""
    iph = memoryview(skb.head)[skb.network_header :]
    off, end = IP_HLEN, IP_HLEN + opt.optlen
    while off < end:
        kind = iph[off]
        if kind == IPOPT_END:
            iph[off:end] = bytes(end - off)
            break
        if kind == IPOPT_NOOP:
            off += 1
            continue
        if end - off < 2 or not 2 <= (optlen := iph[off + 1]) <= end - off:
            return off
        reader = _READERS.get(kind)
        wrong = reader(net, opt, skb, iph[off : off + optlen], off) if reader is not None else -1
        if wrong >= 0:
            return off + wrong
        off += optlen
    return -1


def _source_route(net: Net, opt: IpOptions, skb: SkBuff, option: memoryview, off: int) -> int:
    """Where the option is wrong, in bytes from its start, or -1; as all readers."""
    if len(option) < 3:
        return 1
    if option[2] < 4:
        return 2
    if opt.srr:
        return 0
    opt.is_strictroute, opt.srr = option[0] == IPOPT_SSRR, off
    return -1


def _record_route(net: Net, opt: IpOptions, skb: SkBuff, option: memoryview, off: int) -> int:
    if opt.rr:
        return 0
    if len(option) < 3:
        return 1
    pointer = option[2]
    if pointer < 4:
        return 2
    if pointer <= len(option):
        if pointer + 3 > len(option):
            return 2
        option[pointer - 1 : pointer + 3] = fib_compute_spec_dst(skb).to_bytes(4, "big")
        option[2] += 4
        opt.rr_needaddr = True
    opt.rr = off
    return -1


def _timestamp(net: Net, opt: IpOptions, skb: SkBuff, option: memoryview, off: int) -> int:
    if opt.ts:
        return 0
    if len(option) < 4:
        return 1
    pointer, flag = option[2], option[3] & 0xF
    if pointer < 5:
        return 2
    if pointer <= len(option):
        if pointer + 3 > len(option):
            return 2
        if flag in (IPOPT_TS_TSANDADDR, IPOPT_TS_PRESPEC) and pointer + 7 > len(option):
            return 2
        _stamp(net, opt, skb, option, flag)
    elif flag != IPOPT_TS_PRESPEC:
        overflow = option[3] >> 4
        if overflow == 15:
            return 3
        option[3] = flag | overflow + 1 << 4
    opt.ts = off
    return -1


def _stamp(net: Net, opt: IpOptions, skb: SkBuff, option: memoryview, flag: int) -> None:
    pointer = option[2]
    if flag == IPOPT_TS_TSONLY:
        opt.ts_needtime = True
        option[2] += 4
    elif flag == IPOPT_TS_TSANDADDR:
        option[pointer - 1 : pointer + 3] = fib_compute_spec_dst(skb).to_bytes(4, "big")
        opt.ts_needaddr = opt.ts_needtime = True
        option[2] += 8
    elif flag == IPOPT_TS_PRESPEC:
        addr = int.from_bytes(option[pointer - 1 : pointer + 3], "big")
        if inet_addr_type_table(net, addr, RT_TABLE_LOCAL) != RTN_UNICAST:
            opt.ts_needtime = True
            option[2] += 8


def _router_alert(net: Net, opt: IpOptions, skb: SkBuff, option: memoryview, off: int) -> int:
    return 1 if len(option) < 4 else -1


def _label(net: Net, opt: IpOptions, skb: SkBuff, option: memoryview, off: int) -> int:
    """CIPSO: no label has a meaning here, so that its domain (byte 2) is wrong."""
    if opt.cipso:
        return 0
    opt.cipso = off
    return 1 if len(option) < CIPSO_V4_HDR_LEN else 2


_READERS = {
    IPOPT_SSRR: _source_route,
    IPOPT_LSRR: _source_route,
    IPOPT_RR: _record_route,
    IPOPT_TIMESTAMP: _timestamp,
    IPOPT_RA: _router_alert,
    IPOPT_CIPSO: _label,
}
