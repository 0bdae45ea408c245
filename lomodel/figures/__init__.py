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
from lomodel.figures.birth import birth_of_lo
from lomodel.figures.bits import feature_words, strip
from lomodel.figures.book_map import book_map
from lomodel.figures.chain import call_chain
from lomodel.figures.compare import side_by_side
from lomodel.figures.driver import driver_moments, driver_strip
from lomodel.figures.ethernet import opened_frame
from lomodel.figures.events import trace_table
from lomodel.figures.form import form
from lomodel.figures.halves import halves
from lomodel.figures.lifeline import lifeline
from lomodel.figures.lockers import lockers
from lomodel.figures.lstats import lstats_sum
from lomodel.figures.masks import cpu_masks
from lomodel.figures.packet import packet_bar, packet_bars, sent, udp_packet
from lomodel.figures.pair import pair_in_line
from lomodel.figures.picture import Picture
from lomodel.figures.plate import plate
from lomodel.figures.plugs import board
from lomodel.figures.promises import promises
from lomodel.figures.real_lo import real_lo
from lomodel.figures.releases import releases_changes, releases_seen
from lomodel.figures.riddle import ask_the_riddle, first_screen, open_questions
from lomodel.figures.ruler import ruler
from lomodel.figures.shift import shift, shift_of
from lomodel.figures.show import Figure
from lomodel.figures.stack import FEATURE_WORDS, here
from lomodel.figures.tray import filling, tray
from lomodel.figures.turn import turn
from lomodel.figures.witnesses import three_witnesses

__all__ = [
    "FEATURE_WORDS",
    "Figure",
    "Picture",
    "birth_of_lo",
    "board",
    "ask_the_riddle",
    "book_map",
    "call_chain",
    "driver_moments",
    "driver_strip",
    "cpu_masks",
    "frames_of",
    "recorded_beside",
    "recorded_verdicts",
    "releases_changes",
    "releases_seen",
    "releases_table",
    "feature_words",
    "filling",
    "form",
    "first_screen",
    "halves",
    "here",
    "lifeline",
    "opened_frame",
    "lstats_sum",
    "open_questions",
    "lockers",
    "packet_bar",
    "packet_bars",
    "pair_in_line",
    "plate",
    "promises",
    "ruler",
    "sent",
    "shift",
    "shift_of",
    "real_lo",
    "side_by_side",
    "strip",
    "three_witnesses",
    "trace_table",
    "tray",
    "turn",
    "udp_packet",
]
