"""Terms on databases, tables, indexes, hooks and permissions."""

from __future__ import annotations

import time
from typing import Optional, Union

from . import datum, function, system
from .datum import Datum
from .error import INTERNAL, ReqlError, failed, logic
from .function import Function, IndexFunction
from .query import Call, Closure, Value, handler
from .reads import wanted_indexes
from .selection import Range
from .system import SystemRow, SystemTable
from .table import Database, Table
from .user import FLAGS, SYSTEM

POLL_SECONDS = 0.01
_ALWAYS = ("the system tables in it are always available and don't need to be waited on")
STATES = ("ready_for_outdated_reads", "ready_for_reads", "ready_for_writes", "all_replicas_ready")


def _special(call: Call, home: Database, what: str) -> None:
    if home.name == SYSTEM:
        raise failed(f"Database `{SYSTEM}` is special; {what}.").at(call.path)


@handler("DB_LIST", 0)
def db_list(call: Call) -> Datum:
    with call.query.store.lock:
        return sorted([*call.query.store.databases, SYSTEM])


@handler("DB_CREATE", 1)
def db_create(call: Call) -> Datum:
    name = call.name(0, "Database")
    call.user.require("config")
    with call.query.store.lock:
        return call.query.store.create_database(name)


@handler("DB_DROP", 1)
def db_drop(call: Call) -> Datum:
    name = call.name(0, "Database")
    call.user.require("config", name)
    with call.query.store.lock:
        return call.query.store.drop_database(name)


def _home(call: Call, with_name: int) -> Database:
    if len(call) > with_name:
        return call.database(0)
    with call.query.store.lock:
        return call.query.store.find("test")


@handler("TABLE_LIST", 0, 1)
def table_list(call: Call) -> Datum:
    home = _home(call, 0)
    if home.name == SYSTEM:
        return sorted(system.TABLES)
    with call.query.store.lock:
        return sorted(home.tables)


@handler("TABLE_CREATE", 1, 2, "primary_key shards replicas nonvoting_replica_tags "
                               "primary_replica_tag durability")
def table_create(call: Call) -> Datum:
    shards = call.option("shards", 1)
    if shards < 1:
        raise logic("Every table must have at least one shard.").at(call.path + ("shards",))
    durability = call.choice("durability", "Durability option", "hard", "soft") or "hard"
    home = _home(call, 1)
    name = call.name(len(call) - 1, "Table")
    _special(call, home, "you can't create new tables in it")
    call.user.require("config", home.name)
    call.query.server.faults.check_permission("config", f"{home.name}.{name}", call.user.name)
    with call.query.store.lock:
        return call.query.store.create_table(
            home, name, primary_key=call.option("primary_key", "id"), shards=shards,
            replicas=call.option("replicas", 1), durability=durability)


@handler("TABLE_DROP", 1, 2)
def table_drop(call: Call) -> Datum:
    home = _home(call, 1)
    name = call.name(len(call) - 1, "Table")
    _special(call, home, "you can't drop tables in it")
    with call.query.store.lock:
        table = home.find(name)
        call.query.allow(table, "config")
        return call.query.store.drop_table(table)


@handler("CONFIG", 1)
def config(call: Call) -> Value:
    value = call.arg(0)
    server = call.query.server
    if isinstance(value, Database):
        _special(call, value, "you can't configure it")
        call.user.require("config", value.name)
        return SystemRow(SystemTable(server, "db_config"), value.id)
    table = call.table(0)
    call.query.allow(table, "config")
    return SystemRow(SystemTable(server, "table_config"), table.id)


@handler("STATUS", 1)
def status(call: Call) -> Value:
    return SystemRow(SystemTable(call.query.server, "table_status"), call.table(0).id)


def _waited(call: Call) -> list[Table]:
    value = call.arg(0)
    if isinstance(value, Database):
        _special(call, value, _ALWAYS)
        return list(value.tables.values())
    return [call.table(0, _ALWAYS)]


@handler("WAIT", 1, options="timeout wait_for")
def wait(call: Call) -> Datum:
    state = call.option("wait_for", STATES[-1])
    if state not in STATES:
        raise logic(f"Unknown table readiness state: '{state}', must be one of '{STATES[0]}', "
                    f"'{STATES[1]}', '{STATES[2]}', or '{STATES[3]}'").at(
            call.path + ("wait_for",))
    tables = _waited(call)
    seconds = call.option("timeout")
    deadline = None if seconds is None else time.monotonic() + seconds
    for table in tables:
        _await_ready(call, table, deadline)
    return {"ready": len(tables)}


def _await_ready(call: Call, table: Table, deadline: Optional[float]) -> None:
    while time.monotonic() < table.unavailable_until:
        if deadline is not None and time.monotonic() >= deadline:
            raise failed("Timed out while waiting for tables.")
        if table.dropped or call.query.server.stopping:
            raise failed(f"Table `{table.full_name}` does not exist.")
        time.sleep(POLL_SECONDS)


@handler("SYNC", 1)
def sync(call: Call) -> Datum:
    target = call.any_table(0)
    if isinstance(target, SystemTable):
        raise failed("Artificial tables don't support `sync()`.")
    call.query.allow(target.table, "write")
    call.query.touch(target.table, "write")
    with call.query.store.lock:
        target.table.sync()
    return {"synced": 1}


@handler("RECONFIGURE", 1, options="dry_run emergency_repair nonvoting_replica_tags "
                                   "primary_replica_tag replicas shards")
def reconfigure(call: Call) -> Datum:
    table = call.table(0)
    call.query.allow(table, "config")
    old = table.config()
    for name in ("shards", "replicas"):
        if call.option(name) is None:
            raise logic(f"Missing required argument `{name}`.")
    with call.query.store.lock:
        table.shards = call.option("shards")
    return {"reconfigured": 1, "config_changes": [{"old_val": old, "new_val": table.config()}]}


# --- indexes and hooks -------------------------------------------------------------------


def _is_binary(value: Value) -> bool:
    return not isinstance(value, Closure) and datum.pseudotype(value) == "BINARY"


def _closure(call: Call, number: int) -> Closure:
    value = call.arg(number)
    if not isinstance(value, Closure):
        raise call.at(number, call.query.mismatch("FUNCTION", value))
    return value


def _index_function(call: Call, name: str) -> IndexFunction:
    multi, geo = bool(call.option("multi", False)), bool(call.option("geo", False))
    if len(call) == 2:
        return function.index_on_field(name, multi, geo)
    value = call.arg(2)
    if _is_binary(value):
        try:
            read = function.read_index(value)
        except ReqlError as error:
            raise call.at(2, error)
        return IndexFunction(read.function, multi or read.multi, geo or read.geo)
    made = _closure(call, 2)
    return function.write_index(made.symbols, made.body, multi, geo)


@handler("INDEX_CREATE", 2, 3, "multi geo")
def index_create(call: Call) -> Datum:
    table = call.table(0, "you can't create secondary indexes on the tables in it")
    name = call.string(1)
    if name == table.primary_key:
        raise logic(f"Index name conflict: `{name}` is the name of the primary key.")
    made = _index_function(call, name)
    call.query.allow(table, "config")
    call.query.server.faults.reach("index", {
        **call.query.context, "table": table.full_name, "name": name})
    with call.query.store.lock:
        table.add_index(name, made)
    return {"created": 1}


@handler("INDEX_DROP", 2)
def index_drop(call: Call) -> Datum:
    table, name = call.table(0), call.string(1)
    call.query.allow(table, "config")
    with call.query.store.lock:
        table.drop_index(name)
    return {"dropped": 1}


@handler("INDEX_RENAME", 3, options="overwrite")
def index_rename(call: Call) -> Datum:
    table, old, new = call.table(0), call.string(1), call.string(2)
    for name in (old, new):
        if name == table.primary_key:
            raise logic(f"Index name conflict: `{name}` is the name of the primary key.")
    call.query.allow(table, "config")
    with call.query.store.lock:
        table.rename_index(old, new, bool(call.option("overwrite", False)))
    return {"renamed": 0 if old == new else 1}


@handler("INDEX_WAIT", 1, None)
def index_wait(call: Call) -> Datum:
    table = call.table(0)
    while True:
        with call.query.store.lock:
            indexes = [table.indexes[name] for name in wanted_indexes(call, table)]
            if all(index.ready for index in indexes):
                return [index.status() for index in indexes]
        if call.query.server.stopping:
            raise failed(f"Table `{table.full_name}` does not exist.")
        time.sleep(POLL_SECONDS)


def _hook(call: Call) -> Optional[Function]:
    value = call.arg(1)
    if value is None:
        return None
    if _is_binary(value):
        return function.read_hook(value)
    made = _closure(call, 1)
    if len(made.symbols) != 3:
        raise logic("Write hook functions must expect 3 arguments.")
    return function.write_hook(made.symbols, made.body)


@handler("SET_WRITE_HOOK", 2)
def set_write_hook(call: Call) -> Datum:
    table, made = call.table(0, "you can't set a write hook on the tables in it"), _hook(call)
    try:
        call.query.allow(table, "config")
    except ReqlError as error:  # the real server forgets to catch it here
        raise ReqlError(INTERNAL, f"Unexpected exception: {error.message}", ()) from None
    with call.query.store.lock:
        existed, table.hook = table.hook is not None, made
    if made is None:
        return {"deleted": 1}
    return {"replaced" if existed else "created": 1}


@handler("GET_WRITE_HOOK", 1)
def get_write_hook(call: Call) -> Datum:
    table = call.table(0)
    call.query.allow(table, "config")
    return table.hook_datum()


# --- permissions -------------------------------------------------------------------------


def _scope(call: Call) -> tuple[str, ...]:
    if len(call) == 2:
        return ()
    value: Union[Database, Range, SystemTable] = call.arg(0)
    if isinstance(value, Database):
        return (value.name,)
    if isinstance(value, SystemTable):
        return (SYSTEM, value.name)
    return (value.table.db.name, value.table.id)


@handler("GRANT", 2, 3)
def grant(call: Call) -> Datum:
    scope = _scope(call)
    name, flags = call.string(len(call) - 2), call.typed(len(call) - 1, "OBJECT")
    if call.user.name != "admin":
        call.user.require("read", SYSTEM)
    unknown = sorted(set(flags) - set(FLAGS))
    if unknown:
        raise failed(f"Unexpected key(s) `{'`, `'.join(unknown)}`.")
    user = call.query.server.users.find(name)
    if user is None:
        raise failed(f"User `{name}` not found.")
    old = dict(user.permissions.get(scope, {})) or None
    user.grant(scope, flags)
    changed = [{"old_val": old, "new_val": dict(user.permissions[scope]) or None}]
    return {"granted": 1, "permissions_changes": changed}
