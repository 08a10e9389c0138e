"""What was asked of the server: one record a query, kept in memory and as a JSON-lines file."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Optional, TextIO

from . import term

KEPT = 20000
LONGEST = 2000


def terms_of(raw: Any, depth: int = 0) -> set[str]:
    """Names of the terms in a query, documents left out."""
    if not isinstance(raw, list) or not raw or depth > 20:
        return set()
    found = {term.name_of(raw)}
    arguments = raw[1] if len(raw) > 1 and isinstance(raw[1], list) else []
    if raw[0] == term.NUMBER["INSERT"]:
        arguments = arguments[:1]
    for item in arguments:
        found |= terms_of(item, depth + 1)
    return found


def table_of(raw: Any, depth: int = 0) -> Optional[str]:
    """`db.table` of the first table the query names."""
    if not isinstance(raw, list) or len(raw) < 2 or not isinstance(raw[1], list) or depth > 20:
        return None
    if raw[0] in (term.NUMBER["TABLE"], term.NUMBER["TABLE_CREATE"], term.NUMBER["TABLE_DROP"]):
        home, name = raw[1][:1], raw[1][-1:]
        if home and isinstance(home[0], list) and len(home[0]) > 1 and name and isinstance(
                name[0], str):
            return f"{home[0][1][0]}.{name[0]}"
    for item in raw[1][:2]:
        found = table_of(item, depth + 1)
        if found:
            return found
    return None


def rows_of(raw: Any) -> Optional[int]:
    """How many documents an insert sends, where they are written out."""
    if term.name_of(raw) != "insert" or len(raw[1]) < 2:
        return None
    documents = raw[1][1]
    if isinstance(documents, list) and documents[:1] == [term.MAKE_ARRAY]:
        return len(documents[1])
    return None


class Journal:
    def __init__(self) -> None:
        self._file: Optional[TextIO] = None
        self._records: list[dict[str, Any]] = []
        self._changed = threading.Condition()

    def open(self, path: str) -> None:
        self._file = open(path, "a", encoding="utf-8", buffering=1)

    def add(self, **record: Any) -> None:
        record = {"time": round(time.time(), 6), **record}
        text = record.get("query")
        if isinstance(text, str) and len(text) > LONGEST:
            record["query"] = text[:LONGEST]
            record["cut"] = True
        with self._changed:
            self._records.append(record)
            del self._records[:-KEPT]
            if self._file:
                self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self._records.clear()

    def find(self, wanted: dict[str, str]) -> list[dict[str, Any]]:
        with self._changed:
            return [record for record in self._records if _fits(record, wanted)]

    def wait(self, wanted: dict[str, str], count: int, seconds: float) -> bool:
        """Until that many fitting records are there; false where the time is up first."""
        def enough() -> bool:
            return sum(_fits(record, wanted) for record in self._records) >= count
        with self._changed:
            return self._changed.wait_for(enough, seconds)


def _fits(record: dict[str, Any], wanted: dict[str, str]) -> bool:
    for name, value in wanted.items():
        found = record.get("terms", []) if name == "term" else [str(record.get(name))]
        if value not in found:
            return False
    return True
