"""Evaluates a query's terms.

Each term's behaviour is a function registered with @handler in reads.py, writes.py, admin.py or
values.py; it gets a Call and returns a value: a datum, a Database, a Range, a Row, a Stream, an
Array or a Callable.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Iterator, Optional, Union

from . import datum, key, term
from .datum import Datum
from .error import ReqlError, compile_error, failed, logic, mistyped
from .error import Path as TermPath
from .selection import Limits, Range, Row, Stream, TableSource
from .system import SystemRow, SystemTable
from .table import Database, Store, Table, check_name
from .user import SYSTEM, User

if TYPE_CHECKING:
    from .server import Server

Term = Any
Value = Any
Handler = Callable[["Call"], Value]

ARRAY_LIMIT = 100000

GLOBAL_OPTIONS = set("""_EVAL_FLAGS_ _NO_RECURSE_ _SHORTCUT_ array_limit attempts auth base
binary_format changefeed_queue_size conflict data db default default_timezone dry_run durability
emergency_repair emit fill final_emit first_batch_scaledown_factor float geo geo_system
group_format header identifier_format ignore_write_hook include_initial include_offsets
include_states include_types index interleave ordered left_bound max_batch_bytes max_batch_rows
max_batch_seconds max_dist max_results method min_batch_rows multi non_atomic
nonvoting_replica_tags noreply num_vertices overwrite page page_limit params primary_key
primary_replica_tag profile read_mode redirects replicas result_format return_changes return_vals
right_bound shards squash time_format timeout unit use_outdated verify wait_for""".split())


@dataclass
class Shape:
    """What a term takes: its handler, how many arguments, which options."""

    handler: Handler
    least: int
    most: Optional[int]
    options: frozenset[str]

    def wanted(self) -> str:
        if self.most == self.least:
            return f"{self.least} argument{'' if self.least == 1 else 's'}"
        if self.most is None:
            return f"{self.least} or more arguments"
        return f"between {self.least} and {self.most} arguments"


SHAPES: dict[int, Shape] = {}


def handler(name: str, least: int, most: Optional[int] = -1, options: str = ""
            ) -> Callable[[Handler], Handler]:
    """Registers a term; `most` None means any number, left out means `least`."""
    def register(function: Handler) -> Handler:
        count = least if most == -1 else most
        SHAPES[term.NUMBER[name]] = Shape(function, least, count, frozenset(options.split()))
        return function
    return register


@dataclass
class Scope:
    """Variables by symbol, and r.row."""

    variables: dict[int, Datum] = field(default_factory=dict)
    row: Optional[tuple[Value]] = None

    def bind(self, symbols: tuple[int, ...], values: list[Value]) -> "Scope":
        variables = {**self.variables, **dict(zip(symbols, values))}
        row = (values[0],) if len(symbols) == 1 and values else self.row
        return Scope(variables, row)


@dataclass
class Closure:
    """A ReQL function with the scope it was made in."""

    query: "Query"
    symbols: tuple[int, ...]
    body: Term
    scope: Scope
    path: TermPath

    def __call__(self, *values: Value) -> Value:
        count = len(self.symbols)
        if count and count != len(values):
            def words(number: int) -> str:
                return f"{number} argument{'' if number == 1 else 's'}"
            raise logic(f"Expected function with {words(len(values))} but found function with "
                        f"{words(count)}.").at(self.path + (1,))
        return self.query.evaluate(self.body, self.scope.bind(self.symbols, list(values)),
                                   self.path + (1,))


@dataclass
class Given:
    """A value that stands where a term is expected."""

    value: Value


@dataclass
class Selected:
    """An array of documents of one table, as ORDER_BY without an index makes."""

    table: Table
    rows: list[Datum]


TYPE_NAMES: list[tuple[type, str]] = [
    (Database, "DATABASE"), (SystemTable, "TABLE"), (Row, "SINGLE_SELECTION"),
    (SystemRow, "SINGLE_SELECTION"), (Stream, "SEQUENCE"), (Closure, "FUNCTION"),
    (Selected, "SELECTION")]


def value_type(value: Value) -> str:
    if isinstance(value, Range):
        return "TABLE" if not value.bounded and value.order is None else "TABLE_SLICE"
    for kind, name in TYPE_NAMES:
        if isinstance(value, kind):
            return name
    return "DATUM"


class Call:
    """One evaluation of a term: its arguments, options and place."""

    def __init__(self, query: "Query", shape: Shape, arguments: list[Term],
                 options: dict[str, Term], scope: Scope, path: TermPath) -> None:
        self.query = query
        self.shape = shape
        self.arguments = arguments
        self.options = options
        self.scope = scope
        self.path = path

    def __len__(self) -> int:
        return len(self.arguments)

    @property
    def user(self) -> User:
        return self.query.user

    def arg(self, number: int) -> Value:
        return self.query.evaluate(self.arguments[number], self.scope, self.path + (number,))

    def at(self, number: int, error: ReqlError) -> ReqlError:
        """The error as one of the argument."""
        return error.at(self.path + (number,))

    def datum(self, number: int) -> Datum:
        return self._as_datum(self.arg(number), number)

    def _as_datum(self, value: Value, number: int) -> Datum:
        try:
            return self.query.as_datum(value)
        except ReqlError as error:
            raise self.at(number, error)

    def typed(self, number: int, kind: str) -> Datum:
        value = self.datum(number)
        if datum.type_name(value) != kind:
            raise self.at(number, mistyped(
                value, f"Expected type {kind} but found {datum.type_name(value)}."))
        return value

    def string(self, number: int) -> str:
        return str(self.typed(number, "STRING"))

    def database(self, number: int) -> Database:
        value = self.arg(number)
        if not isinstance(value, Database):
            raise self.at(number, self._mismatch("DATABASE", value))
        return value

    def any_table(self, number: int) -> Union[Range, SystemTable]:
        value = self.arg(number)
        if value_type(value) != "TABLE":
            raise self.at(number, self._mismatch("TABLE", value))
        assert isinstance(value, (Range, SystemTable))
        return value

    def table(self, number: int, what: str = "you can't configure the tables in it") -> Table:
        """A real table; `what` is what the special database forbids."""
        value = self.any_table(number)
        if isinstance(value, SystemTable):
            raise failed(f"Database `{SYSTEM}` is special; {what}.").at(self.path)
        return value.table

    def name(self, number: int, kind: str) -> str:
        """A database's or table's, checked."""
        name = self.string(number)
        try:
            check_name(kind, name)
        except ReqlError as error:
            raise self.at(number, error)
        return name

    def function(self, number: int) -> Callable[..., Value]:
        """A function, or a constant one that gives the datum."""
        value = self.arg(number)
        if isinstance(value, Closure):
            return value
        constant = self._as_datum(value, number)
        return lambda *_: constant

    def sequence(self, number: int) -> Iterator[Datum]:
        value = self.arg(number)
        try:
            return self.query.as_sequence(value)
        except ReqlError as error:
            raise self.at(number, error)

    def _mismatch(self, wanted: str, value: Value) -> ReqlError:
        return self.query.mismatch(wanted, value)

    def option(self, name: str, default: Value = None) -> Value:
        """The term's own, else the query's."""
        raw = self.options.get(name, self.query.options.get(name, self))
        if raw is self:
            return default
        return self.query.evaluate(raw, self.scope, self.path + (name,))

    def choice(self, name: str, what: str, *allowed: str) -> Optional[str]:
        value = self.option(name)
        if value is None or value in allowed:
            return value if value is None else str(value)
        words = ", ".join(f'"{word}"' for word in allowed[:-1]) + f' and "{allowed[-1]}"'
        raise logic(f"{what} `{value}` unrecognized (options are {words}).").at(
            self.path + (name,))


class Query:
    """One START: who asks, with which options, and the evaluation of its terms."""

    def __init__(self, server: "Server", user: User, options: dict[str, Term],
                 context: dict[str, Any]) -> None:
        self.server = server
        self.store: Store = server.store
        self.user: User = user
        self.options: dict[str, Term] = options
        self.context: dict[str, Any] = context
        self.now = {datum.TYPE_KEY: "TIME", "epoch_time": datum.narrow(round(time.time(), 3)),
                    "timezone": "+00:00"}
        self._check_options()

    def _check_options(self) -> None:
        for name in self.options:
            if name not in GLOBAL_OPTIONS:
                raise compile_error(f"Unrecognized global optional argument `{name}`.")

    def limits(self) -> Limits:
        def number(name: str) -> Optional[int]:
            value = self.options.get(name)
            return None if value is None else int(self.evaluate(value, Scope(), (name,)))
        size, divisor = number("max_batch_bytes"), number("first_batch_scaledown_factor")
        return self.server.settings.bounded(Limits(
            number("max_batch_rows"), Limits.size if size is None else size,
            Limits.first_divisor if divisor is None else divisor))

    @property
    def array_limit(self) -> int:
        value = self.options.get("array_limit")
        return ARRAY_LIMIT if value is None else int(self.evaluate(value, Scope(), ()))

    # --- terms ---------------------------------------------------------------------------

    def evaluate(self, raw: Term, scope: Scope, path: TermPath) -> Value:
        if isinstance(raw, list):
            return self._term(raw, scope, path)
        if isinstance(raw, dict):
            return self._object(raw, scope, path)
        if isinstance(raw, Given):
            return raw.value
        return raw

    def _object(self, raw: dict[str, Term], scope: Scope, path: TermPath) -> Datum:
        result = {}
        for name, item in raw.items():
            if isinstance(item, (list, dict)):
                item = self.as_datum(self.evaluate(item, scope, path + (name,)))
            result[name] = item
        if datum.TYPE_KEY not in result:
            return result
        try:
            return datum.check_pseudotype(result)
        except ReqlError as error:
            raise error.at(path)

    def _term(self, raw: list[Term], scope: Scope, path: TermPath) -> Value:
        number, arguments, options = self._parts(raw, path)
        if number == term.MAKE_ARRAY:
            return self._array(arguments, scope, path)
        if number == term.MAKE_OBJ:
            return self._object(options, scope, path)
        if number == term.DATUM:
            if isinstance(raw[1], list):  # the real server takes it for arguments
                raise compile_error("Expected a TermType as a NUMBER but found OBJECT.", path)
            return datum.sanitize(raw[1])
        shape = SHAPES.get(number)
        if shape is None:
            raise self._unknown(number, path)
        if any(isinstance(item, list) and item[:1] == [term.ARGS] for item in arguments):
            arguments = self._spliced(arguments, scope, path)
        self._check_shape(shape, arguments, options, path)
        try:
            return shape.handler(Call(self, shape, arguments, options, scope, path))
        except ReqlError as error:
            raise error.at(path)

    def _parts(self, raw: list[Term], path: TermPath
               ) -> tuple[int, list[Term], dict[str, Term]]:
        if not 1 <= len(raw) <= 3:
            raise compile_error("Expected between 1 and 3 elements in a raw term, but found "
                                f"{len(raw)}.", path)
        if not isinstance(raw[0], int) or isinstance(raw[0], bool):
            found = datum.type_name(raw[0])
            raise compile_error(f"Expected a TermType as a NUMBER but found {found}.", path)
        if raw[0] == term.DATUM and len(raw) != 2:
            raise compile_error(f"Expected 2 items in array, but found {len(raw)}.", path)
        arguments = raw[1] if len(raw) > 1 and isinstance(raw[1], list) else []
        options = raw[-1] if len(raw) > 1 and isinstance(raw[-1], dict) else {}
        return raw[0], arguments, options

    def _unknown(self, number: int, path: TermPath) -> ReqlError:
        if number in term.NAME:
            return logic(f"This test server does not know the term {term.NAME[number]}."
                         ).at(path)
        return compile_error(f"Unrecognized TermType: {number}.", path)

    def _check_shape(self, shape: Shape, arguments: list[Term], options: dict[str, Term],
                     path: TermPath) -> None:
        count = len(arguments)
        if count < shape.least or (shape.most is not None and count > shape.most):
            raise compile_error(f"Expected {shape.wanted()} but found {count}.", path)
        for name in options:
            if name not in shape.options:
                raise compile_error(f"Unrecognized optional argument `{name}`.", path + (name,))

    def _array(self, arguments: list[Term], scope: Scope, path: TermPath) -> Datum:
        if len(arguments) > self.array_limit:
            raise ReqlError(2000000, f"Array over size limit `{self.array_limit}`.", path)
        if any(isinstance(item, list) and item[:1] == [term.ARGS] for item in arguments):
            arguments = self._spliced(arguments, scope, path)
        return [item if not isinstance(item, (list, dict, Given)) else
                self.as_datum(self.evaluate(item, scope, path + (number,)))
                for number, item in enumerate(arguments)]

    def _spliced(self, arguments: list[Term], scope: Scope, path: TermPath) -> list[Term]:
        result: list[Term] = []
        for number, item in enumerate(arguments):
            if isinstance(item, list) and item[:1] == [term.ARGS]:
                value = self.as_datum(self.evaluate(item[1][0], scope, path + (number, 0)))
                result.extend(Given(each) for each in value)
            else:
                result.append(item)
        return result

    def closure(self, symbols: tuple[int, ...], body: Term) -> Closure:
        """A stored function, made callable."""
        return Closure(self, symbols, body, Scope(), ())

    # --- values --------------------------------------------------------------------------

    def as_datum(self, value: Value) -> Datum:
        if isinstance(value, Row):
            self.allow(value.table, "read")
            return value.value()
        if isinstance(value, SystemRow):
            return value.value()
        if isinstance(value, Selected):
            return value.rows
        if isinstance(value, (Database, Range, SystemTable, Stream, Closure)):
            raise self.mismatch("DATUM", value)
        return value

    def as_sequence(self, value: Value) -> Iterator[Datum]:
        if isinstance(value, (Range, SystemTable)):
            return self.stream(value).values()
        if isinstance(value, Stream):
            return value.values()
        if isinstance(value, Selected):
            return iter(value.rows)
        found = self.as_datum(value)
        if not isinstance(found, list):
            raise mistyped(found, f"Cannot convert {datum.type_name(found)} to SEQUENCE")
        return iter(found)

    def stream(self, value: Union[Range, SystemTable]) -> Stream:
        """The rows of a table or a part of it; permission is asked for now."""
        self.allow(value.table if isinstance(value, Range) else value, "read")
        if isinstance(value, SystemTable):
            return Stream(Listed(value.rows()))
        def check(table: Table) -> None:
            self.touch(table, "read")
        with self.store.lock:
            source = TableSource(value, self.index_keys, check)
        return Stream(source, table=value.table)

    def index_keys(self, table: Table, name: str, document: Datum) -> list[bytes]:
        """The document's entries in an index: none where the function fails."""
        index = table.find_index(name).function
        try:
            function = self.closure(index.function.arguments, index.function.body)
            found = self.as_datum(function(document))
        except ReqlError:
            return []
        values = found if index.multi and isinstance(found, list) else [found]
        entries = []
        for value in values:
            try:
                entries.append(key.secondary(value))
            except ReqlError:
                continue
        return entries

    def mismatch(self, wanted: str, value: Value) -> ReqlError:
        kind = value_type(value)
        if kind == "DATUM":
            shown = datum.pretty(value)
        elif isinstance(value, Database):
            shown = f'db("{value.name}")'
        elif kind == "TABLE":
            name = value.table.name if isinstance(value, Range) else value.name
            shown = f'table("{name}")'
        else:
            shown = f"VALUE {kind}"
        return logic(f"Expected type {wanted} but found {kind}:\n{shown}")

    # --- permissions and faults ----------------------------------------------------------

    def allow(self, table: Union[Table, SystemTable], flag: str) -> None:
        """PERMISSION_ERROR unless the user may; for real tables the table must be there too."""
        if isinstance(table, SystemTable):
            self.user.require(flag, SYSTEM, table.name)
            return
        self.user.require(flag, table.db.name, table.id)
        self.server.faults.check_permission(flag, table.full_name, self.user.name)

    def touch(self, table: Table, way: str) -> None:
        """Every read or write of a real table passes here: faults, unavailability."""
        self.server.faults.reach(way, {**self.context, "table": table.full_name})
        if time.monotonic() < table.unavailable_until:
            raise failed(f'Cannot perform {way}: primary replica for shard ["", +inf) not '
                         "available")


class Listed:
    """Rows of a system table."""

    def __init__(self, rows: list[Datum]) -> None:
        self._rows = rows
        self.exhausted = False

    def batch(self, limits: Limits, first: bool) -> list[str]:
        self.exhausted = True
        return [datum.encode(row) for row in self._rows]
