"""Terms that write documents."""

from __future__ import annotations

import uuid
from typing import Any, Callable, Iterator, Optional, Union

from . import datum, key
from .datum import Datum
from .error import ReqlError, failed, logic, mistyped
from .query import Call, Closure, Query, Selected, Value, handler
from .selection import Range, Row, Stream
from .system import SystemRow, SystemTable
from .table import Table

Compute = Callable[[Datum], Datum]
Change = Union[bool, str]

COUNTERS = ("deleted", "errors", "inserted", "replaced", "skipped", "unchanged")


def new_stats() -> dict[str, Datum]:
    return dict.fromkeys(COUNTERS, 0)


def merge_stats(left: dict[str, Datum], right: dict[str, Datum], limit: int) -> None:
    """Numbers add up, lists join, of words the first stay."""
    for name, value in right.items():
        old = left.get(name)
        if old is None:
            left[name] = value
        elif datum.is_number(old) and datum.is_number(value):
            left[name] = old + value
        elif isinstance(old, list) and isinstance(value, list):
            left[name] = (old + value)[:limit]


def check_replacement(primary_key: str, at: bytes, old: Datum, new: Datum) -> None:
    if not isinstance(new, dict) or datum.pseudotype(new):
        if new is None:
            return
        raise logic(f"Inserted value must be an OBJECT (got {datum.type_name(new)}):\n"
                    f"{datum.pretty(new)}")
    if primary_key not in new:
        raise logic(f"Inserted object must have primary key `{primary_key}`:\n"
                    f"{datum.pretty(new)}")
    if old is not None and not datum.equal(old[primary_key], new[primary_key]):
        raise logic(f"Primary key `{primary_key}` cannot be changed (`{datum.pretty(old)}` -> "
                    f"`{datum.pretty(new)}`).")
    if key.primary(new[primary_key]) != at:
        shown = "null" if old is None else datum.pretty(old)
        raise logic(f"Primary key `{primary_key}` cannot be changed ({shown} -> "
                    f"{datum.pretty(new)})")


class Writer:
    """One write query's rows, its options and its running totals."""

    def __init__(self, call: Call) -> None:
        self.query: Query = call.query
        self.stats = new_stats()
        self.durability = call.choice("durability", "Durability option", "hard", "soft")
        self.changes: Change = call.option("return_changes", False)
        self.skip_hook = bool(call.option("ignore_write_hook", False))
        self.limit = call.query.array_limit

    def prepare(self, table: Union[Table, SystemTable]) -> None:
        if isinstance(table, SystemTable):
            self.query.allow(table, "read")
            self.query.allow(table, "write")
            return
        if self.skip_hook:
            self.query.allow(table, "config")
        self.query.allow(table, "write")
        self.query.touch(table, "write")

    def finish(self, table: Union[Table, SystemTable]) -> None:
        hard = self.durability == "hard" or (
            self.durability is None and getattr(table, "durability", "") == "hard")
        if isinstance(table, Table) and hard:
            table.sync()

    def replace(self, table: Table, at: bytes, compute: Compute) -> None:
        """One document. Errors are counted, not raised, but for refused permissions."""
        text = table.text(at)
        old = None if text is None else datum.load(text)
        try:
            new = compute(old)
            if table.hook is not None and not self.skip_hook:
                new = self._hooked(table, old, new)
            check_replacement(table.primary_key, at, old, new)
            self._store(table, at, old, text, new)
        except ReqlError as error:
            self.fail(error, old)

    def _hooked(self, table: Table, old: Datum, new: Datum) -> Datum:
        hook = table.hook
        assert hook is not None
        shown = new if new is not None else old
        at = shown.get(table.primary_key) if isinstance(shown, dict) else None
        context = {"primary_key": at, "timestamp": self.query.now}
        try:
            made = self.query.as_datum(
                self.query.closure(hook.arguments, hook.body)(context, old, new))
        except ReqlError as error:
            raise ReqlError(error.code, f"Error in write hook: {error.message}") from None
        if new is None and made is not None:
            raise failed("A write hook function must not turn a deletion into a replace/insert.")
        if new is not None and made is None:
            raise failed("A write hook function must not turn a replace/insert into a deletion.")
        return made

    def _store(self, table: Table, at: bytes, old: Datum, text: Optional[str],
               new: Datum) -> None:
        changed = not datum.equal(old, new)
        if changed and new is None:
            table.remove(at)
        elif changed:
            table.put(at, datum.encode(new))
        self.count(old, new, changed)

    def count(self, old: Datum, new: Datum, changed: bool) -> None:
        if old is None:
            outcome = "skipped" if new is None else "inserted"
        elif new is None:
            outcome = "deleted"
        else:
            outcome = "replaced" if changed else "unchanged"
        self.stats[outcome] += 1
        if self.changes:
            shown = [{"old_val": old, "new_val": new}] if changed or self.changes == "always" \
                else []
            merge_stats(self.stats, {"changes": shown}, self.limit)

    def fail(self, error: ReqlError, old: Datum = None) -> None:
        merge_stats(self.stats, {"errors": 1, "first_error": error.message}, self.limit)
        if self.changes:
            shown = {"old_val": old, "new_val": old, "error": error.message}
            merge_stats(self.stats, {"changes": [shown] if self.changes == "always" else []},
                        self.limit)

    def replace_system(self, table: SystemTable, old: Datum, compute: Compute) -> None:
        try:
            new = compute(old)
            changed = not datum.equal(old, new)
            if changed:
                table.write(self.query, old, new)
            self.count(old, new, changed)
        except ReqlError as error:
            if error.code == 6000000 or error.response != 18:
                raise
            self.fail(error, old)


# --- insert ------------------------------------------------------------------------------


def _conflict(call: Call, table: Table) -> Callable[[Datum, Datum], Datum]:
    value = call.option("conflict", "error")
    name = table.primary_key
    if isinstance(value, Closure):
        if len(value.symbols) not in (0, 3):
            raise logic("The conflict function passed to `insert` should expect 3 arguments.")
        return lambda old, new: call.query.as_datum(value(name, old, new))
    if value == "replace":
        return lambda old, new: new
    if value == "update":
        return datum.merge
    if value != "error":
        raise logic(f'Conflict option `{value}` unrecognized (options are "error", "replace" '
                    'and "update").').at(call.path + ("conflict",))

    def refuse(old: Datum, new: Datum) -> Datum:
        raise failed(f"Duplicate primary key `{name}`:\n{datum.pretty(old)}\n"
                     f"{datum.pretty(new)}")
    return refuse


def _documents(call: Call) -> Iterator[Datum]:
    value = call.arg(1)
    if isinstance(value, (Range, SystemTable, Stream, Selected)):
        return call.query.as_sequence(value)
    found = call.query.as_datum(value)
    return iter([found]) if isinstance(found, dict) else call.query.as_sequence(found)


def _insert_one(writer: Writer, table: Table, document: Datum, generated: list[str],
                resolve: Callable[[Datum, Datum], Datum]) -> None:
    if not isinstance(document, dict) or datum.pseudotype(document):
        writer.fail(mistyped(
            document, f"Expected type OBJECT but found {datum.type_name(document)}."))
        return
    if table.primary_key not in document:
        made = str(uuid.uuid4())
        generated.append(made)
        document = {**document, table.primary_key: made}
    try:
        at = key.primary(document[table.primary_key])
    except ReqlError as error:
        writer.fail(error)
        return
    if table.hook is None and not writer.changes and table.text(at) is None:
        table.put(at, datum.encode(document))
        writer.stats["inserted"] += 1
        return
    writer.replace(table, at,
                   lambda old: document if old is None else resolve(old, document))


def _constant(value: Datum) -> Compute:
    return lambda _: value


def _insert_system(call: Call, target: SystemTable) -> Datum:
    writer = Writer(call)
    writer.prepare(target)
    for document in _documents(call):
        at = document.get("id")
        old = target.row(at)
        if old is None:
            writer.replace_system(target, None, _constant(document))
        else:
            writer.fail(failed(f"Duplicate primary key `id`:\n{datum.pretty(old)}\n"
                               f"{datum.pretty(document)}"))
    return writer.stats


@handler("INSERT", 2, options="conflict durability return_vals return_changes ignore_write_hook")
def insert(call: Call) -> Datum:
    target = call.any_table(0)
    if isinstance(target, SystemTable):
        return _insert_system(call, target)
    table, writer = target.table, Writer(call)
    resolve = _conflict(call, table)
    documents = list(_documents(call))
    writer.prepare(table)
    generated: list[str] = []
    with call.query.store.lock:
        if table.dropped:
            raise failed('Cannot perform write: primary replica for shard ["", +inf) not '
                         "available")
        for document in documents:
            _insert_one(writer, table, document, generated, resolve)
        writer.finish(table)
    if generated:
        writer.stats["generated_keys"] = generated[:writer.limit]
    return writer.stats


# --- update, replace, delete -------------------------------------------------------------


def _targets(call: Call, value: Value) -> tuple[Union[Table, SystemTable], list[Datum]]:
    """The table, and the primary keys of the documents meant."""
    if isinstance(value, (Row, SystemRow)):
        return value.table, [value.key]
    if isinstance(value, SystemTable):
        return value, [row["id"] for row in value.rows()]
    table = getattr(value, "table", None)
    if isinstance(table, (Table, SystemTable)):
        rows = call.query.as_sequence(value)
        return table, [row[table.primary_key] for row in rows]
    if isinstance(value, Stream):
        raise call.at(0, call.query.mismatch("SELECTION", value))
    raise call.at(0, call.query.mismatch("SELECTION", value))


def _write(call: Call, compute: Compute) -> Datum:
    table, keys = _targets(call, call.arg(0))
    writer = Writer(call)
    writer.prepare(table)
    for at in keys:
        if isinstance(table, SystemTable):
            writer.replace_system(table, table.row(at), compute)
        else:
            with call.query.store.lock:
                writer.replace(table, key.primary(at), compute)
    writer.finish(table)
    return writer.stats


_OPTIONS = "non_atomic durability return_vals return_changes ignore_write_hook"


@handler("UPDATE", 2, options=_OPTIONS)
def update(call: Call) -> Datum:
    function = call.function(1)

    def compute(old: Datum) -> Datum:
        if old is None:
            return None
        return datum.merge(old, call.query.as_datum(function(old)))
    return _write(call, compute)


@handler("REPLACE", 2, options=_OPTIONS)
def replace(call: Call) -> Datum:
    function = call.function(1)
    return _write(call, lambda old: call.query.as_datum(function(old)))


@handler("DELETE", 1, options="durability return_vals return_changes ignore_write_hook")
def delete(call: Call) -> Datum:
    return _write(call, lambda old: None)


def _results(call: Call, value: Any) -> list[dict[str, Datum]]:
    found = call.query.as_datum(value)
    results = found if isinstance(found, list) else [found]
    for one in results:
        if not isinstance(one, dict):
            raise logic("FOR_EACH expects one or more basic write queries.  Expected type ARRAY "
                        f"but found {datum.type_name(one)}.").at(call.path + (1, 1))
    return results


@handler("FOR_EACH", 2)
def for_each(call: Call) -> Datum:
    function = call.function(1)
    stats: dict[str, Datum] = {}
    for row in call.sequence(0):
        for result in _results(call, function(row)):
            merge_stats(stats, result, call.query.array_limit)
    return stats
