"""One packet, two readers: one that asked for UDP_GRO and one that did not, and what each reads.

The same send is played twice on the model; the packet and the reads are what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from lomodel.desk import RELEASE, lo_up
from lomodel.figures.packet import Packet, Sent, packet_bar, sent
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.figures.stack import GSO_SIZE, PAYLOAD
from lomodel.scenario import PORT
from lomodel.sockets import LONGEST, SocketObject, sockets_of

HOST = "127.0.0.1"
CAPTION = f"One sendto, one packet on lo, to be cut every {GSO_SIZE}."


@dataclass(frozen=True)
class Read:
    """One read: its bytes, and the segment size that its control message says (0: no message)."""

    length: int
    message: int = 0


@dataclass(frozen=True)
class Reader:
    """A reader: whether it asked for UDP_GRO, the packet that it was sent, and what it read."""

    asked: bool
    packet: Packet
    reads: tuple[Read, ...]


def readers(release: str = RELEASE) -> tuple[Reader, Reader]:
    """A reader that did not ask and one that did, each after the book's datagram."""
    return reader(False, release), reader(True, release)


def reader(asked: bool, release: str = RELEASE) -> Reader:
    """A reader of the book's datagram. ValueError where lo does not carry it in one packet."""
    lo = lo_up(release, listening=False)
    socket = sockets_of(lo)
    inbox = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inbox.bind((HOST, PORT))
    inbox.setsockopt(socket.SOL_UDP, socket.UDP_GRO, int(asked))
    carried: Sent = sent(lo, PAYLOAD, GSO_SIZE)
    if len(carried.after) != 1:
        raise ValueError(f"Linux {release} carries {len(carried.after)} packets, not one")
    return Reader(asked, carried.after[0], tuple(_reads(inbox)))


def _reads(inbox: SocketObject) -> list[Read]:
    """All that a socket can read now; it is read."""
    found = []
    while True:
        try:
            data, messages, _, _ = inbox.recvmsg(LONGEST, 64)
        except BlockingIOError:
            return found
        found.append(Read(len(data), *(value for _, _, value in messages)))


def two_readers(release: str = RELEASE) -> Picture:
    """The packet as a bar, and below it what each reader gets of it."""
    both = readers(release)
    packet = packet_bar(both[0].packet, caption=CAPTION)
    rows = "".join(map(_row, both))
    html = (
        f'<div class="lo-two-readers">{packet.html}<figure class="lo-picture">{rows}'
        "<figcaption>Each box is one read.</figcaption></figure></div>"
    )
    said = " ".join(map(_told, both))
    return Picture("One packet, two readers", html, f"On lo: {packet.text} {said}")


def _title(each: Reader) -> str:
    count = len(each.reads)
    asked = "with UDP_GRO" if each.asked else "without UDP_GRO"
    return f"A reader {asked}: {count} {'read' if count == 1 else 'reads'}"


def _told(each: Reader) -> str:
    lengths = ", ".join(str(read.length) for read in each.reads)
    return f"{_title(each)}, of {lengths} bytes; {_messages(each)}."


def _messages(each: Reader) -> str:
    sizes = [str(read.message) for read in each.reads if read.message]
    return f"the control message says {', '.join(sizes)}" if sizes else "no control message"


def _row(each: Reader) -> str:
    columns = " ".join(f"minmax(0,{read.length}fr)" for read in each.reads)
    boxes = "".join(map(_box, each.reads))
    return (
        f'<p class="lo-told-title">{escape(_title(each))}</p>'
        f'<div class="lo-reads" role="img" aria-label="{escape(_told(each))}" '
        f'style="grid-template-columns:{columns}">{boxes}</div>'
        f'<p class="lo-read-message">{escape(_messages(each))}</p>'
    )


def _box(read: Read) -> str:
    """A read, with a mark wherever its message says that a datagram ends."""
    marks = range(read.message, read.length, read.message) if read.message else ()
    dashes = "".join(f'<i style="left:{100 * at / read.length:.2f}%"></i>' for at in marks)
    return f"<div><b>{read.length}</b>{dashes}</div>"
