"""Sequences: tables, ranges of them, streams, and the batches in which they are sent."""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable, Iterable, Iterator, Optional, Protocol, Union

from . import datum, key
from .datum import MAXVAL, MINVAL, Datum
from .error import failed
from .table import Table

if TYPE_CHECKING:
    from .system import SystemTable

HASH_SHARDS = 8
MEGABYTE = 1 << 20

Transform = Callable[[Iterable[Datum]], Iterator[Datum]]
IndexKeys = Callable[[Table, str, Datum], list[bytes]]


@dataclass
class Limits:
    """How much one batch may hold, by the server's rules."""

    rows: Optional[int] = None
    size: int = MEGABYTE
    first_divisor: int = 4

    def of_shard(self, first: bool) -> tuple[float, float]:
        """Rows and bytes that one hash shard contributes before the merge has to stop."""
        rows = float("inf") if self.rows is None else float(
            min(self.rows, self.rows * 8 // (7 * HASH_SHARDS) + 32))
        size = float(min(self.size, self.size * 8 // (7 * HASH_SHARDS) + 32))
        if first:
            rows = rows if self.rows is None else max(1, rows // self.first_divisor)
            size = max(1, size // self.first_divisor)
        return rows, size


class Source(Protocol):
    """Where a cursor's rows come from; `exhausted` is known only after a batch."""

    exhausted: bool

    def batch(self, limits: Limits, first: bool) -> list[str]: ...


def shard_of(at: bytes) -> int:
    return zlib.crc32(at) % HASH_SHARDS


class _Filling:
    """Counts what each hash shard has given; the first full shard ends the batch."""

    def __init__(self, limits: Limits, first: bool) -> None:
        self.rows, self.size = limits.of_shard(first)
        self._rows = [0] * HASH_SHARDS
        self._sizes = [0] * HASH_SHARDS

    def full_after(self, at: bytes, size: int) -> bool:
        shard = shard_of(at)
        self._rows[shard] += 1
        self._sizes[shard] += size
        return self._rows[shard] >= self.rows or self._sizes[shard] >= self.size


@dataclass
class Range:
    """A table, or the part of it between two keys of an index, in an order or in none."""

    table: Table
    index: Optional[str] = None
    left: Datum = MINVAL
    right: Datum = MAXVAL
    left_open: bool = False
    right_open: bool = True
    order: Optional[str] = None
    read_mode: str = "single"
    bounded: bool = False

    @property
    def by_primary(self) -> bool:
        return self.index in (None, self.table.primary_key)

    def ends(self, keys: list[bytes]) -> tuple[int, int]:
        """Where the range begins and ends among the primary keys."""
        left, right = key.bound(self.left, True), key.bound(self.right, True)
        low = (bisect_right if self.left_open else bisect_left)(keys, left)
        return low, max(low, (bisect_left if self.right_open else bisect_right)(keys, right))

    def primary_keys(self) -> list[bytes]:
        """Keys of the range, ascending; for a range of the primary key only."""
        keys = self.table.keys()
        low, high = self.ends(keys)
        return keys[low:high]

    def secondary_keys(self, index_keys: IndexKeys) -> list[tuple[bytes, bytes]]:
        """(index key, primary key) of every entry in the range, ascending."""
        left, right = key.bound(self.left, False), key.bound(self.right, False)
        found = []
        for at in self.table.keys():
            document = datum.load(self.table.text(at) or "null")
            for entry in index_keys(self.table, self.index or "", document):
                if self._inside(entry, left, right):
                    found.append((entry, at))
        return sorted(found)

    def _inside(self, entry: bytes, left: bytes, right: bytes) -> bool:
        after = entry > left if self.left_open else entry >= left
        before = entry < right if self.right_open else entry <= right
        return after and before

    def ordered(self, index_keys: IndexKeys) -> list[bytes]:
        """Primary keys in the order in which the range is read."""
        if self.by_primary:
            keys = self.primary_keys()
        else:
            keys = [at for _, at in self.secondary_keys(index_keys)]
        if self.order == "desc":
            return keys[::-1]
        if self.order is None:
            return sorted(keys, key=lambda at: (shard_of(at), at))
        return keys


class TableSource:
    """Rows of a range. In the primary key's order it goes on after the last key read, so that
    documents written meanwhile are seen or not as in a real table; else the keys are fixed."""

    def __init__(self, range: Range, index_keys: IndexKeys,
                 check: Callable[[Table], None]) -> None:
        self._range = range
        self._check = check
        self._lock = range.table.db.store.lock
        self._moving = range.by_primary and range.order == "asc"
        self._last: Optional[bytes] = None
        self.exhausted = False
        with self._lock:
            self._keys = [] if self._moving else range.ordered(index_keys)
        self._at = 0

    def _pending(self) -> Iterator[bytes]:
        if not self._moving:
            while self._at < len(self._keys):
                self._at += 1
                yield self._keys[self._at - 1]
            return
        keys = self._range.table.keys()
        low, high = self._range.ends(keys)
        start = low if self._last is None else bisect_right(keys, self._last)
        for position in range(start, high):
            self._last = keys[position]
            yield keys[position]

    def batch(self, limits: Limits, first: bool) -> list[str]:
        self._check(self._range.table)
        table = self._range.table
        filling = _Filling(limits, first)
        rows: list[str] = []
        with self._lock:
            if table.dropped:
                raise failed('Cannot perform read: primary replica for shard ["", +inf) not '
                             "available")
            for at in self._pending():
                text = table.text(at)
                if text is None:
                    continue
                rows.append(text)
                if filling.full_after(at, len(text)):
                    return rows
        self.exhausted = True
        return rows


class ValueSource:
    """Rows from an iterator of values."""

    def __init__(self, values: Iterable[Datum]) -> None:
        self._values = iter(values)
        self.exhausted = False

    def batch(self, limits: Limits, first: bool) -> list[str]:
        divisor = limits.first_divisor if first else 1
        most = float("inf") if limits.rows is None else max(1, limits.rows // divisor)
        size, rows = 0, []
        for value in self._values:
            rows.append(datum.encode(value))
            size += len(rows[-1])
            if len(rows) >= most or size >= max(1, limits.size // divisor):
                return rows
        self.exhausted = True
        return rows


@dataclass
class Stream:
    """A sequence that is not an array: rows of a source, then transforms in order."""

    source: Source
    transforms: list[Transform] = field(default_factory=list)
    table: Optional[Union[Table, "SystemTable"]] = None  # of a selection

    def then(self, transform: Transform) -> "Stream":
        return Stream(self.source, [*self.transforms, transform], None)

    def values(self) -> Iterator[Datum]:
        values: Iterable[Datum] = self._rows()
        for transform in self.transforms:
            values = transform(values)
        return iter(values)

    def _rows(self) -> Iterator[Datum]:
        first = True
        while not self.source.exhausted:
            for text in self.source.batch(Limits(), first):
                yield datum.load(text)
            first = False

    def sender(self) -> Source:
        return ValueSource(self.values()) if self.transforms else self.source


@dataclass
class Row:
    """One document by its primary key, there or not."""

    table: Table
    key: Datum

    def value(self) -> Datum:
        with self.table.db.store.lock:
            text = self.table.text(key.primary(self.key))
        return None if text is None else datum.load(text)
