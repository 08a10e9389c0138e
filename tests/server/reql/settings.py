"""What can be set at run time: sizes, speed, delays."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from .selection import Limits


@dataclass
class Settings:
    """Zero means no limit.

    segment      bytes in one send, so that TCP segments end anywhere
    rate         bytes a second on each connection, sent
    delay        seconds before every answer
    batch_rows   most rows in a batch, whatever the client asked for
    batch_bytes  most bytes in a batch
    index_build  seconds until a new index is ready
    estimates    times as many documents are estimated as there are
    max_query    the longest query in bytes
    others       queries a second that rethinkdb.stats tells of besides those it has answered,
                 of a document each
    monitors     the same without documents
    clock        seconds that rethinkdb.stats takes to have passed since the start, in the last of
                 which nothing was asked but by those two; 0: as many as have
    peer         1: the cluster has a second server, which has the primary replicas
    """

    segment: int = 0
    rate: float = 0
    delay: float = 0
    batch_rows: int = 0
    batch_bytes: int = 0
    index_build: float = 0
    estimates: int = 1
    max_query: int = 128 << 20
    others: int = 0
    monitors: int = 0
    clock: int = 0
    peer: int = 0

    def set(self, name: str, value: str) -> None:
        field = name.replace("-", "_")
        if field not in asdict(self):
            raise ValueError(f"no setting `{name}` ({', '.join(asdict(self))})")
        kind = type(getattr(type(self), field))
        number = float(value)
        setattr(self, field, int(number) if kind is int and field not in (
            "rate", "delay", "index_build") else number)

    def bounded(self, limits: Limits) -> Limits:
        rows, size = limits.rows, limits.size
        if self.batch_rows:
            rows = self.batch_rows if rows is None else min(rows, self.batch_rows)
        if self.batch_bytes:
            size = min(size, self.batch_bytes)
        return replace(limits, rows=rows, size=size)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
