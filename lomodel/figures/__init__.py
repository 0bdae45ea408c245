"""Figures of the book: drawn from a trace or a device, never by hand.

Every function returns a :class:`~lomodel.figures.show.Figure`, which shows itself as HTML in a
notebook and as plain text in a terminal, with the same bytes on every machine.
"""

from lomodel.figures.beside import (
    frames_of,
    recorded_beside,
    recorded_verdicts,
    releases_table,
)
from lomodel.figures.bits import feature_words, strip
from lomodel.figures.book_map import book_map
from lomodel.figures.chain import call_chain
from lomodel.figures.compare import side_by_side
from lomodel.figures.events import trace_table
from lomodel.figures.packet import packet_bar, packet_bars, sent, udp_packet
from lomodel.figures.picture import Picture
from lomodel.figures.plate import plate
from lomodel.figures.real_lo import real_lo
from lomodel.figures.riddle import ask_the_riddle, first_screen, open_questions
from lomodel.figures.ruler import ruler
from lomodel.figures.shift import shift, shift_of
from lomodel.figures.show import Figure
from lomodel.figures.stack import FEATURE_WORDS, here

__all__ = [
    "FEATURE_WORDS",
    "Figure",
    "Picture",
    "ask_the_riddle",
    "book_map",
    "call_chain",
    "frames_of",
    "recorded_beside",
    "recorded_verdicts",
    "releases_table",
    "feature_words",
    "first_screen",
    "here",
    "open_questions",
    "packet_bar",
    "packet_bars",
    "plate",
    "ruler",
    "sent",
    "shift",
    "shift_of",
    "real_lo",
    "side_by_side",
    "strip",
    "trace_table",
    "udp_packet",
]
