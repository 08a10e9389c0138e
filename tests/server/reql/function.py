"""Functions kept by tables: index functions and write hooks, in the server's binary form.

After the prefix come, little-endian: for an index four bytes of versions; six bytes of captured
scope (empty); the number of arguments (one byte) and each argument's symbol (eight bytes); the
length (four bytes) and the JSON text of the body with a zero at its end, where every term ends
with its backtrace number; then the body's backtrace number (four bytes), and for an index
the flags `multi` and `geo`.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

from . import term
from .datum import Datum, binary, binary_bytes
from .error import logic
from .javascript import print_function

INDEX_PREFIX = b"$reql_index_function$"
HOOK_PREFIX = b"$reql_write_hook_function$"
_VERSIONS = b"\x09\x07\x07\x07"
_CAPTURED = b"\0" * 6
_FIRST_FRAME = 9
_INDEX_VARIABLE = -19

Term = Any


@dataclass(frozen=True)
class Function:
    """A stored function: its arguments' symbols, its body as a raw term, its binary form."""

    arguments: tuple[int, ...]
    body: Term
    data: bytes

    def javascript(self) -> str:
        return print_function(self.arguments, self.body)

    def binary(self) -> Datum:
        return binary(self.data)


@dataclass(frozen=True)
class IndexFunction:
    function: Function
    multi: bool
    geo: bool

    def query(self, name: str) -> str:
        flags = [f"{flag}: true" for flag in ("multi", "geo") if getattr(self, flag)]
        options = ", {" + ", ".join(flags) + "}" if flags else ""
        return f"indexCreate('{name}', {self.function.javascript()}{options})"


def hook_query(function: Function) -> str:
    return f"setWriteHook({function.javascript()})"


# --- reading -----------------------------------------------------------------------------


class _Damaged(Exception):
    pass


_SHORT = ("Deserialization of sindex description failed with error archive_result_t::SOCK_EOF.")


def _strip(node: Term) -> Term:
    """A stored term as a query would write it: without its backtrace number."""
    if not isinstance(node, list) or not node:
        raise _Damaged(_SHORT)
    if node[0] == term.DATUM:
        return [term.DATUM, node[1]]
    parts = node[1:-1]
    arguments = [_strip(item) for part in parts if isinstance(part, list) for item in part]
    options = {name: _strip(item) for part in parts if isinstance(part, dict)
               for name, item in part.items()}
    return [node[0], arguments, options]


def _split(data: bytes, at: int) -> tuple[tuple[int, ...], Term, bytes]:
    """Symbols, body and what follows the body's text."""
    try:
        count = data[at + len(_CAPTURED)]
        at += len(_CAPTURED) + 1
        symbols = struct.unpack_from(f"<{count}q", data, at)
        at += 8 * count
        length, = struct.unpack_from("<I", data, at)
        text = data[at + 4:at + 3 + length]
        return symbols, _strip(json.loads(text)), data[at + 4 + length:]
    except (IndexError, struct.error, ValueError) as err:
        raise _Damaged(_SHORT) from err


def read_index(value: Datum) -> IndexFunction:
    data = binary_bytes(value)
    if not data.startswith(INDEX_PREFIX):
        raise logic("Cannot create an sindex except from a reql_index_function returned from "
                    "`index_status` in the field `function`.")
    try:
        symbols, body, rest = _split(data, len(INDEX_PREFIX) + len(_VERSIONS))
        if len(rest) != 6:
            raise _Damaged(_SHORT)
    except _Damaged as err:
        raise logic("Binary blob passed to index create could not be interpreted as a "
                    f"reql_index_function ({err}).") from None
    return IndexFunction(Function(symbols, body, data), rest[4] == 1, rest[5] == 1)


def read_hook(value: Datum) -> Function:
    data = binary_bytes(value)
    if not data.startswith(HOOK_PREFIX):
        raise logic("Cannot create a write hook except from a reql_write_hook_function "
                    "returned from `get_write_hook`.")
    try:
        symbols, body, _ = _split(data, len(HOOK_PREFIX))
    except _Damaged as err:
        raise logic(str(err)) from None
    return Function(symbols, body, data)


# --- writing -----------------------------------------------------------------------------


class _Numbering:
    """Gives every term its backtrace number, parents before children."""

    def __init__(self, first: int) -> None:
        self.next = first

    def _take(self) -> int:
        self.next += 1
        return self.next - 1

    def node(self, raw: Term) -> Term:
        number = self._take()
        if isinstance(raw, dict):
            return [term.MAKE_OBJ, self._options(raw), number]
        if not isinstance(raw, list):
            return [term.DATUM, raw, number]
        if raw[0] == term.DATUM:
            return [term.DATUM, raw[1], number]
        arguments = [self.node(item) for item in (raw[1] if len(raw) > 1 else [])]
        options = self._options(raw[2] if len(raw) > 2 else {})
        if raw[0] == term.MAKE_OBJ:
            return [raw[0], options, number]
        return [raw[0], arguments, options, number] if options else [raw[0], arguments, number]

    def _options(self, raw: dict[str, Term]) -> dict[str, Term]:
        return {name: self.node(item) for name, item in raw.items()}


def _body(symbols: tuple[int, ...], body: Term, first: int) -> bytes:
    text = json.dumps(_Numbering(first).node(body), separators=(",", ":"),
                      ensure_ascii=False).encode() + b"\0"
    return (_CAPTURED + bytes([len(symbols)]) + struct.pack(f"<{len(symbols)}q", *symbols)
            + struct.pack("<I", len(text)) + text + struct.pack("<I", first))


def write_index(symbols: tuple[int, ...], body: Term, multi: bool, geo: bool) -> IndexFunction:
    data = (INDEX_PREFIX + _VERSIONS + _body(symbols, body, _FIRST_FRAME)
            + bytes([multi, geo]))
    return IndexFunction(Function(symbols, body, data), multi, geo)


def write_hook(symbols: tuple[int, ...], body: Term) -> Function:
    return Function(symbols, body, HOOK_PREFIX + _body(symbols, body, _FIRST_FRAME + 1))


def index_on_field(name: str, multi: bool, geo: bool) -> IndexFunction:
    """What index_create('name') without a function makes."""
    variable = [term.VAR, [[term.DATUM, _INDEX_VARIABLE]], {}]
    body = [term.NUMBER["GET_FIELD"], [variable, [term.DATUM, name]], {}]
    made = write_index((_INDEX_VARIABLE,), body, multi, geo)
    data = _without_frames(made.function.data)
    return IndexFunction(Function(made.function.arguments, body, data), multi, geo)


def _without_frames(data: bytes) -> bytes:
    """The server's own functions have backtrace number zero everywhere."""
    at = len(INDEX_PREFIX) + len(_VERSIONS)
    symbols, body, rest = _split(data, at)
    text = json.dumps(_zeroed(body), separators=(",", ":"), ensure_ascii=False).encode() + b"\0"
    return (data[:at] + _CAPTURED + bytes([len(symbols)])
            + struct.pack(f"<{len(symbols)}q", *symbols) + struct.pack("<I", len(text)) + text
            + b"\0" * 4 + rest[-2:])


def _zeroed(node: Term) -> Term:
    if node[0] == term.DATUM:
        return [term.DATUM, node[1], 0]
    return [node[0], [_zeroed(item) for item in node[1]], 0]
