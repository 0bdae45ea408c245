"""A widget without a notebook around it: in a page its HTML is all of it, and nobody is there."""

import traitlets


class AnyWidget(traitlets.HasTraits):
    """What the book's widgets ask of anywidget."""

    def on_msg(self, hear, remove=False):
        """Nobody will say anything."""

    def send(self, content, buffers=None):
        """Nobody hears."""

    def _repr_mimebundle_(self, **kwargs):
        return {}
