"""include/net/netns/ipv4.h: what IPv4 keeps for a namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lomodel.linux.include.linux.inetdevice import Ipv4Devconf
    from lomodel.linux.net.core.sock import Ehash, Sock
    from lomodel.linux.net.ipv4.fib_trie import FibTable
    from lomodel.linux.net.ipv4.inet_fragment import FqDir


class NetnsIpv4:
    """struct netns_ipv4. Each file's own ``init`` sets its fields when the namespace is made."""

    # --- net/ipv4/devinet.c
    devconf_all: Ipv4Devconf
    """net.ipv4.conf.all."""
    devconf_dflt: Ipv4Devconf
    """net.ipv4.conf.default: the settings that a new device starts with."""

    # --- net/ipv4/fib_frontend.c
    fib_table_hash: dict[int, FibTable]
    """The tables of routes that there are, by id."""
    fib_main: FibTable | None
    """The table main, which has the routes of local, too; None before the first route."""
    rt_genid: int
    """Counts the changes after which cached dsts have expired."""

    # --- net/ipv4/af_inet.c
    udp_hash4: dict[Ehash, list[Sock]]
    """Connected UDP sockets, by addresses and ports of both ends (the third table of udp_table)."""
    udp_table: dict[int, list[Sock]]
    """The UDP sockets of both families, by port."""
    raw_hash: dict[int, list[Sock]]
    """The raw sockets, by protocol."""
    ip_idents: dict[tuple[int, int, int], int]
    """The next identification, by source, destination and protocol."""
    sysctl_ip_default_ttl: int
    """The TTL of packets whose socket sets none."""
    sysctl_ip_no_pmtu_disc: int
    """0: path MTU discovery is on; 1: off; 2 and 3: ICMP's word on it is believed less."""
    next_port: int
    """The ephemeral port that was given out last."""
    sysctl_igmp_max_memberships: int
    """The groups that a socket may be in."""

    # --- net/ipv4/icmp.c
    icmp_sk: Sock | None
    """The socket that the kernel sends ICMP from; made by the first message."""
    sysctl_icmp_ratelimit: int
    """Between two limited messages to one destination, in jiffies."""
    sysctl_icmp_msgs_per_sec: int
    """Limited messages of the namespace in a second."""
    sysctl_icmp_msgs_burst: int
    """The most limited messages that may come together."""
    sysctl_icmp_echo_ignore_all: int
    """Whether no echo request is answered."""
    sysctl_icmp_echo_ignore_broadcasts: int
    """Whether requests to broadcast and multicast addresses are not."""
    icmp_global_credit: int
    """Limited messages that may be sent now."""
    icmp_global_stamp: int
    """When the credit was refilled, in jiffies."""
    peers: dict[int | bytes, tuple[int, int]]
    """struct inet_peer by address of either family: tokens in jiffies, and when they were counted
    (net/ipv4/inetpeer.c)."""

    # --- net/ipv4/route.c
    ip_rt_min_pmtu: int
    """A path MTU below this, in bytes, is not believed, and locked here."""

    # --- net/ipv4/ip_fragment.c
    fqdir: FqDir
    """The packets whose fragments are not all here."""
