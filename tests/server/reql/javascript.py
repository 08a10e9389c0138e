"""Prints a stored function as the JavaScript that `index_status` shows in `query`."""

from __future__ import annotations

from typing import Any

from . import term
from .datum import encode_base64, binary_bytes, pseudotype

Term = Any

# Terms written r.name(a, b) rather than a.name(b).
_FREE = set("""ERROR UUID HTTP DB EQ NE LT LE GT GE NOT ADD SUB MUL DIV MOD BIT_AND BIT_OR BIT_XOR
BIT_NOT BIT_SAL BIT_SAR OBJECT RANGE DB_CREATE DB_DROP DB_LIST BRANCH OR AND JSON ISO8601
EPOCH_TIME NOW TIME MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY JANUARY FEBRUARY
MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER LITERAL RANDOM GEOJSON POINT
LINE POLYGON CIRCLE DATUM VAR MAKE_ARRAY MAKE_OBJ ARGS JAVASCRIPT ASC DESC MINVAL MAXVAL""".split())


def print_function(symbols: tuple[int, ...], body: Term) -> str:
    names = ", ".join(_variable(symbol) for symbol in symbols)
    return f"function({names}) {{ return {_Printer().node(body)}; }}"


def _variable(symbol: int) -> str:
    return f"var{symbol}" if symbol >= 0 else f"_var{-symbol}"


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def _parts(node: Term) -> tuple[int, list[Term], dict[str, Term]]:
    """Type, arguments and optional arguments of a term in any of its written forms."""
    if isinstance(node, dict):
        return term.MAKE_OBJ, [], node
    if not isinstance(node, list):
        return term.DATUM, [node], {}
    if node[0] == term.DATUM:
        return term.DATUM, [node[1]], {}
    arguments = node[1] if len(node) > 1 else []
    return node[0], arguments, node[2] if len(node) > 2 else {}


def _datum(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(int(value)) if value == int(value) else f"{value:.6f}"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(map(_datum, value)) + "]"
    if pseudotype(value) == "BINARY":
        return f"Buffer({encode_base64(binary_bytes(value))}, 'base64')"
    return "{" + ", ".join(f'"{name}": {_datum(item)}' for name, item in value.items()) + "}"


class _Printer:
    """`expression` is true inside r.expr(), where plain values need no wrapping."""

    def __init__(self) -> None:
        self.expression = False

    def _inside(self, node: Term) -> str:
        outer, self.expression = self.expression, True
        text = self.node(node)
        self.expression = outer
        return text

    def _list(self, nodes: list[Term]) -> list[str]:
        return [self._inside(item) for item in nodes]

    def node(self, node: Term) -> str:
        kind, arguments, options = _parts(node)
        if kind == term.DATUM:
            return _datum(arguments[0]) if self.expression else f"r.expr({_datum(arguments[0])})"
        if kind == term.VAR:
            return _variable(_parts(arguments[0])[1][0])
        if kind == term.IMPLICIT_VAR:
            return "r.row"
        if kind == term.MAKE_ARRAY:
            text = "[" + ", ".join(self._list(arguments)) + "]"
            return text if self.expression else f"r.expr({text})"
        if kind == term.MAKE_OBJ:
            return self._object(options)
        if kind == term.FUNC:
            return self._function(arguments)
        return self._call(kind, arguments, options)

    def _object(self, options: dict[str, Term]) -> str:
        if self.expression:
            return "{" + ", ".join(f'"{name}": {self._inside(item)}'
                                   for name, item in options.items()) + "}"
        return "r.object(" + ", ".join(f'"{name}", {self._inside(item)}'
                                       for name, item in options.items()) + ")"

    def _function(self, arguments: list[Term]) -> str:
        symbols = tuple(_parts(item)[1][0] for item in _parts(arguments[0])[1])
        outer, self.expression = self.expression, False
        text = print_function(symbols, arguments[1])
        self.expression = outer
        return text

    def _call(self, kind: int, arguments: list[Term], options: dict[str, Term]) -> str:
        name = term.NAME.get(kind, str(kind))
        rest = self._list(arguments[1:])
        if options:
            rest.append("{" + ", ".join(f'"{_camel(option)}": {self._inside(item)}'
                                        for option, item in options.items()) + "}")
        if name in _FREE or not arguments:
            inner = self._list(arguments[:1]) + rest
            return f"r.{_camel(name)}({', '.join(inner)})"
        if kind == term.BRACKET:
            return f"{self._subject(arguments[0])}({', '.join(rest)})"
        if kind == term.FUNCALL and len(arguments) == 2:
            return f"{self._subject(arguments[1])}.do({self._inside(arguments[0])})"
        return f"{self._subject(arguments[0])}.{_camel(name)}({', '.join(rest)})"

    def _subject(self, node: Term) -> str:
        outer, self.expression = self.expression, False
        text = self.node(node)
        self.expression = outer
        return text
