"""Figures beside each other; below each other where the page is narrow."""

from __future__ import annotations

from collections.abc import Mapping

from lomodel.figures.show import Figure, escape


def row(figures: Mapping[str, Figure]) -> Figure:
    """Several figures as one, each under its title."""
    inside = "".join(
        f'<div><p class="lo-caption">{escape(title)}</p>{figure.html}</div>'
        for title, figure in figures.items()
    )
    text = "\n\n".join(f"{title}\n{figure}" for title, figure in figures.items())
    name = " beside ".join(figure.name for figure in figures.values())
    return Figure(name, f'<div class="lo-figure lo-row">{inside}</div>', text)
