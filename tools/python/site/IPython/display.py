"""`display`, and HTML and SVG as they are."""

from lomodel_page import display


class _Data:
    def __init__(self, data=""):
        self.data = str(data)


class HTML(_Data):
    """A piece of HTML."""

    def _repr_html_(self):
        return self.data


class SVG(_Data):
    """A picture as SVG."""

    def _repr_svg_(self):
        return self.data


__all__ = ["HTML", "SVG", "display"]
