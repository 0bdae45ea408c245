"""net/core/skbuff.c: a socket's queue of errors, which a program reads with MSG_ERRQUEUE.

Left out: time stamps and zero-copy notifications, which use the queue, too.
"""

from __future__ import annotations

import errno
from collections import deque
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.errqueue import SockExterrSkb
from lomodel.linux.include.linux.skbuff import SkBuff, skb_orphan
from lomodel.linux.include.uapi.linux.errqueue import SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
from lomodel.linux.net.core.skbuff import consume_skb
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.linux.net.core.sock import Sock

kernel_function = kernel_file("net/core/skbuff.c")


def sock_rmem_free(skb: SkBuff) -> None:
    """The destructor of a queued error: its memory is the reader's no more.

    Source: net/core/skbuff.c.
    """
    sk = skb.sk
    assert sk is not None, "a destructor, but no socket: skb_orphan lets a packet go"
    sk.sk_rmem_alloc -= skb.truesize


@kernel_function
def sock_queue_err_skb(sk: Sock, serr: SockExterrSkb) -> int:
    """Queue an error; 0, or -ENOMEM when the receive buffer has no room for its packet.

    Unlike a datagram an error needs room in the buffer even when nothing else is in it.
    """
    skb = serr.skb
    full = sk.sk_rmem_alloc + skb.truesize >= sk.sk_rcvbuf
    if trace.on:
        decide(
            "is the receive buffer too full for one more error?",
            full,
            rmem_alloc=sk.sk_rmem_alloc,
            truesize=skb.truesize,
            rcvbuf=sk.sk_rcvbuf,
        )
    if full:
        return -errno.ENOMEM
    skb_orphan(skb)
    skb.sk = sk
    skb.destructor = sock_rmem_free
    sk.sk_rmem_alloc += skb.truesize
    if sk.sk_error_queue is None:
        sk.sk_error_queue = deque()
    sk.sk_error_queue.append(serr)
    return 0


def is_icmp_err_skb(serr: SockExterrSkb) -> bool:
    """Whether an error came by ICMP. Source: net/core/skbuff.c."""
    return serr.ee.ee_origin in (SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6)


@kernel_function
def sock_dequeue_err_skb(sk: Sock) -> SockExterrSkb | None:
    """Take the oldest error off the queue, None when it is empty.

    The error that is pending on the socket becomes that of the next entry, if that one came by
    ICMP; when there is none, and this one came by ICMP, nothing is pending any more.
    """
    queue = sk.sk_error_queue
    if not queue:
        return None
    serr = queue.popleft()
    icmp_next = bool(queue) and is_icmp_err_skb(queue[0])
    if trace.on:
        decide("did the next error come by ICMP, too?", icmp_next, left=len(queue))
    if icmp_next:
        sk.sk_err = queue[0].ee.ee_errno
    elif is_icmp_err_skb(serr):
        sk.sk_err = 0
    return serr


@kernel_function
def skb_errqueue_purge(sk: Sock) -> None:
    """Forget the errors that are queued; C is given the queue instead of its socket."""
    queue, sk.sk_error_queue = sk.sk_error_queue, None
    for serr in queue or ():
        consume_skb(serr.skb)
