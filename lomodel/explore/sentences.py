"""What a stepper says by itself: a plain sentence for each function that is a step unless told
otherwise, true whenever that function is called.

Words in braces are filled in: a field of the packet as it is at that step (``{len}``), or
``{result}``. Where a function has more than one outcome it has a table: the first key holds that is
a word of the result, ``error`` for a negative result or an exception, a field that is set, or a
field with what it says after the step (``data=Ethernet``); ``""`` always does. Words in backquotes
are code.
"""

from __future__ import annotations

from collections.abc import Mapping

Sentence = str | Mapping[str, str]

SENDTO = "The program hands the kernel all its bytes in one call."
LOCAL_OUT = "notes that the packet goes out through `{dev}`."
FITS = "asks: does the packet fit the MTU, or every piece that it asks to be cut into?"
NEIGHBOUR = "looks up the neighbour at the next hop, which knows the Ethernet header."
REFUSED = "UDP refuses: nothing is sent, and the call returns an error."
WRITES = "UDP writes its header of 8 bytes: two ports, the length and a checksum field."
MARKS = (
    "UDP writes its header, and notes on the packet how it is to be cut: {gso_size} bytes a piece, "
    "{gso_segs} pieces."
)
SEND_SKB = {"error": REFUSED, "gso_size": MARKS, "": WRITES}
LOOKS_UP = {
    "data=Ethernet": "UDP looks up the socket that is bound to the port, and puts the headers back "
    "in front, because the cut needs them.",
    "": "UDP looks up the socket that is bound to the port.",
}
TOWARDS = (
    "What was a packet sent is a packet received from here on: it is to be queued for this CPU."
)
CUTS = "cuts the packet into fragments that fit the MTU; each of them is a packet of its own."
COLLECTED = {
    "packet": "With this fragment the packet is whole again.",
    "": "The fragment waits until all the others are there.",
}

SENTENCES: dict[str, Sentence] = {
    # Sending.
    "sendto": SENDTO,
    "packet_snd": "A packet socket hands over a whole frame, its Ethernet header included.",
    "udp_sendmsg": "UDP looks up the route to the address, which names a device.",
    "udpv6_sendmsg": "UDP looks up the route to the address, which names a device.",
    "raw_sendmsg": "A raw socket looks up the route to the address, which names a device.",
    "rawv6_sendmsg": "A raw socket looks up the route to the address, which names a device.",
    "ip_make_skb": {
        "error": "No packet can be made, and the call returns an error.",
        "": "The bytes are copied into one new packet, and IPv4 writes its header, all but the "
        "length and the checksum.",
    },
    "ip6_make_skb": {
        "error": "No packet can be made, and the call returns an error.",
        "": "The bytes are copied into one new packet, and IPv6 writes its header, all but the "
        "length.",
    },
    "udp_send_skb": SEND_SKB,
    "udp_v6_send_skb": SEND_SKB,
    "ip_local_out": "IPv4 fills in the whole length, {len}, and the checksum of its header.",
    "ip6_local_out": "IPv6 fills in the length of what follows its header.",
    "ip_output": f"IPv4 {LOCAL_OUT}",
    "ip6_output": f"IPv6 {LOCAL_OUT}",
    "ip_finish_output": f"IPv4 {FITS}",
    "ip6_finish_output": f"IPv6 {FITS}",
    "ip_do_fragment": f"IPv4 {CUTS}",
    "ip6_fragment": f"IPv6 {CUTS}",
    "ip_finish_output2": f"IPv4 {NEIGHBOUR}",
    "ip6_finish_output2": f"IPv6 {NEIGHBOUR}",
    "eth_header": "14 bytes are put in front: two addresses, both of `{dev}`, and the type, "
    "{protocol}.",
    "neigh_hh_output": "14 bytes are put in front: the Ethernet header that was kept from an "
    "earlier packet.",
    # The device's side.
    "__dev_queue_xmit": "The packet is handed to the device. `lo` has no queue, so it is sent here "
    "and now.",
    "validate_xmit_skb": "May the packet pass as it is? Two questions decide: which features does "
    "it get, and do they cover what it asks for?",
    "netif_skb_features": "The word `dev->features` is read, and what does not hold for this "
    "packet is taken out of it.",
    "gso_features_check": "Is the packet too long to pass whole, or has it too many pieces? Then "
    "the word loses its segmentation bits.",
    "netif_needs_gso": {
        "gso_size": "Does the packet ask for more than the word covers? If so, it must be cut "
        "here.",
        "": "The packet asks for no cutting, so there is nothing to compare.",
    },
    "skb_gso_ok": {
        "yes": "`gso_type`, shifted left by 16, says which bits are asked for: all of them are "
        "set.",
        "": "`gso_type`, shifted left by 16, says which bits are asked for: not all of them are "
        "set.",
    },
    "__skb_gso_segment": {
        "error": "The packet cannot be cut, and is dropped.",
        "packets": "The packet is cut into {result}. From here on you see the first of them.",
        "": "The packet is only checked: it passes whole.",
    },
    "xmit_one": "A sniffer would see the packet now, going out; then the driver is called.",
    "loopback_xmit": "The driver has the packet. No socket owns it from here on: for the sender, "
    "it is gone.",
    "eth_type_trans": "The Ethernet header is read and taken off: its bytes stay in memory, but "
    "`len` counts them no more.",
    "netif_rx": TOWARDS,
    "__netif_rx": TOWARDS,
    "enqueue_to_backlog": {
        "dropped": "The backlog of this CPU is full: the packet is dropped.",
        "": "The packet joins the backlog of this CPU, a queue that the softirq empties.",
    },
    "dev_lstats_add": "Now, and only now, `lo` counts the packet: {len} bytes.",
    # Receiving.
    "process_backlog": "The softirq takes packets out of the backlog, in the order in which they "
    "came.",
    "__netif_receive_skb": "A sniffer would see the packet once more, coming in; then it goes to "
    "who asked for its type, {protocol}.",
    "ip_rcv": "IPv4 checks its header: version, length and checksum.",
    "ipv6_rcv": "IPv6 checks its header: version, length and addresses.",
    "ip_local_deliver": "The packet is for this host. A fragment waits here for the others; a "
    "whole packet goes on to its protocol.",
    "ip6_input": "The packet is for this host, and goes on to its protocol.",
    "ip_defrag": COLLECTED,
    "ipv6_frag_rcv": "The fragment waits for the others; the last one makes the packet whole "
    "again.",
    "udp_rcv": LOOKS_UP,
    "udpv6_rcv": LOOKS_UP,
    "udp_queue_rcv_one_skb": {
        "error": "The socket does not take the datagram, and it is dropped.",
        "": "The datagram is put into the socket's queue, without its headers: {len} bytes.",
    },
    "icmp_rcv": "ICMP reads what kind of message it is.",
    "icmpv6_rcv": "ICMP reads what kind of message it is.",
    "__icmp_send": "The packet cannot be delivered, and ICMP tells its sender so.",
    "icmp6_send": "The packet cannot be delivered, and ICMP tells its sender so.",
    "udp_err": "The error is noted at the socket that sent the packet.",
    "udpv6_err": "The error is noted at the socket that sent the packet.",
    "recv": {
        "bytes": "The program reads one datagram: {result}.",
        "error": "The program hears of an error instead of reading a datagram.",
        "": "There is nothing to read.",
    },
}
