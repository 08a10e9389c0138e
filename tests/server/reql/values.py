"""Terms on values: functions, branches, comparison, arithmetic, objects and arrays."""

from __future__ import annotations

from typing import Any, Callable
from uuid import UUID, uuid4, uuid5

from . import datum, term
from .datum import MAXVAL, MINVAL, Datum
from .error import USER, ReqlError, compile_error, logic, missing, mistyped
from .query import Call, Closure, Value, handler, value_type
from .selection import Stream


_NAMESPACE = UUID("91461c99-f89d-49d2-af96-d8e2e14e9b58")


def truth(value: Datum) -> bool:
    return value is not None and value is not False


@handler("VAR", 1)
def var(call: Call) -> Value:
    symbol = call.datum(0)
    if symbol not in call.scope.variables:
        raise compile_error("Variable name not found.", call.path)
    return call.scope.variables[symbol]


@handler("IMPLICIT_VAR", 0)
def row(call: Call) -> Value:
    if call.scope.row is None:
        raise compile_error("r.row is not defined in this context.", call.path)
    return call.scope.row[0]


def _symbols(raw: Any, call: Call) -> tuple[int, ...]:
    items = raw[1] if isinstance(raw, list) and len(raw) > 1 else None
    plain = [item[1] if isinstance(item, list) and item[:1] == [term.DATUM] else item
             for item in items or []]
    if items is None or not all(datum.is_number(item) for item in plain):
        raise compile_error("CLIENT ERROR: FUNC variables must be a literal *array* of numbers.",
                            call.path)
    return tuple(plain)


@handler("FUNC", 2)
def func(call: Call) -> Value:
    symbols = _symbols(call.arguments[0], call)
    return Closure(call.query, symbols, call.arguments[1], call.scope, call.path)


@handler("FUNCALL", 1, None)
def funcall(call: Call) -> Value:
    values = [call.arg(number) for number in range(1, len(call))]
    return call.function(0)(*values)


@handler("BRANCH", 3, None)
def branch(call: Call) -> Value:
    if len(call) % 2 == 0:
        raise logic("Cannot call `branch` term with an even number of arguments.")
    for number in range(0, len(call) - 1, 2):
        if truth(call.datum(number)):
            return call.arg(number + 1)
    return call.arg(len(call) - 1)


@handler("ERROR", 0, 1)
def error(call: Call) -> Value:
    if not len(call):
        raise logic("Empty ERROR term outside a default block.")
    raise ReqlError(USER, call.string(0))


@handler("DEFAULT", 2)
def default(call: Call) -> Value:
    try:
        value = call.arg(0)
        found = value if isinstance(value, Stream) else call.query.as_datum(value)
    except ReqlError as err:
        if err.code not in (3100000, USER):
            raise
        found = None
    return call.arg(1) if found is None else found


@handler("AND", 0, None)
def conjunction(call: Call) -> Datum:
    return all(truth(call.datum(number)) for number in range(len(call)))


@handler("OR", 0, None)
def disjunction(call: Call) -> Datum:
    return any(truth(call.datum(number)) for number in range(len(call)))


@handler("NOT", 1)
def negation(call: Call) -> Datum:
    return not truth(call.datum(0))


def _chain(call: Call, holds: Callable[[Datum, Datum], bool]) -> bool:
    values = [call.datum(number) for number in range(len(call))]
    return all(holds(left, right) for left, right in zip(values, values[1:]))


@handler("EQ", 2, None)
def eq(call: Call) -> Datum:
    return _chain(call, datum.equal)


@handler("NE", 2, None)
def ne(call: Call) -> Datum:
    return not _chain(call, datum.equal)


@handler("LT", 2, None)
def lt(call: Call) -> Datum:
    return _chain(call, lambda left, right: datum.order(left) < datum.order(right))


@handler("LE", 2, None)
def le(call: Call) -> Datum:
    return _chain(call, lambda left, right: datum.order(left) <= datum.order(right))


@handler("GT", 2, None)
def gt(call: Call) -> Datum:
    return _chain(call, lambda left, right: datum.order(left) > datum.order(right))


@handler("GE", 2, None)
def ge(call: Call) -> Datum:
    return _chain(call, lambda left, right: datum.order(left) >= datum.order(right))


@handler("ADD", 1, None)
def add(call: Call) -> Datum:
    values = [call.datum(number) for number in range(len(call))]
    if all(isinstance(value, str) for value in values):
        return "".join(values)
    if all(isinstance(value, list) for value in values):
        return [item for value in values for item in value]
    return datum.narrow(float(sum(_numbers(call))))


def _numbers(call: Call) -> list[float]:
    return [call.typed(number, "NUMBER") for number in range(len(call))]


@handler("SUB", 1, None)
def sub(call: Call) -> Datum:
    first, *rest = _numbers(call)
    return datum.narrow(float(first - sum(rest)))


@handler("MUL", 1, None)
def mul(call: Call) -> Datum:
    product = 1.0
    for value in _numbers(call):
        product *= value
    return datum.narrow(product)


@handler("DIV", 1, None)
def div(call: Call) -> Datum:
    quotient, *rest = _numbers(call)
    for value in rest:
        if value == 0:
            raise logic("Cannot divide by zero.")
        quotient /= value
    return datum.narrow(float(quotient))


@handler("MINVAL", 0)
def minval(call: Call) -> Datum:
    return MINVAL


@handler("MAXVAL", 0)
def maxval(call: Call) -> Datum:
    return MAXVAL


@handler("NOW", 0)
def now(call: Call) -> Datum:
    return call.query.now


@handler("JSON", 1)
def json(call: Call) -> Datum:
    return datum.from_json(call.string(0))


@handler("TO_JSON_STRING", 1)
def to_json_string(call: Call) -> Datum:
    return datum.encode(call.datum(0))


@handler("BINARY", 1)
def binary(call: Call) -> Datum:
    value = call.datum(0)
    return datum.binary(value.encode()) if isinstance(value, str) else value


@handler("LITERAL", 0, 1)
def literal(call: Call) -> Datum:
    value = {"value": call.datum(0)} if len(call) else {}
    return {datum.TYPE_KEY: "LITERAL", **value}


@handler("OBJECT", 0, None)
def object_(call: Call) -> Datum:
    return {call.string(number): call.datum(number + 1) for number in range(0, len(call), 2)}


@handler("MERGE", 1, None)
def merge(call: Call) -> Datum:
    value = call.datum(0)
    if not isinstance(value, dict):
        raise unfit("merge", value)
    for number in range(1, len(call)):
        other = call.arg(number)
        change = call.query.as_datum(other(value) if isinstance(other, Closure) else other)
        value = datum.merge(value, change)
    return value


def unfit(what: str, value: Datum) -> ReqlError:
    return mistyped(value, f"Cannot perform {what} on a non-object non-sequence "
                           f"`{datum.short(value)}`.")


def field_of(value: Datum, name: str, what: str = "get_field") -> Datum:
    if not isinstance(value, dict):
        raise unfit(what, value)
    if name not in value:
        raise missing(f"No attribute `{name}` in object:\n{datum.pretty(value)}")
    return value[name]


@handler("KEYS", 1)
def keys(call: Call) -> Datum:
    return sorted(call.typed(0, "OBJECT"))


@handler("SET_DIFFERENCE", 2)
def set_difference(call: Call) -> Datum:
    removed = {datum.encode(value) for value in call.typed(1, "ARRAY")}
    kept = {datum.encode(value): value for value in call.typed(0, "ARRAY")}
    return sorted((value for text, value in kept.items() if text not in removed),
                  key=datum.order)


@handler("TYPE_OF", 1)
def type_of(call: Call) -> Datum:
    value = call.arg(0)
    kind = value_type(value)
    return datum.type_name(value) if kind == "DATUM" else kind


@handler("UUID", 0, 1)
def uuid(call: Call) -> Datum:
    return str(uuid5(_NAMESPACE, call.string(0)) if len(call) else uuid4())


@handler("ARGS", 1)
def args(call: Call) -> Datum:
    return call.datum(0)
