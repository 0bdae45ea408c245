"""Figures of the book: drawn from a trace or a device, never by hand.

Every function returns a :class:`~lomodel.figures.show.Figure`, which shows itself as HTML in a
notebook and as plain text in a terminal, with the same bytes on every machine.
"""

from lomodel.figures.chain import call_chain
from lomodel.figures.events import side_by_side, trace_table
from lomodel.figures.plate import plate
from lomodel.figures.real_lo import real_lo
from lomodel.figures.show import Figure

__all__ = [
    "Figure",
    "call_chain",
    "plate",
    "real_lo",
    "side_by_side",
    "trace_table",
]
