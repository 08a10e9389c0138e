"""Terms that read: tables, ranges, single documents, and what is done to sequences."""

from __future__ import annotations

from itertools import islice
from typing import Any, Callable, Iterable, Iterator, Union

from . import datum, key, system, term
from .datum import MINVAL, Datum
from .error import NON_EXISTENCE, PERMISSION_ERROR, ReqlError, failed, logic, missing, mistyped
from .query import Call, Closure, Listed, Selected, Value, handler, value_type
from .selection import Range, Row, Stream, ValueSource
from .system import SystemRow, SystemTable
from .table import Database, Table
from .user import SYSTEM
from .values import field_of, truth, unfit


@handler("DB", 1)
def db(call: Call) -> Value:
    name = call.name(0, "Database")
    if name == SYSTEM:
        return Database(call.query.store, SYSTEM, call.query.server.system_id)
    with call.query.store.lock:
        return call.query.store.find(name)


@handler("TABLE", 1, 2, "read_mode use_outdated identifier_format")
def table(call: Call) -> Value:
    if call.option("use_outdated") is not None:
        raise logic("The `use_outdated` optarg is no longer supported.  Use the `read_mode` "
                    "optarg instead.")
    mode = call.option("read_mode", "single")
    if mode not in ("single", "majority", "outdated", "_debug_direct"):
        raise logic(f'Read mode `{mode}` unrecognized (options are "majority", "single", and '
                    '"outdated").')
    home = call.database(0) if len(call) == 2 else _default_database(call)
    name = call.name(len(call) - 1, "Table")
    if home.name == SYSTEM:
        return system.find(call.query.server, name)
    with call.query.store.lock:
        return Range(home.find(name), read_mode=mode)


def _default_database(call: Call) -> Database:
    raw = call.query.options.get("db", [term.NUMBER["DB"], ["test"]])
    value = call.query.evaluate(raw, call.scope, call.path)
    assert isinstance(value, Database)
    return value


@handler("GET", 2)
def get(call: Call) -> Value:
    source = call.any_table(0)
    at = call.datum(1)
    key.primary(at)
    if isinstance(source, SystemTable):
        call.query.allow(source, "read")
        return SystemRow(source, at)
    call.query.allow(source.table, "read")
    call.query.touch(source.table, "read")
    return Row(source.table, at)


@handler("GET_ALL", 1, None, "index")
def get_all(call: Call) -> Value:
    source = call.any_table(0)
    wanted = [call.datum(number) for number in range(1, len(call))]
    name = call.option("index") or _primary_key(source)
    rows: list[Datum] = []
    for at in wanted:
        rows.extend(_matching(call, source, name, at))
    return Stream(ValueSource(rows), table=getattr(source, "table", None))


def _primary_key(source: Union[Range, SystemTable]) -> str:
    return source.table.primary_key if isinstance(source, Range) else source.primary_key


def _matching(call: Call, source: Union[Range, SystemTable], name: str,
              at: Datum) -> Iterator[Datum]:
    if isinstance(source, SystemTable):
        return (row for row in source.rows() if datum.equal(row.get("id"), at))
    if name != source.table.primary_key:
        source.table.find_index(name)
    narrow = Range(source.table, name, at, at, right_open=False)
    return call.query.as_sequence(narrow)


@handler("BETWEEN", 3, options="index left_bound right_bound")
def between(call: Call) -> Value:
    source = call.arg(0)
    if not isinstance(source, Range):
        raise call.at(0, call.query.mismatch("TABLE_SLICE", source))
    if source.bounded:
        raise logic("Cannot perform multiple BETWEENs on the same table.").at(
            call.path + (0, 0))
    name = call.option("index") or source.index or source.table.primary_key
    if source.index is not None and source.index != name:
        raise logic(f"Cannot call BETWEEN on index `{name}` after ordering on index "
                    f"`{source.index}`.")
    if name != source.table.primary_key:
        source.table.find_index(name)
    left, right = _end(call, 1), _end(call, 2)
    return Range(source.table, name, left, right, _open(call, "left_bound", False),
                 _open(call, "right_bound", True), source.order, source.read_mode, True)


def _end(call: Call, number: int) -> Datum:
    value = call.datum(number)
    if value is None:
        raise call.at(number, logic("Cannot use `null` in BETWEEN, use `r.minval` or `r.maxval` "
                                    "to denote unboundedness."))
    return value


def _open(call: Call, name: str, default: bool) -> bool:
    value = call.option(name)
    if value is None:
        return default
    if value not in ("open", "closed"):
        raise logic(f"Expected `open` or `closed` for optarg `{name}` "
                    f"(got `{datum.pretty(value)}`).")
    return bool(value == "open")


@handler("ORDER_BY", 1, None, "index")
def order_by(call: Call) -> Value:
    source = call.arg(0)
    raw = call.options.get("index")
    if raw is not None:
        source = _by_index(call, source, raw)
    elif len(call) < 2:
        raise logic("Must specify something to order by.")
    return source if len(call) < 2 else _sorted(call, source)


def _direction(raw: Any) -> tuple[str, Any]:
    for name in ("ASC", "DESC"):
        if isinstance(raw, list) and raw[:1] == [term.NUMBER[name]]:
            return name.lower(), raw[1][0]
    return "asc", raw


def _by_index(call: Call, source: Value, raw: Any) -> Value:
    order, raw = _direction(raw)
    name = call.query.evaluate(raw, call.scope, call.path + ("index",))
    if isinstance(source, SystemTable):
        rows = call.query.stream(source).values()
        return Stream(Listed(sorted(rows, key=lambda row: datum.order(row["id"]))))
    if not isinstance(source, Range):
        raise logic("Indexed order_by can only be performed on a TABLE or TABLE_SLICE. Make "
                    "sure order_by comes before any transformations (such as map) or filters.")
    if source.order is not None:
        raise logic("Cannot perform multiple indexed ORDER_BYs on the same table.")
    if source.bounded and source.index != name:
        raise logic(f"Cannot order by index `{name}` after calling BETWEEN on index "
                    f"`{source.index}`.")
    if name != source.table.primary_key:
        source.table.find_index(name)
    return Range(source.table, name, source.left, source.right, source.left_open,
                 source.right_open, order, source.read_mode, source.bounded)


def _sorted(call: Call, source: Value) -> Value:
    rows = list(call.query.as_sequence(source))
    for number in range(len(call) - 1, 0, -1):
        order, raw = _direction(call.arguments[number])
        pick = _picker(call, call.query.evaluate(raw, call.scope, call.path + (number,)))
        rows.sort(key=lambda row: datum.order(pick(row)), reverse=order == "desc")
    return Selected(source.table, rows) if isinstance(source, Range) else rows


def _picker(call: Call, by: Value) -> Callable[[Datum], Datum]:
    if isinstance(by, Closure):
        return lambda row: call.query.as_datum(by(row))
    return lambda row: row.get(by) if isinstance(row, dict) else None


# --- sequences ---------------------------------------------------------------------------


def transformed(call: Call, source: Value,
                transform: Callable[[Iterable[Datum]], Iterator[Datum]]) -> Value:
    """The sequence with each row run through: still a stream, or an array."""
    if isinstance(source, (Range, SystemTable)):
        return call.query.stream(source).then(transform)
    if isinstance(source, Stream):
        return source.then(transform)
    return list(transform(call.query.as_sequence(source)))


def is_sequence(value: Value) -> bool:
    return value_type(value) in ("TABLE", "TABLE_SLICE", "SEQUENCE", "SELECTION") or isinstance(
        value, list)


def _skipping(source: Iterable[Datum], pick: Callable[[Datum], Datum]) -> Iterator[Datum]:
    """Rows for which the value exists."""
    for value in source:
        try:
            yield pick(value)
        except ReqlError as error:
            if error.code != NON_EXISTENCE:
                raise


def _get(call: Call, name: str, what: str) -> Value:
    source = call.arg(0)
    if is_sequence(source):
        return transformed(call, source,
                           lambda rows: _skipping(rows, lambda row: field_of(row, name)))
    value = call.query.as_datum(source)
    if not isinstance(value, dict):
        raise call.at(0, unfit(what, value))
    return field_of(value, name)


@handler("GET_FIELD", 2)
def get_field(call: Call) -> Value:
    return _get(call, call.string(1), "get_field")


@handler("BRACKET", 2)
def bracket(call: Call) -> Value:
    wanted = call.datum(1)
    if isinstance(wanted, str):
        return _get(call, wanted, "bracket")
    if not datum.is_number(wanted):
        raise logic("Expected NUMBER or STRING as second argument to `bracket` but found "
                    f"{datum.type_name(wanted)}.")
    return _nth(call, wanted)


@handler("NTH", 2)
def nth(call: Call) -> Value:
    return _nth(call, call.typed(1, "NUMBER"))


def _nth(call: Call, number: int) -> Value:
    rows = call.sequence(0)
    if number >= 0:
        for row in islice(rows, number, None):
            return row
    else:
        found = list(rows)
        if -number <= len(found):
            return found[number]
    raise missing(f"Index out of bounds: {number}")


def _patterns(call: Call) -> list[Datum]:
    found: list[Datum] = []
    for number in range(1, len(call)):
        value = call.datum(number)
        found.extend(value if isinstance(value, list) else [value])
    return found


def _pluck(value: Datum, patterns: list[Datum]) -> Datum:
    result: dict[str, Datum] = {}
    for pattern in patterns:
        if isinstance(pattern, str):
            if pattern in value:
                result[pattern] = value[pattern]
            continue
        for name, inner in pattern.items():
            if name not in value:
                continue
            if inner is True:
                result[name] = value[name]
            elif isinstance(value[name], dict):
                wanted = inner if isinstance(inner, list) else [inner]
                result[name] = datum.merge(result.get(name, {}), _pluck(value[name], wanted))
    return result


def _per_object(call: Call, change: Callable[[Datum], Datum]) -> Value:
    source = call.arg(0)
    if is_sequence(source):
        return transformed(call, source, lambda rows: map(change, rows))
    return change(call.query.as_datum(source))


@handler("PLUCK", 1, None)
def pluck(call: Call) -> Value:
    patterns = _patterns(call)
    return _per_object(call, lambda value: _pluck(value, patterns))


@handler("WITHOUT", 1, None)
def without(call: Call) -> Value:
    names = set(_patterns(call))
    return _per_object(call, lambda value: {name: item for name, item in value.items()
                                            if name not in names})


@handler("HAS_FIELDS", 1, None)
def has_fields(call: Call) -> Value:
    names = _patterns(call)

    def has(value: Datum) -> bool:
        return all(value.get(name) is not None for name in names)
    source = call.arg(0)
    if is_sequence(source):
        return transformed(call, source, lambda rows: filter(has, rows))
    return has(call.query.as_datum(source))


def _matches(pattern: Datum, row: Datum) -> bool:
    if isinstance(pattern, dict) and not datum.pseudotype(pattern):
        return isinstance(row, dict) and all(
            name in row and _matches(item, row[name]) for name, item in pattern.items())
    return datum.equal(pattern, row)


def predicate(call: Call, number: int) -> Callable[[Datum], bool]:
    value = call.arg(number)
    if not isinstance(value, Closure):
        pattern = call.query.as_datum(value)
        return lambda row: _matches(pattern, row) if isinstance(pattern, dict) else truth(pattern)

    def holds(row: Datum) -> bool:
        try:
            return truth(call.query.as_datum(value(row)))
        except ReqlError as error:
            if error.code != NON_EXISTENCE:
                raise
            return truth(call.option("default", False))
    return holds


@handler("FILTER", 2, options="default")
def filter_(call: Call) -> Value:
    source, holds = call.arg(0), predicate(call, 1)
    kept = transformed(call, source, lambda rows: filter(holds, rows))
    if isinstance(kept, Stream) and isinstance(source, Range):
        kept.table = source.table
    elif isinstance(kept, Stream) and isinstance(source, SystemTable):
        kept.table = source
    return kept


@handler("MAP", 2)
def map_(call: Call) -> Value:
    function = call.function(1)
    return transformed(call, call.arg(0),
                       lambda rows: (call.query.as_datum(function(row)) for row in rows))


@handler("CONCAT_MAP", 2)
def concat_map(call: Call) -> Value:
    function = call.function(1)
    return transformed(call, call.arg(0), lambda rows: (
        item for row in rows for item in call.query.as_sequence(function(row))))


@handler("LIMIT", 2)
def limit(call: Call) -> Value:
    count = call.typed(1, "NUMBER")
    if count < 0:
        raise logic(f"LIMIT takes a non-negative argument (got {count})")
    return transformed(call, call.arg(0), lambda rows: islice(rows, count))


@handler("SKIP", 2)
def skip(call: Call) -> Value:
    count = call.typed(1, "NUMBER")
    return transformed(call, call.arg(0), lambda rows: islice(rows, count, None))


@handler("COUNT", 1, 2)
def count(call: Call) -> Datum:
    if len(call) == 2:
        holds = predicate(call, 1)
        return sum(map(holds, call.sequence(0)))
    source = call.arg(0)
    if isinstance(source, Range) and source.by_primary:
        call.query.allow(source.table, "read")
        call.query.touch(source.table, "read")
        with call.query.store.lock:
            return len(source.primary_keys())
    if isinstance(source, (str, dict)):
        return len(source)
    return sum(1 for _ in call.query.as_sequence(source))


@handler("IS_EMPTY", 1)
def is_empty(call: Call) -> Datum:
    return next(call.sequence(0), MINVAL) is MINVAL


def _number(value: Datum) -> float:
    if not datum.is_number(value):
        raise mistyped(value, f"Expected type NUMBER but found {datum.type_name(value)}.")
    return float(value)


@handler("SUM", 1, 2)
def sum_(call: Call) -> Datum:
    pick = _picker(call, call.arg(1)) if len(call) == 2 else lambda value: value
    return datum.narrow(float(sum(_number(pick(value)) for value in call.sequence(0))))


def _extreme(call: Call, choose: Callable[..., Datum]) -> Datum:
    name = call.option("index")
    source = call.arg(0)
    if name is not None and isinstance(source, Range):
        rows = _by_index(call, source, name)
        return choose(call.query.as_sequence(rows), key=lambda row: datum.order(row.get(name)))
    pick = _picker(call, call.arg(1)) if len(call) == 2 else lambda value: value
    rows = list(call.query.as_sequence(source))
    if not rows:
        raise missing(f"Cannot take the {choose.__name__} of an empty stream.  (If you passed "
                      f"`{choose.__name__}` a field name, it may be that no elements of the "
                      "stream had that field.)")
    return choose(rows, key=lambda row: datum.order(pick(row)))


@handler("MIN", 1, 2, "index")
def least(call: Call) -> Datum:
    return _extreme(call, min)


@handler("MAX", 1, 2, "index")
def most(call: Call) -> Datum:
    return _extreme(call, max)


@handler("CONTAINS", 1, None)
def contains(call: Call) -> Datum:
    rows = list(call.sequence(0))

    def found(number: int) -> bool:
        value = call.arg(number)
        if isinstance(value, Closure):
            return any(truth(call.query.as_datum(value(row))) for row in rows)
        wanted = call.query.as_datum(value)
        return any(datum.equal(row, wanted) for row in rows)
    return all(found(number) for number in range(1, len(call)))


@handler("COERCE_TO", 2)
def coerce_to(call: Call) -> Datum:
    source, kind = call.arg(0), call.string(1).upper()
    if kind == "ARRAY":
        try:
            return list(call.query.as_sequence(source))
        except ReqlError as err:
            if err.code != PERMISSION_ERROR or not isinstance(source, (Range, SystemTable)):
                raise
            raise logic("Cannot coerce TABLE to ARRAY (failed to produce intermediate stream).") from err
    value = call.query.as_datum(source)
    if kind == "STRING":
        return value if isinstance(value, str) else datum.encode(value)
    if kind == "NUMBER" and isinstance(value, str):
        return datum.narrow(float(value))
    if kind == datum.type_name(value):
        return value
    raise logic(f"Cannot coerce {datum.type_name(value)} to {kind}.")


# --- what a table is ---------------------------------------------------------------------


def _database_info(home: Database) -> Datum:
    return {"id": home.id, "name": home.name, "type": "DB"}


def _table_info(call: Call, source: Table) -> Datum:
    call.query.allow(source, "read")
    call.query.touch(source, "read")
    with call.query.store.lock:
        return {"db": _database_info(source.db), "doc_count_estimates": source.estimates(),
                "id": source.id, "indexes": sorted(source.indexes), "name": source.name,
                "primary_key": source.primary_key, "type": "TABLE"}


@handler("INFO", 1)
def info(call: Call) -> Datum:
    value = call.arg(0)
    if isinstance(value, Database):
        return _database_info(value)
    if isinstance(value, Range) and value_type(value) == "TABLE":
        return _table_info(call, value.table)
    if isinstance(value, SystemTable):
        home = Database(call.query.store, SYSTEM, call.query.server.system_id)
        return {"db": _database_info(home), "doc_count_estimates": [len(value.rows())],
                "indexes": [], "name": value.name, "primary_key": "id", "type": "TABLE"}
    kind = value_type(value)
    if kind != "DATUM":
        return {"type": kind}
    return {"type": datum.type_name(value), "value": datum.pretty(value)}


@handler("INDEX_LIST", 1)
def index_list(call: Call) -> Datum:
    source = call.any_table(0)
    return sorted(source.table.indexes) if isinstance(source, Range) else []


def wanted_indexes(call: Call, source: Table) -> list[str]:
    names = [call.string(number) for number in range(1, len(call))]
    for name in sorted(names):
        if name not in source.indexes:
            raise failed(f"Index `{name}` was not found on table `{source.full_name}`.")
    return sorted(set(names) if names else source.indexes)


@handler("INDEX_STATUS", 1, None)
def index_status(call: Call) -> Datum:
    source = call.table(0)
    with call.query.store.lock:
        return [source.indexes[name].status() for name in wanted_indexes(call, source)]
