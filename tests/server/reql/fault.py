"""Misbehaviour on command.

A fault is armed as words `name=value`: `at` says at which point of a conversation, `do` says
what happens; the others narrow down when, and say how. README.md lists them.
"""

from __future__ import annotations

import shlex
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from .error import CLASSES, OP_FAILED, ReqlError, failed, refused

Context = dict[str, Any]

POINTS = ("accept", "hello", "first", "final", "query", "read", "write", "rename", "index",
          "reply", "batch", "sent", "received", "permission")
ACTIONS = ("drop", "stall", "error", "unavailable", "kill", "run", "forbid", "text", "refuse",
           "signature", "length", "token", "garbage", "cut")
MATCHED = ("term", "table", "user", "name", "conn")
# What the connection itself has to carry out, with the answer in its hands.
ANSWERED = ("text", "refuse", "signature", "length", "token", "garbage", "cut")


class Drop(Exception):
    """Ends a connection, at once and without a word; `reset` for a RST."""

    def __init__(self, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


@dataclass
class Fault:
    id: int
    at: str
    do: str
    match: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    nth: int = 1
    times: float = 1
    until: float = float("inf")
    reached: int = 0
    fired: int = 0
    remaining: int = 0
    cleared: threading.Event = field(default_factory=threading.Event)

    def applies(self, context: Context) -> bool:
        return all(self._matches(name, wanted, context) for name, wanted in self.match.items())

    def _matches(self, name: str, wanted: str, context: Context) -> bool:
        found = context.get(name)
        if name == "term":
            return wanted in context.get("terms", ())
        return str(found) in wanted.split(",")

    def due(self) -> bool:
        """Counts this arrival, and says whether it is one to act on."""
        if time.monotonic() > self.until or self.fired >= self.times:
            return False
        self.reached += 1
        if self.reached < self.nth:
            return False
        self.fired += 1
        return True

    def number(self, name: str, default: float) -> float:
        return float(self.words.get(name, default))

    def to_json(self) -> Context:
        return {"id": self.id, "at": self.at, "do": self.do, **self.match, **self.words,
                "nth": self.nth, "times": "always" if self.times == float("inf") else self.times,
                "reached": self.reached, "fired": self.fired}


def parse(parts: list[str], number: int) -> Fault:
    """One part with all the words in it will do as well."""
    if len(parts) == 1:
        parts = shlex.split(parts[0])
    words = dict(_word(part) for part in parts)
    at, do = words.pop("at", ""), words.pop("do", "")
    if at not in POINTS:
        raise ValueError(f"at={at} is no point ({', '.join(POINTS)})")
    if do not in ACTIONS:
        raise ValueError(f"do={do} is no action ({', '.join(ACTIONS)})")
    match = {name: words.pop(name) for name in MATCHED if name in words}
    nth = int(words.pop("nth", 1))
    seconds = float(words.pop("for", 0))
    default = "always" if seconds or do == "forbid" else "1"
    times = words.pop("times", default)
    return Fault(number, at, do, match, words, nth,
                 float("inf") if times == "always" else int(times),
                 time.monotonic() + seconds if seconds else float("inf"),
                 remaining=int(words.get("bytes", 0)))


def _word(part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals:
        raise ValueError(f"`{part}` is not name=value")
    return name, value


class Faults:
    """The armed ones. `kill` and `run` are given by the server."""

    def __init__(self, kill: Callable[[bool], None], run: Callable[[str], object]) -> None:
        self._lock = threading.Condition()
        self._faults: list[Fault] = []
        self._next = 1
        self._kill = kill
        self._run = run

    def arm(self, words: list[str]) -> Fault:
        with self._lock:
            fault = parse(words, self._next)
            self._next += 1
            self._faults.append(fault)
        return fault

    def clear(self, number: Optional[int] = None) -> None:
        """Whom a stall holds up goes on."""
        with self._lock:
            for one in self._faults:
                if number in (None, one.id):
                    one.cleared.set()
            self._faults = [one for one in self._faults if not one.cleared.is_set()]

    def all(self) -> list[Context]:
        with self._lock:
            return [one.to_json() for one in self._faults]

    def _due(self, at: str, context: Context) -> list[Fault]:
        if not self._faults:
            return []
        with self._lock:
            due = [one for one in self._faults
                   if one.at == at and one.applies(context) and one.due()]
            if due:
                self._lock.notify_all()
            return due

    def wait(self, number: int, fired: int, seconds: float) -> bool:
        """Until the fault has fired so often; false when it has not within so many seconds."""
        with self._lock:
            return self._lock.wait_for(
                lambda: any(one.id == number and one.fired >= fired for one in self._faults),
                seconds)

    def reach(self, at: str, context: Context) -> list[Fault]:
        """Acts; returns what the connection has to carry out itself."""
        due = self._due(at, context)
        for fault in due:
            if fault.do not in ANSWERED:
                self._act(fault, at)
        return [fault for fault in due if fault.do in ANSWERED]

    def _act(self, fault: Fault, at: str) -> None:
        if fault.do == "stall":
            fault.cleared.wait(fault.number("seconds", 1))
        elif fault.do == "drop":
            raise Drop(fault.words.get("how") == "reset")
        elif fault.do == "kill":
            self._kill(fault.words.get("lose") == "unsynced")
        elif fault.do == "run":
            self._run(fault.words["command"])
        elif fault.do == "unavailable":
            way = "write" if at == "write" else "read"
            raise failed(f'Cannot perform {way}: primary replica for shard ["", +inf) not '
                         "available")
        elif fault.do == "error":
            code = fault.words.get("code", "OP_FAILED")
            raise ReqlError(CLASSES.get(code, OP_FAILED), fault.words.get("message", "Told to."))

    def check_permission(self, flag: str, table: str, user: str) -> None:
        context = {"table": table, "user": user, "name": flag}
        if any(fault.do == "forbid" for fault in self._due("permission", context)):
            raise refused(user, flag)

    def allowance(self, at: str, size: int, context: Context) -> Optional[int]:
        """How many of the bytes still pass before a drop that is due among them."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.at != at or not fault.applies(context) or fault.fired >= fault.times:
                    continue
                if fault.remaining >= size:
                    fault.remaining -= size
                    continue
                passed, fault.remaining = fault.remaining, int(fault.number("bytes", 0))
                fault.fired += 1
                self._lock.notify_all()
                return passed
        return None
