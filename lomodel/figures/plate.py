"""A plate: the frame that every engine and every large figure stands on.

Its strip says what kind of thing it is, what it is about, and where it comes from: a ring for the
model, a disc for a kernel.
"""

from __future__ import annotations

from lomodel.figures.show import escape


def sign(solid: bool) -> str:
    """A disc (what a kernel says) or a ring (what the model says); the words stand beside it."""
    return f'<span class="lo-{"disc" if solid else "ring"}" aria-hidden="true"></span>'


def plate(
    kind: str,
    title: str,
    body: str,
    *,
    origin: str = "",
    solid: bool | None = None,
    classes: str = "",
    name: str | None = None,
) -> str:
    """A plate as HTML around ``body``, which is HTML; the other texts are plain.

    ``kind`` is one word (Predict, Figure, Panel, Source, Step, Explore, Compare, On a real lo).
    ``origin`` says where the content comes from, with a disc before it where ``solid`` (a kernel),
    a ring where not (the model), no sign where None. The plate is named "Kind: title", or ``name``
    where a page has two of the same title. A "Figure" is a ``figure``, all else a ``section``.
    """
    tag = "figure" if kind == "Figure" else "section"
    label = escape(name or f"{kind}: {title}")
    mark = "" if solid is None else sign(solid)
    source = f'<span class="lo-from">{mark}{escape(origin)}</span>' if origin else ""
    return (
        f'<{tag} class="{escape(f"lo-plate {classes}".strip())}" aria-label="{label}">'
        f'<div class="lo-plate-head"><span class="lo-kind">{escape(kind)}</span>'
        f'<span class="lo-name">{escape(title)}</span>{source}</div>'
        f'<div class="lo-plate-body">{body}</div></{tag}>'
    )
