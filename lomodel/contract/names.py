"""The names of sockets and taps through a scenario: which are open, and what they are of."""

from __future__ import annotations

from lomodel.contract.errors import ScenarioError, short

_KIND = {"socket": "an open socket", "tap": "an open tap"}


class Names:
    """The names that are open after the steps so far; sockets and taps share one set."""

    def __init__(self) -> None:
        self._family: dict[str, str | None] = {}  # None: a tap
        self._closed: set[str] = set()

    def family(self, name: str, where: str) -> str:
        """The family of the open socket of that name. Raises ScenarioError if there is none."""
        family = self._family.get(name)
        return self._refuse(name, "socket", where) if family is None else family

    def check_tap(self, name: str, where: str) -> None:
        """Refuse a name that is no open tap's. Raises ScenarioError."""
        if self._family.get(name, "") is not None:
            self._refuse(name, "tap", where)

    def open(self, name: str, family: str | None, where: str) -> None:
        """A socket of the family, or a tap (None), is opened. Raises ScenarioError if it is."""
        if name in self._family:
            raise ScenarioError(
                where, f"expected a name that is not open, got {short(name)}, {self._state(name)}"
            )
        self._family[name] = family

    def close(self, name: str) -> None:
        """What has that name is closed, and the name is free again."""
        del self._family[name]
        self._closed.add(name)

    def _refuse(self, name: str, kind: str, where: str) -> str:
        raise ScenarioError(
            where, f"expected the name of {_KIND[kind]}, got {short(name)}, {self._state(name)}"
        )

    def _state(self, name: str) -> str:
        if name in self._family:
            return f"which is {_KIND['tap' if self._family[name] is None else 'socket']}"
        return "which was closed" if name in self._closed else "which was never opened"
