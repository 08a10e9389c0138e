"""What anybody could have seen: every table name, and how many documents it had when."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from .table import Table


class Sight:
    """One stretch of time in which a name stood for one table."""

    def __init__(self, table: "Table", event: str) -> None:
        self.name = table.full_name
        self.id = table.id
        self.since = time.time()
        self.until: Optional[float] = None
        self.event = event
        self.end: Optional[str] = None
        self.first = self.last = self.least = self.most = len(table)

    def count(self, number: int) -> None:
        self.last = number
        self.least = min(self.least, number)
        self.most = max(self.most, number)

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "id": self.id, "since": self.since, "until": self.until,
                "began": self.event, "ended": self.end, "first": self.first,
                "last": self.last, "least": self.least, "most": self.most}


class Observer:
    """Called with the store's lock held."""

    def __init__(self) -> None:
        self._sights: list[Sight] = []
        self._open: dict[str, Sight] = {}

    def appeared(self, table: "Table", event: str) -> None:
        sight = Sight(table, event)
        self._sights.append(sight)
        self._open[table.id] = sight

    def vanished(self, table: "Table", event: str) -> None:
        sight = self._open.pop(table.id, None)
        if sight:
            sight.until, sight.end = time.time(), event

    def changed(self, table: "Table") -> None:
        sight = self._open.get(table.id)
        if sight:
            sight.count(len(table))

    def reset(self, tables: list["Table"]) -> None:
        """Forgets the past; what stands now is where counting begins."""
        self._sights.clear()
        self._open.clear()
        for table in tables:
            self.appeared(table, "reset")

    def sights(self, name: Optional[str] = None) -> list[dict[str, Any]]:
        return [sight.to_json() for sight in self._sights if name in (None, sight.name)]

    def least(self, name: str) -> Optional[int]:
        """The fewest documents ever seen under the name; None where it was never seen."""
        seen = [sight.least for sight in self._sights if sight.name == name]
        return min(seen, default=None)
