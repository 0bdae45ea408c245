"""include/net/netns/ipv6.h: what IPv6 keeps for a namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lomodel.linux.include.linux.ipv6 import Ipv6Devconf
    from lomodel.linux.include.linux.netdevice import NetDevice
    from lomodel.linux.include.net.ipv6 import Rt6Info
    from lomodel.linux.net.core.sock import Sock
    from lomodel.linux.net.ipv4.inet_fragment import FqDir
    from lomodel.linux.net.ipv6.route import Fib6Table


class NetnsIpv6:
    """struct netns_ipv6. Each file's own ``init`` sets its fields when the namespace is made."""

    # --- net/ipv6/addrconf.c
    devconf_all: Ipv6Devconf
    """net.ipv6.conf.all."""
    devconf_dflt: Ipv6Devconf
    """net.ipv6.conf.default: the settings that a new device starts with."""

    saddr_found: dict[tuple[bytes, NetDevice | None], bytes]
    """Sources that were chosen, by destination and device, until an address comes or goes. The
    kernel chooses anew."""

    # --- net/ipv6/route.c
    fib6_local: Fib6Table
    """The table local: the routes to this host."""
    fib6_main: Fib6Table
    """The table main: the networks behind devices."""
    ip6_null_entry: Rt6Info
    """The dst for what has no route; its error is ENETUNREACH."""

    # --- net/ipv6/icmp.c
    icmp_sk: Sock | None
    """The socket that the kernel sends ICMPv6 from; made by the first message."""
    sysctl_icmpv6_echo_ignore_all: int
    """Whether no echo request is answered (sysctl.icmpv6_echo_ignore_all)."""
    frag_id: int
    """The identification that was given to a fragmented packet last."""

    # --- net/ipv6/af_inet6.c
    raw_hash: dict[int, list[Sock]]
    """The raw sockets, by protocol."""
    sysctl_bindv6only: int
    """Whether new sockets are for IPv6 only (sysctl.bindv6only)."""

    # --- net/ipv6/reassembly.c
    fqdir: FqDir
    """The packets whose fragments are not all here."""
