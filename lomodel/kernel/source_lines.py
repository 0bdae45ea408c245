"""Where the C is: symbol, file and line in three releases, for links to the kernel's source.

5.14 is v5.14-rc5, 6.1 is v6.1.192 and 6.12 is v6.12.117; no source of 6.18 was read. The lines of
6.1 and 6.12 are checked against unpacked trees where a machine has them
(``tests/test_source_lines.py``), and ``python -m tools.source_lines`` adds rows for new functions
of the model. "-" means that the line is not known, or that this file of that release does not have
the symbol.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

TAGS = {"5.14": "v5.14-rc5", "6.1": "v6.1.192", "6.12": "v6.12.117"}
"""The version that a release's lines were read from."""

VIEWER = "https://elixir.bootlin.com/linux"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One symbol in one file; ``lines`` maps a release to the line, counted from 1."""

    symbol: str
    file: str
    lines: dict[str, int]


def parse_row(row: str) -> SourceLine:
    """A line of the table: symbol, file, and the lines in the order of ``TAGS``."""
    symbol, file, *numbers = row.split()
    lines = {
        release: int(number) for release, number in zip(TAGS, numbers, strict=True) if number != "-"
    }
    return SourceLine(symbol, file, lines)


def format_row(row: SourceLine) -> str:
    """The inverse of ``parse_row``."""
    return " ".join([row.symbol, row.file, *(str(row.lines.get(r, "-")) for r in TAGS)])


TABLE = """\
always_on drivers/net/loopback.c 131 132 132
blackhole_neigh_construct drivers/net/loopback.c - 256 253
blackhole_neigh_output drivers/net/loopback.c - 250 247
blackhole_netdev drivers/net/loopback.c 62 63 63
blackhole_netdev_init drivers/net/loopback.c 259 277 274
blackhole_netdev_setup drivers/net/loopback.c 253 271 268
blackhole_netdev_xmit drivers/net/loopback.c 238 242 239
dev_lstats_read drivers/net/loopback.c 94 95 95
gen_lo_setup drivers/net/loopback.c 162 164 160
loopback_dev_free drivers/net/loopback.c 149 151 148
loopback_dev_init drivers/net/loopback.c 141 142 142
loopback_ethtool_ops drivers/net/loopback.c 136 137 137
loopback_get_stats64 drivers/net/loopback.c 118 119 119
loopback_net_init drivers/net/loopback.c 205 209 206
loopback_net_ops drivers/net/loopback.c 233 237 234
loopback_ops drivers/net/loopback.c 155 157 153
loopback_setup drivers/net/loopback.c 198 202 199
loopback_xmit drivers/net/loopback.c 68 69 69
cpumask_next include/linux/cpumask.h 132 175 217
for_each_cpu include/linux/cpumask.h 178 248 294
for_each_possible_cpu include/linux/cpumask.h 788 918 1033
nr_cpu_ids include/linux/cpumask.h 37 39 28
eth_skb_pkt_type include/linux/etherdevice.h - 604 623
is_valid_ether_addr include/linux/etherdevice.h 191 198 205
NETIF_F_ALL_FOR_ALL include/linux/netdev_features.h 236 236 228
NETIF_F_ALL_TSO include/linux/netdev_features.h 214 214 209
NETIF_F_CSUM_MASK include/linux/netdev_features.h 211 211 206
NETIF_F_ETHTOOL_BITS include/linux/netdev_features.h 199 199 194
NETIF_F_GSO_MASK include/linux/netdev_features.h 204 204 199
NETIF_F_GSO_SHIFT include/linux/netdev_features.h 33 33 32
NETIF_F_GSO_SOFTWARE include/linux/netdev_features.h 221 221 213
NETIF_F_NEVER_CHANGE include/linux/netdev_features.h 195 195 191
NETIF_F_ONE_FOR_ALL include/linux/netdev_features.h 228 228 220
NETIF_F_SG_BIT include/linux/netdev_features.h 15 15 15
NETIF_F_SOFT_FEATURES include/linux/netdev_features.h 245 245 237
NETIF_F_SOFT_FEATURES_OFF include/linux/netdev_features.h 248 248 240
NETIF_F_TSO_BIT include/linux/netdev_features.h 34 34 33
__NETIF_F include/linux/netdev_features.h 106 106 105
__NETIF_F_BIT include/linux/netdev_features.h 105 105 104
GSO_LEGACY_MAX_SIZE include/linux/netdevice.h - 2334 2343
GSO_MAX_SIZE include/linux/netdevice.h 2212 2338 2347
HARD_TX_LOCK include/linux/netdevice.h 4492 4444 4553
NET_RX_DROP include/linux/netdevice.h 79 84 94
NET_RX_SUCCESS include/linux/netdevice.h 78 83 93
XMIT_RECURSION_LIMIT include/linux/netdevice.h 3381 3231 3306
__netdev_alloc_pcpu_stats include/linux/netdevice.h 2687 2750 2839
alloc_netdev include/linux/netdevice.h 4579 4531 4643
dev_lstats_add include/linux/netdevice.h 2677 2740 2789
dev_queue_xmit include/linux/netdevice.h - 3058 3150
dev_xmit_recursion include/linux/netdevice.h 3382 3232 3314
loopback_net_ops include/linux/netdevice.h 5198 5159 5283
net_gso_ok include/linux/netdevice.h 5019 4972 5086
netdev_alloc_pcpu_stats include/linux/netdevice.h 2701 2764 2853
netdev_get_wanted_features include/linux/netdevice.h 4989 4941 5053
netdev_start_xmit include/linux/netdevice.h 4952 4906 5018
netif_keep_dst include/linux/netdevice.h 5186 5147 5271
netif_needs_gso include/linux/netdevice.h 5053 5006 5120
pcpu_lstats include/linux/netdevice.h 2647 2710 2759
skb_gso_ok include/linux/netdevice.h 5047 5000 5114
skb_gso_segment include/linux/netdevice.h 4892 4840 -
alloc_percpu include/linux/percpu.h 142 140 153
alloc_percpu_gfp include/linux/percpu.h 139 137 150
SKB_GSO_FRAGLIST include/linux/skbuff.h 601 684 696
SKB_GSO_TCPV4 include/linux/skbuff.h 563 646 658
u64_stats_add include/linux/u64_stats_sync.h 86 87 87
u64_stats_fetch_begin include/linux/u64_stats_sync.h 171 216 216
u64_stats_fetch_begin_irq include/linux/u64_stats_sync.h 204 228 -
u64_stats_fetch_retry include/linux/u64_stats_sync.h 189 221 221
u64_stats_inc include/linux/u64_stats_sync.h 91 97 97
u64_stats_init include/linux/u64_stats_sync.h 119 148 148
u64_stats_read include/linux/u64_stats_sync.h 81 77 77
u64_stats_sync include/linux/u64_stats_sync.h 68 64 64
u64_stats_t include/linux/u64_stats_sync.h 79 75 75
u64_stats_update_begin include/linux/u64_stats_sync.h 126 191 191
u64_stats_update_end include/linux/u64_stats_sync.h 133 196 196
UDP_MAX_SEGMENTS include/linux/udp.h 96 105 111
virtio_net_hdr_to_skb include/linux/virtio_net.h - 47 51
LOOPBACK_IFINDEX include/net/flow.h 23 23 24
skb_gso_segment include/net/gso.h - - 88
ip6_route_get_saddr include/net/ip6_route.h - 133 128
neigh_hh_output include/net/neighbour.h - 496 494
sock_queue_rcv_skb include/net/sock.h - 2586 2441
ARPHRD_ETHER include/uapi/linux/if_arp.h 31 31 31
ARPHRD_LOOPBACK include/uapi/linux/if_arp.h 69 70 70
NET_NAME_ENUM include/uapi/linux/netdevice.h 43 43 43
NET_NAME_PREDICTABLE include/uapi/linux/netdevice.h 44 44 44
NET_NAME_RENAMED include/uapi/linux/netdevice.h 46 46 46
NET_NAME_UNKNOWN include/uapi/linux/netdevice.h 42 42 42
NET_NAME_USER include/uapi/linux/netdevice.h 45 45 45
__cpu_possible_mask kernel/cpu.c 2557 2689 3090
maxcpus kernel/smp.c - 1089 975
nosmp kernel/smp.c - 1066 952
nrcpus kernel/smp.c 1047 1077 963
setup_nr_cpu_ids kernel/smp.c 1075 1107 993
smp_init kernel/smp.c - 1113 999
do_softirq kernel/softirq.c - 484 467
__alloc_percpu mm/percpu.c 1952 1948 -
__alloc_percpu_gfp mm/percpu.c 1939 1935 -
free_percpu mm/percpu.c 2268 2268 2235
pcpu_alloc mm/percpu.c 1726 1722 -
pcpu_alloc_noprof mm/percpu.c - - 1744
vlan_check_real_dev net/8021q/vlan.c - 128 128
br_add_if net/bridge/br_if.c - 571 571
__dev_change_flags net/core/dev.c - 8657 8980
__dev_change_net_namespace net/core/dev.c 11173 11140 11741
__dev_close_many net/core/dev.c - 1548 1599
__dev_notify_flags net/core/dev.c - 8723 9046
__dev_open net/core/dev.c - 1468 1519
__dev_queue_xmit net/core/dev.c 4209 4295 4494
__netdev_update_features net/core/dev.c 9975 9847 10274
__netif_receive_skb net/core/dev.c - 5732 5945
__netif_receive_skb_core net/core/dev.c 5287 5426 5639
__netif_rx net/core/dev.c - 5115 5394
__skb_gso_segment net/core/dev.c 3445 3461 -
alloc_netdev_mqs net/core/dev.c 10814 10763 11313
call_netdevice_notifiers_info net/core/dev.c - 1999 2057
default_device_exit_batch net/core/dev.c 11592 11548 12273
default_device_exit_net net/core/dev.c - 11506 12239
dev_change_flags net/core/dev.c - 8761 9084
dev_change_name net/core/dev.c 1333 1222 1285
dev_close net/core/dev.c - 1630 1681
dev_close_many net/core/dev.c - 1601 1652
dev_cpu_dead net/core/dev.c - 11277 11917
dev_get_flags net/core/dev.c - 8632 8955
dev_get_stats net/core/dev.c 10697 10633 11154
dev_get_valid_name net/core/dev.c - 1202 1268
dev_hard_start_xmit net/core/dev.c 3665 3712 3715
dev_index_reserve net/core/dev.c - - 10086
dev_loopback_xmit net/core/dev.c 3987 4055 4076
dev_new_index net/core/dev.c 9814 9681 -
dev_open net/core/dev.c - 1530 1581
dev_queue_xmit net/core/dev.c 4316 - -
dev_queue_xmit_nit net/core/dev.c 2389 2313 2366
dev_set_mac_address net/core/dev.c 9064 8937 9260
dev_set_mtu net/core/dev.c - 8853 9176
dev_validate_mtu net/core/dev.c 8916 8790 9113
dflt_features_check net/core/dev.c 3572 3588 3575
enqueue_to_backlog net/core/dev.c 4690 4808 5034
flush_backlog net/core/dev.c 5811 5932 6145
free_netdev net/core/dev.c 10940 10894 11440
gso_features_check net/core/dev.c 3579 3611 3614
harmonize_features net/core/dev.c 3546 3562 3549
list_netdevice net/core/dev.c - 382 399
net_dev_init net/core/dev.c 11643 11592 12435
net_rx_action net/core/dev.c 7178 6803 7104
netdev_core_pick_tx net/core/dev.c 4155 4246 4445
netdev_core_stats_alloc net/core/dev.c - 10608 11112
netdev_core_stats_inc net/core/dev.c - - 11127
netdev_do_alloc_pcpu_stats net/core/dev.c - 10101 10530
netdev_do_free_pcpu_stats net/core/dev.c - 10132 10561
netdev_fix_features net/core/dev.c 9880 9747 10175
netdev_pick_tx net/core/dev.c 4128 4219 4418
netdev_run_todo net/core/dev.c 10590 10522 10977
netif_rx net/core/dev.c 4984 5147 5426
netif_rx_internal net/core/dev.c 4934 5075 5354
netif_set_tso_max_size net/core/dev.c - 3082 3133
netif_skb_features net/core/dev.c 3616 3664 3667
process_backlog net/core/dev.c 6472 6060 6279
register_netdev net/core/dev.c 10467 10388 10843
register_netdevice net/core/dev.c 10245 10158 10598
register_netdevice_notifier net/core/dev.c - 1789 1841
register_pernet_device(&loopback_net_ops) net/core/dev.c 11702 11651 12501
skb_checksum_help net/core/dev.c 3288 3327 3378
skb_csum_hwoffload_help net/core/dev.c 3702 3749 3752
skb_flow_limit net/core/dev.c 4650 4768 4994
skb_mac_gso_segment net/core/dev.c 3392 - -
unlist_netdevice net/core/dev.c - 405 423
unregister_netdevice_many net/core/dev.c - 11099 11699
unregister_netdevice_notifier net/core/dev.c - 1836 1888
unregister_netdevice_queue net/core/dev.c - 10974 11565
validate_xmit_skb net/core/dev.c 3724 3777 3779
validate_xmit_skb_list net/core/dev.c 3779 3832 3837
xmit_one net/core/dev.c 3647 3695 3698
dev_ifsioc net/core/dev_ioctl.c - 312 511
dev_ioctl net/core/dev_ioctl.c - 459 654
skb_mac_gso_segment net/core/gro.c - 125 -
__skb_gso_segment net/core/gso.c - - 88
skb_mac_gso_segment net/core/gso.c - - 37
__neigh_create net/core/neighbour.c - 735 735
neigh_blackhole net/core/neighbour.c - 93 93
neigh_changeaddr net/core/neighbour.c - 435 435
neigh_hh_init net/core/neighbour.c - 1529 1531
neigh_ifdown net/core/neighbour.c - 463 463
neigh_resolve_output net/core/neighbour.c - 1548 1550
dev_seq_printf_stats net/core/net-procfs.c 75 77 44
softnet_seq_show net/core/net-procfs.c 150 152 123
cleanup_net net/core/net_namespace.c - 583 655
copy_net_ns net/core/net_namespace.c - 481 552
net_alloc net/core/net_namespace.c - 414 478
ops_init net/core/net_namespace.c 124 121 122
ops_undo_list net/core/net_namespace.c - - 227
register_pernet_device net/core/net_namespace.c 1297 1365 1439
register_pernet_operations net/core/net_namespace.c - 1265 1336
register_pernet_subsys net/core/net_namespace.c 1251 1319 1393
setup_net net/core/net_namespace.c 313 313 432
unregister_pernet_device net/core/net_namespace.c - 1386 1460
unregister_pernet_subsys net/core/net_namespace.c - 1338 1412
rtnl_delete_link net/core/rtnetlink.c - 3177 3372
rtnl_dellink net/core/rtnetlink.c - 3193 3388
rtnl_lock net/core/rtnetlink.c - 72 77
rtnl_lock_killable net/core/rtnetlink.c - 78 83
rtnl_setlink net/core/rtnetlink.c - 3104 3295
rtnl_unlock net/core/rtnetlink.c - 144 149
__pskb_pull_tail net/core/skbuff.c - 2390 2853
skb_clone net/core/skbuff.c - 1644 2063
skb_copy net/core/skbuff.c - 1724 2143
skb_segment net/core/skbuff.c 3909 4150 4733
sk_setsockopt net/core/sock.c - 1085 1171
eth_commit_mac_addr_change net/ethernet/eth.c 309 294 289
eth_header net/ethernet/eth.c 80 79 79
eth_header_cache net/ethernet/eth.c 234 219 214
eth_header_cache_update net/ethernet/eth.c 266 251 246
eth_header_ops net/ethernet/eth.c 348 333 328
eth_header_parse net/ethernet/eth.c 218 203 196
eth_header_parse_protocol net/ethernet/eth.c 279 264 259
eth_mac_addr net/ethernet/eth.c 327 312 307
eth_prepare_mac_addr_change net/ethernet/eth.c 292 277 272
eth_type_trans net/ethernet/eth.c 156 155 155
netdev_features_strings net/ethtool/common.c 11 11 12
ethnl_set_features net/ethtool/features.c 211 210 210
ethtool_get_features net/ethtool/ioctl.c 58 85 82
ethtool_op_get_ts_info net/ethtool/ioctl.c 45 72 68
ethtool_set_features net/ethtool/ioctl.c 96 124 121
inet_autobind net/ipv4/af_inet.c - 173 174
inet_create net/ipv4/af_inet.c - 245 252
inet_gso_segment net/ipv4/af_inet.c 1331 1379 1369
inet_init net/ipv4/af_inet.c - 1966 1903
arp_constructor net/ipv4/arp.c - 223 223
arp_ifdown net/ipv4/arp.c - 1318 1364
arp_init net/ipv4/arp.c - 1467 1513
arp_netdev_event net/ipv4/arp.c - 1276 1322
arp_rcv net/ipv4/arp.c - 966 967
ip4_datagram_connect net/ipv4/datagram.c - 85 85
INADDR_LOOPBACK net/ipv4/devinet.c 1559 1576 1606
devinet_init net/ipv4/devinet.c - 2801 2799
inet_alloc_ifa net/ipv4/devinet.c - 219 219
inet_del_ifa net/ipv4/devinet.c - 478 494
inet_insert_ifa net/ipv4/devinet.c - 573 590
inetdev_changename net/ipv4/devinet.c - 1495 1526
inetdev_destroy net/ipv4/devinet.c - 309 325
inetdev_event net/ipv4/devinet.c 1520 1537 1568
inetdev_init net/ipv4/devinet.c 252 255 277
fib_add_ifaddr net/ipv4/fib_frontend.c - 1123 1123
fib_del_ifaddr net/ipv4/fib_frontend.c - 1197 1197
fib_disable_ip net/ipv4/fib_frontend.c - 1436 1436
fib_inetaddr_event net/ipv4/fib_frontend.c - 1446 1446
fib_magic net/ipv4/fib_frontend.c - 1083 1083
fib_netdev_event net/ipv4/fib_frontend.c - 1477 1477
ip_fib_init net/ipv4/fib_frontend.c - 1665 1665
fib_sync_down_dev net/ipv4/fib_semantics.c - 2009 2007
fib_sync_up net/ipv4/fib_semantics.c - 2158 2155
fib_table_delete net/ipv4/fib_trie.c - 1692 1692
fib_table_flush net/ipv4/fib_trie.c - 2004 2004
fib_table_insert net/ipv4/fib_trie.c - 1197 1198
fib_table_lookup net/ipv4/fib_trie.c - 1423 1424
__icmp_send net/ipv4/icmp.c - 629 631
icmp_echo net/ipv4/icmp.c - 1057 1059
icmp_global_allow net/ipv4/icmp.c - 233 233
icmp_init net/ipv4/icmp.c - 1559 1561
icmp_push_reply net/ipv4/icmp.c - 372 372
icmp_rcv net/ipv4/icmp.c - 1252 1254
icmp_reply net/ipv4/icmp.c - 406 406
icmp_socket_deliver net/ipv4/icmp.c - 867 869
icmp_unreach net/ipv4/icmp.c - 911 913
icmpv4_global_allow net/ipv4/icmp.c - 292 292
icmpv4_xrlim_allow net/ipv4/icmp.c - 310 310
inet_frag_kill net/ipv4/inet_fragment.c - 228 269
inet_frag_queue_insert net/ipv4/inet_fragment.c - 382 439
inet_frag_reasm_finish net/ipv4/inet_fragment.c - 558 615
inet_peer_xrlim_allow net/ipv4/inetpeer.c - 287 284
ip_defrag net/ipv4/ip_fragment.c - 482 471
ip_frag_queue net/ipv4/ip_fragment.c - 278 261
ip_frag_reasm net/ipv4/ip_fragment.c - 410 398
ipfrag_init net/ipv4/ip_fragment.c - 751 739
ip_local_deliver net/ipv4/ip_input.c - 242 242
ip_local_deliver_finish net/ipv4/ip_input.c - 227 227
ip_rcv net/ipv4/ip_input.c - 560 560
ip_rcv_finish net/ipv4/ip_input.c - 435 435
__ip_append_data net/ipv4/ip_output.c - 973 965
__ip_make_skb net/ipv4/ip_output.c - 1508 1401
ip_do_fragment net/ipv4/ip_output.c - 765 768
ip_finish_output net/ipv4/ip_output.c - 309 317
ip_finish_output2 net/ipv4/ip_output.c - 194 199
ip_finish_output_gso net/ipv4/ip_output.c - 240 248
ip_fragment net/ipv4/ip_output.c - 580 583
ip_local_out net/ipv4/ip_output.c - 120 124
ip_make_skb net/ipv4/ip_output.c - 1659 1556
ip_output net/ipv4/ip_output.c - 421 427
ip_send_skb net/ipv4/ip_output.c - 1612 1509
ip_setup_cork net/ipv4/ip_output.c - 1278 1301
ip_setsockopt net/ipv4/ip_sockglue.c - 1448 1409
raw_hash_sk net/ipv4/raw.c - 91 91
raw_local_deliver net/ipv4/raw.c - 193 200
raw_rcv net/ipv4/raw.c - 302 311
raw_recvmsg net/ipv4/raw.c - 735 739
raw_sendmsg net/ipv4/raw.c - 473 482
raw_setsockopt net/ipv4/raw.c - 837 841
raw_unhash_sk net/ipv4/raw.c - 108 108
__ip_select_ident net/ipv4/route.c - 494 491
__mkroute_output net/ipv4/route.c - 2566 2547
ip_route_input_noref net/ipv4/route.c - 2550 2531
ip_route_output_key_hash_rcu net/ipv4/route.c - 2717 2698
rt_dst_alloc net/ipv4/route.c - 1685 1670
tcp4_gso_segment net/ipv4/tcp_offload.c 29 97 98
tcp_gso_segment net/ipv4/tcp_offload.c 54 132 133
udp_cmsg_send net/ipv4/udp.c 1016 1108 1100
udp_err net/ipv4/udp.c - 880 870
udp_lib_get_port net/ipv4/udp.c - 232 240
udp_lib_setsockopt net/ipv4/udp.c - 2741 2744
udp_lib_unhash net/ipv4/udp.c - 2065 2047
udp_queue_rcv_one_skb net/ipv4/udp.c - 2186 2168
udp_queue_rcv_skb net/ipv4/udp.c - 2296 2279
udp_rcv net/ipv4/udp.c - 2712 2702
udp_recvmsg net/ipv4/udp.c - 1907 1888
udp_send_skb net/ipv4/udp.c 889 981 971
udp_sendmsg net/ipv4/udp.c 1040 1132 1124
udp_setsockopt net/ipv4/udp.c - 2858 2874
__udp_gso_segment net/ipv4/udp_offload.c 263 325 326
__udp_gso_segment_list net/ipv4/udp_offload.c 248 307 308
udp4_ufo_fragment net/ipv4/udp_offload.c 367 469 484
add_addr net/ipv6/addrconf.c 3064 3148 3243
addrconf_disable_ipv6 net/ipv6/addrconf.c - 6345 6452
addrconf_ifdown net/ipv6/addrconf.c 3695 3800 3896
addrconf_init net/ipv6/addrconf.c 7128 7361 7493
addrconf_init_auto_addrs net/ipv6/addrconf.c - 3508 3604
addrconf_notify net/ipv6/addrconf.c 3477 3596 3692
dev_disable_change net/ipv6/addrconf.c - 6314 6421
init_loopback net/ipv6/addrconf.c 3145 3234 3329
ipv6_add_addr net/ipv6/addrconf.c 1039 1071 1067
ipv6_add_dev net/ipv6/addrconf.c - 369 374
ipv6_dev_notf net/ipv6/addrconf.c 3671 3776 3872
ipv6_find_idev net/ipv6/addrconf.c 473 481 486
ipv6_ifa_notify net/ipv6/addrconf.c - 6265 6372
inet6_init net/ipv6/af_inet6.c - 1081 1073
ip6_datagram_connect net/ipv6/datagram.c - 272 274
icmp6_send net/ipv6/icmp.c - 451 451
icmpv6_echo_reply net/ipv6/icmp.c - 723 727
icmpv6_init net/ipv6/icmp.c - 1057 1075
icmpv6_notify net/ipv6/icmp.c - 835 843
icmpv6_push_pending_frames net/ipv6/icmp.c - 276 278
icmpv6_rcv net/ipv6/icmp.c - 889 907
icmpv6_xrlim_allow net/ipv6/icmp.c - 195 195
is_ineligible net/ipv6/icmp.c - 136 136
ip6_input net/ipv6/ip6_input.c - 490 490
ip6_protocol_deliver_rcu net/ipv6/ip6_input.c - 363 363
ip6_rcv_finish net/ipv6/ip6_input.c - 69 69
ipv6_rcv net/ipv6/ip6_input.c - 303 304
ipv6_gso_segment net/ipv6/ip6_offload.c 74 74 108
__ip6_append_data net/ipv6/ip6_output.c - 1421 1429
__ip6_make_skb net/ipv6/ip6_output.c - 1864 1897
ip6_dst_lookup_flow net/ipv6/ip6_output.c - 1260 1267
ip6_finish_output net/ipv6/ip6_output.c - 204 214
ip6_finish_output2 net/ipv6/ip6_output.c - 59 60
ip6_finish_output_gso net/ipv6/ip6_output.c - - 181
ip6_fragment net/ipv6/ip6_output.c - 869 876
ip6_make_skb net/ipv6/ip6_output.c - 2001 2038
ip6_output net/ipv6/ip6_output.c - 219 229
ip6_send_skb net/ipv6/ip6_output.c - 1945 1982
ip6_setup_cork net/ipv6/ip6_output.c - 1348 1355
ipv6_setsockopt net/ipv6/ipv6_sockglue.c - 1013 973
ndisc_constructor net/ipv6/ndisc.c - 329 329
ndisc_init net/ipv6/ndisc.c - 2023 2037
ndisc_netdev_event net/ipv6/ndisc.c - 1876 1890
ip6_local_out net/ipv6/output_core.c - 155 144
raw6_local_deliver net/ipv6/raw.c - 204 211
rawv6_push_pending_frames net/ipv6/raw.c - 502 510
rawv6_recvmsg net/ipv6/raw.c - 425 433
rawv6_sendmsg net/ipv6/raw.c - 733 740
rawv6_setsockopt net/ipv6/raw.c - 1035 1031
ip6_frag_queue net/ipv6/reassembly.c - 106 107
ip6_frag_reasm net/ipv6/reassembly.c - 251 258
ipv6_frag_init net/ipv6/reassembly.c - 568 574
ipv6_frag_rcv net/ipv6/reassembly.c - 322 326
fib6_table_lookup net/ipv6/route.c - 2219 2240
ip6_del_rt net/ipv6/route.c - 3927 3947
ip6_ins_rt net/ipv6/route.c - 1356 1363
ip6_route_init net/ipv6/route.c - 6749 6776
ip6_route_input net/ipv6/route.c - 2606 2627
rt6_disable_ip net/ipv6/route.c - 4953 4975
tcp_v6_rcv net/ipv6/tcp_ipv6.c - 1571 1730
tcp_v6_send_reset net/ipv6/tcp_ipv6.c - 973 1008
tcp_v6_send_response net/ipv6/tcp_ipv6.c - 842 861
tcp6_gso_segment net/ipv6/tcpv6_offload.c 41 97 171
udp_v6_send_skb net/ipv6/udp.c 1177 1281 1286
udpv6_err net/ipv6/udp.c - 749 746
udpv6_rcv net/ipv6/udp.c - 1189 1194
udpv6_sendmsg net/ipv6/udp.c - 1387 1393
udpv6_setsockopt net/ipv6/udp.c - 1753 1756
udp6_ufo_fragment net/ipv6/udp_offload.c 17 18 19
llc_init net/llc/llc_core.c - 138 138
llc_rcv net/llc/llc_input.c - 161 161
packet_snd net/packet/af_packet.c - 3029 3058
attach_one_default_qdisc net/sched/sch_generic.c 1086 1185 1198
dev_activate net/sched/sch_generic.c 1161 1264 1277
dev_deactivate net/sched/sch_generic.c - 1388 1401
dev_init_scheduler net/sched/sch_generic.c - 1474 1487
noop_enqueue net/sched/sch_generic.c 576 660 669
noqueue_init net/sched/sch_generic.c 626 710 720
sctp_gso_segment net/sctp/offload.c 38 38 39
"""

TABLE_ROWS = tuple(map(parse_row, TABLE.splitlines()))


@cache
def _by_symbol() -> dict[str, list[SourceLine]]:
    found: dict[str, list[SourceLine]] = {}
    for row in TABLE_ROWS:
        found.setdefault(row.symbol, []).append(row)
    return found


def source_line(symbol: str, release: str, file: str | None = None) -> tuple[str, int] | None:
    """(file, line) of a symbol in a release; None when the table does not know.

    A symbol that moved stands in several files; ``file`` picks one, else the first that the release
    has counts.
    """
    for row in _by_symbol().get(symbol, ()):
        if release in row.lines and file in (None, row.file):
            return row.file, row.lines[release]
    return None


def permalink(symbol: str, release: str = "6.12", file: str | None = None) -> str | None:
    """The address of a symbol's line in a pinned version; None when the table does not know it."""
    place = source_line(symbol, release, file)
    if place is None:
        return None
    return f"{VIEWER}/{TAGS[release]}/source/{place[0]}#L{place[1]}"
