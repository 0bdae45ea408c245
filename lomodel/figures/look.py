"""What the book looks like: colours, washes and faces as data, and the variables made of them.

A hue says where in the kernel something happens: ``device``, ``core``, ``protocol``, ``receiver``.
``loud`` says lost or different. Everything else is ink. A wash is a hue's ground.
"""

from __future__ import annotations

from functools import cache

THEMES = ("light", "dark")
HUES = ("device", "core", "protocol", "receiver", "loud")

COLOURS: dict[str, tuple[str, str]] = {
    "paper": ("#fcfdfd", "#12171c"),
    "panel": ("#f0f3f5", "#1b2229"),
    "ink": ("#15202b", "#e6ebef"),
    "quiet": ("#44515d", "#a9b5bf"),
    "edge": ("#7a8792", "#74828e"),
    "line": ("#c3ccd3", "#36424d"),
    "grid": ("#e7ecef", "#1e262d"),
    "device": ("#6d46cc", "#a58df2"),
    "core": ("#0a3a6b", "#bccaff"),
    "protocol": ("#1d7460", "#3fc7ac"),
    "receiver": ("#936104", "#efcd58"),
    "loud": ("#780a08", "#f0746a"),
    "device-wash": ("#f1edfb", "#221f36"),
    "core-wash": ("#e9eef4", "#1e2432"),
    "protocol-wash": ("#e6f2ee", "#16292a"),
    "receiver-wash": ("#f8f0df", "#2a2719"),
    "loud-wash": ("#f7e9e8", "#331f20"),
}
"""Each colour in the light and in the dark theme."""

FACES = {
    "serif": 'Palatino, "Palatino Linotype", "Book Antiqua", P052, "URW Palladio L", '
    '"TeX Gyre Pagella", Georgia, serif',
    "sans": '"Helvetica Neue", "Segoe UI", "Liberation Sans", Arial, sans-serif',
    "mono": 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", '
    '"Liberation Mono", monospace',
}
"""Prose, labels and everything inside a plate, kernel words; from the reader's own system."""

JUPYTERLAB = {
    "paper": "--jp-layout-color1",
    "panel": "--jp-layout-color2",
    "ink": "--jp-ui-font-color1",
    "quiet": "--jp-ui-font-color2",
    "line": "--jp-border-color2",
    "grid": "--jp-border-color3",
    "mono": "--jp-code-font-family",
}
"""What JupyterLab's own theme says where it has a say. The hues are ours there too."""

OLD_NAMES = {"shade": "panel", "accent": "ink"}
"""Variables of figures and explorers from before this look."""


def tokens(theme: str = "light") -> dict[str, str]:
    """Every colour of a theme, ``light`` or ``dark``, by its name; KeyError for another theme."""
    column = dict(zip(THEMES, range(len(THEMES)), strict=True))[theme]
    return {name: values[column] for name, values in COLOURS.items()}


def _variables(values: dict[str, str]) -> str:
    return "".join(f"--lo-{name}:{value};" for name, value in values.items())


def _in_jupyterlab(values: dict[str, str]) -> dict[str, str]:
    return {
        name: f"var({JUPYTERLAB[name]},{value})" if name in JUPYTERLAB else value
        for name, value in values.items()
    }


def _ours(theme: str) -> dict[str, str]:
    """What JupyterLab's theme does not decide."""
    return {name: value for name, value in tokens(theme).items() if name not in JUPYTERLAB}


@cache
def stylesheet() -> str:
    """``--lo-*`` for a built page (``html[data-theme]``) and for JupyterLab.

    A page without scripts is light, as the theme's own colours are, and so is paper, on white.
    """
    light, dark = (f"color-scheme:{t};{_variables(tokens(t))}" for t in THEMES)
    old = _variables({old: f"var(--lo-{new})" for old, new in OLD_NAMES.items()})
    paper = f"{light}--lo-paper:#fff"
    start = _variables(_in_jupyterlab(tokens("light") | FACES))
    rules = [
        f":root{{{start}{old}}}",
        f'html[data-theme="light"]{{{light}}}',
        f'html[data-theme="dark"]{{{dark}}}',
        *(
            f'body[data-jp-theme-light="{flag}"]{{--lo-scheme:{theme};{_variables(_ours(theme))}}}'
            for flag, theme in (("true", "light"), ("false", "dark"))
        ),
        f"@media print{{:root,html[data-theme],body[data-jp-theme-light]{{{paper}}}}}",
    ]
    return "\n".join(rules) + "\n"
