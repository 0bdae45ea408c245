"""The part of net/ipv4/ip_options.c for the options of answers: what was asked for goes back."""

from __future__ import annotations

from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.inet_sock import IpOptions
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.uapi.linux.ip import IPOPT_TS_PRESPEC
from lomodel.linux.include.uapi.linux.rtnetlink import RT_TABLE_LOCAL, RTN_UNICAST
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.ipv4.fib_frontend_table import inet_addr_type_table
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/ip_options.c")


@kernel_function
def __ip_options_echo(net: Net, skb: SkBuff, sopt: IpOptions) -> IpOptions | None:
    """The options of an answer to ``skb``, which has ``sopt``: its recorded route and timestamps
    go on being filled in, its source route is turned round, its label is the same.

    None (in C -EINVAL) where the answer's own address or time would not fit.
    """
    dopt = IpOptions(data=bytearray())
    head, at = skb.head, skb.network_header
    if sopt.rr:
        option = _copy(head, at + sopt.rr)
        if sopt.rr_needaddr and option[2] <= len(option):
            if option[2] + 3 > len(option):
                return None
            option[2] += 4
            dopt.rr_needaddr = True
        dopt.rr = _append(dopt, option)
    if sopt.ts:
        option = _copy(head, at + sopt.ts)
        if option[2] <= len(option) and not _next_stamp(net, dopt, sopt, option):
            return None
        dopt.ts = _append(dopt, option)
    if sopt.srr:
        _turn_round(dopt, sopt, head, at)
    if sopt.cipso:
        dopt.cipso = _append(dopt, _copy(head, at + sopt.cipso))
    assert dopt.data is not None
    dopt.data += bytes(-len(dopt.data) % 4)
    dopt.optlen = len(dopt.data)
    return dopt


def _copy(head: bytearray, start: int) -> bytearray:
    return head[start : start + head[start + 1]]


def _append(dopt: IpOptions, option: bytearray) -> int:
    """Add an option; where it begins in the header."""
    assert dopt.data is not None
    begin = IP_HLEN + len(dopt.data)
    dopt.data += option
    return begin


def _next_stamp(net: Net, dopt: IpOptions, sopt: IpOptions, option: bytearray) -> bool:
    """Take the next place of the timestamps; whether there is room for it."""
    pointer = option[2]
    if sopt.ts_needaddr:
        if pointer + 3 > len(option):
            return False
        dopt.ts_needaddr = True
        pointer += 4
    if sopt.ts_needtime:
        if pointer + 3 > len(option):
            return False
        if option[3] & 0xF != IPOPT_TS_PRESPEC:
            dopt.ts_needtime = True
            pointer += 4
        elif pointer + 7 <= len(option):
            addr = int.from_bytes(option[pointer - 1 : pointer + 3], "big")
            if inet_addr_type_table(net, addr, RT_TABLE_LOCAL) != RTN_UNICAST:
                dopt.ts_needtime = True
                pointer += 8
    option[2] = pointer
    return True


def _turn_round(dopt: IpOptions, sopt: IpOptions, head: bytearray, at: int) -> None:
    """The hops that are behind the packet, last one first: the answer goes to the first, and ends
    where the packet began."""
    start = _copy(head, at + sopt.srr)
    soffset = min(start[2], len(start) + 1) - 4
    if soffset <= 3:
        return
    faddr, *hops = [start[offset - 1 : offset + 3] for offset in range(soffset, 3, -4)]
    saddr = head[at + 12 : at + 16]
    if saddr == (hops or [faddr])[-1]:
        hops = hops[:-1] if hops else hops
        if not hops and saddr == faddr:
            return
    option = bytearray([start[0], len(hops) * 4 + 7, 4]) + b"".join(hops) + saddr
    dopt.faddr, dopt.is_strictroute = int.from_bytes(faddr, "big"), sopt.is_strictroute
    dopt.srr = _append(dopt, option)


@kernel_function
def ip_options_build(skb: SkBuff, opt: IpOptions) -> None:
    """Write the options behind a packet's header, and its source into them where it is wanted."""
    head, iph = skb.head, skb.network_header
    assert opt.data is not None
    head[iph] += opt.optlen >> 2
    head[iph + IP_HLEN : iph + IP_HLEN + opt.optlen] = opt.data
    source = head[iph + 12 : iph + 16]
    if opt.rr_needaddr:
        place = iph + opt.rr + head[iph + opt.rr + 2] - 5
        head[place : place + 4] = source
    if opt.ts_needaddr:
        place = iph + opt.ts + head[iph + opt.ts + 2] - 9
        head[place : place + 4] = source
