"""Counts queries, as a server's row in rethinkdb.stats tells them."""

from __future__ import annotations

import threading
import time


class Meter:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total = 0
        self._second = 0
        self._counts = [0, 0]  # in the second that is over, in this one

    def _advance(self) -> None:
        second = int(time.monotonic())
        if second != self._second:
            before = self._counts[1] if second == self._second + 1 else 0
            self._second, self._counts = second, [before, 0]

    def count(self) -> None:
        with self._lock:
            self._advance()
            self._total += 1
            self._counts[1] += 1

    def read(self) -> tuple[int, int]:
        """All, and those of the last second that is over."""
        with self._lock:
            self._advance()
            return self._total, self._counts[0]
