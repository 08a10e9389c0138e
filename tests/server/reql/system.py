"""The database `rethinkdb`: as much of its tables as dumps, restores and people look at."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Optional

from . import datum
from .datum import Datum
from .error import ReqlError, failed
from .table import Table, check_name
from .user import SYSTEM, Scope, User

if TYPE_CHECKING:
    from .query import Query
    from .server import Server

Rows = Callable[["Server"], list[Datum]]
PEER = "9e107d9d-372b-4e4e-9f0a-000000000002"  # id of the second server


def _time(seconds: float) -> Datum:
    return {datum.TYPE_KEY: "TIME", "epoch_time": datum.narrow(round(seconds, 3)),
            "timezone": "+00:00"}


def _table_config(server: "Server") -> list[Datum]:
    tables = server.store.tables() + server.store.lost_tables()
    return [table.config() for table in sorted(tables, key=lambda one: one.id)]


def _db_config(server: "Server") -> list[Datum]:
    return [db.config() for db in server.store.databases.values()]


def table_status(table: Table) -> Datum:
    ready = time.monotonic() >= table.unavailable_until
    state = "ready" if ready else "waiting_for_primary"
    server = table.db.store.server_name
    shard = {"primary_replicas": [server] if ready else [],
             "replicas": [{"server": server, "state": state}]}
    flags = ("all_replicas_ready", "ready_for_outdated_reads", "ready_for_reads",
             "ready_for_writes")
    return {"db": table.db.name, "id": table.id, "name": table.name, "raft_leader": server,
            "shards": [shard] * table.shards, "status": {flag: ready for flag in flags}}


def _table_status(server: "Server") -> list[Datum]:
    return [table_status(table) for table in server.store.tables()]


def _server_status(server: "Server") -> list[Datum]:
    network = {"canonical_addresses": [{"host": "127.0.0.1", "port": 29015}],
               "cluster_port": 29015, "connected_to": {}, "hostname": socket.gethostname(),
               "http_admin_port": "<no http admin>", "reql_port": server.port,
               "time_connected": _time(server.started)}
    process = {"argv": server.argv, "cache_size_mb": 1024, "pid": os.getpid(),
               "time_started": _time(server.started),
               "version": f"rethinkdb {server.version} (x86_64-linux-gnu) (GCC 12.2.0)"}
    own = {"id": server.store.server_id, "name": server.store.server_name,
           "network": network, "process": process}
    if not server.settings.peer:
        return [own]
    started = {**process, "time_started": _time(server.peer_started)}
    return [own, {**own, "id": PEER, "name": "peer", "process": started}]


def _server_config(server: "Server") -> list[Datum]:
    return [{"cache_size_mb": "auto", "id": server.store.server_id,
             "name": server.store.server_name, "tags": ["default"]}]


def _users(server: "Server") -> list[Datum]:
    return [{"id": user.name, "password": bool(user.text)} for user in server.users.all()]


def _permission(server: "Server", user: User, scope: Scope) -> Optional[Datum]:
    """The row without its flags; None: what it was about has been dropped."""
    if not scope:
        return {"id": [user.name], "user": user.name}
    if scope[0] == SYSTEM:
        row = {"database": SYSTEM, "id": [user.name, *scope], "user": user.name}
        return {**row, "table": scope[1]} if len(scope) > 1 else row
    db = server.store.databases.get(scope[0])
    if db is None:
        return None
    row = {"database": db.name, "id": [user.name, db.id], "user": user.name}
    if len(scope) == 1:
        return row
    table = next((one for one in server.store.tables() if one.id == scope[1]), None)
    if table is None:
        return None
    return {**row, "id": [user.name, db.id, table.id], "table": table.name}


def _permissions(server: "Server") -> list[Datum]:
    rows: list[Datum] = [{"id": ["admin"], "user": "admin", "permissions": {
        "config": True, "connect": True, "read": True, "write": True}}]
    for user in server.users.all():
        for scope, flags in user.permissions.items():
            row = _permission(server, user, scope) if flags else None
            if row:
                rows.append({**row, "permissions": flags})
    return rows


def _cluster_config(server: "Server") -> list[Datum]:
    return [{"id": "heartbeat", "heartbeat_timeout_secs": 10}]


def _stats(server: "Server") -> list[Datum]:
    total, recently = server.meter.read()
    seconds = time.time() - server.started
    if server.settings.clock:
        seconds, recently = server.settings.clock, 0
    others, monitors = server.settings.others, server.settings.monitors
    total += int((others + monitors) * seconds)
    recently += others + monitors
    active = len(server.connections())
    documents = {"read_docs_per_sec": others, "written_docs_per_sec": 0}
    engine = {"client_connections": active, "clients_active": active,
              "queries_per_sec": recently}
    return [{"id": ["cluster"], "query_engine": {**engine, **documents}},
            {"id": ["server", server.store.server_id], "server": server.store.server_name,
             "query_engine": {**engine, **documents, "queries_total": total,
                              "read_docs_total": int(others * seconds),
                              "written_docs_total": 0}}]


def _none(server: "Server") -> list[Datum]:
    return []


TABLES: dict[str, Rows] = {
    "cluster_config": _cluster_config, "current_issues": _none, "db_config": _db_config,
    "jobs": _none, "logs": _none, "permissions": _permissions, "server_config": _server_config,
    "server_status": _server_status, "stats": _stats, "table_config": _table_config,
    "table_status": _table_status, "users": _users}


@dataclass
class SystemTable:
    server: "Server"
    name: str
    primary_key: str = "id"

    def rows(self) -> list[Datum]:
        with self.server.store.lock:
            return TABLES[self.name](self.server)

    def row(self, at: Datum) -> Optional[Datum]:
        return next((row for row in self.rows() if datum.equal(row["id"], at)), None)

    def write(self, query: "Query", old: Datum, new: Datum) -> None:
        """Replaces a row: only tables' and databases' configuration can be changed."""
        if self.name == "table_config":
            _write_table(query, old, new)
        elif self.name == "db_config":
            _write_database(query, old, new)
        elif self.name == "users":
            _write_user(query, old, new)
        else:
            raise failed(f"It's illegal to write to the `rethinkdb.{self.name}` table.")


@dataclass
class SystemRow:
    table: SystemTable
    key: Datum

    def value(self) -> Datum:
        return self.table.row(self.key)


_FORMAT = ("The change you're trying to make to `rethinkdb.table_config` has the wrong format. ")
_READ_ONLY = {
    "indexes": "The `indexes` field is read-only and can't be used to create or drop indexes.",
    "write_hook": "The `write_hook` field is read-only and can't be used to create or drop a "
                  "write hook function."}


def _check_config(old: Datum, new: Datum) -> None:
    for name in sorted(old):
        if name not in new:
            raise failed(f"{_FORMAT}Expected a field named `{name}`.")
    extra = sorted(set(new) - set(old))
    if extra:
        raise failed(f"{_FORMAT}Unexpected key(s): {' '.join(extra)}")
    for name, words in _READ_ONLY.items():
        if not datum.equal(old[name], new[name]):
            raise failed(_FORMAT + words)
    if new["primary_key"] != old["primary_key"]:
        raise failed("It's illegal to change a table's primary key")


def _write_table(query: "Query", old: Datum, new: Datum) -> None:
    store = query.store
    if old is None:
        raise failed("There is no existing table with the given ID. To create a new table by "
                     "inserting into `rethinkdb.table_config`, you must let the database "
                     "generate the primary key automatically.")
    table = next((one for one in store.tables() + store.lost_tables() if one.id == old["id"]),
                 None)
    if table is None:
        raise failed("There is no existing table with the given ID.")
    query.allow(table, "config")
    if new is None:
        with store.lock:
            store.drop_table(table)
        return
    _check_config(old, new)
    _change_table(query, table, new)


def _change_table(query: "Query", table: Table, new: Datum) -> None:
    store = query.store
    try:
        check_name("Table", new["name"])
    except ReqlError:
        raise failed(f"{_FORMAT}In `name`: {datum.quote(str(new['name']))} is not a valid table "
                     "name; Use A-Z, a-z, 0-9, _ and - only") from None
    try:
        db = store.find(new["db"])
    except ReqlError as error:
        raise failed(_FORMAT + error.message) from None
    if (db, new["name"]) != (table.db, table.name):
        names = {"table": table.full_name, "name": f"{db.name}.{new['name']}"}
        query.server.faults.reach("rename", {**query.context, **names})
        if db is not table.db:
            query.user.require("config", db.name)
        with store.lock:
            store.rename_table(table, db, new["name"])
    table.durability, table.write_acks = new["durability"], new["write_acks"]
    table.shards = len(new["shards"])


def _write_database(query: "Query", old: Datum, new: Datum) -> None:
    store = query.store
    if old is None or new is None:
        raise failed("This test server does not create or drop databases by `db_config`.")
    db = next(one for one in store.databases.values() if one.id == old["id"])
    query.user.require("config", db.name)
    check_name("Database", new["name"])
    if new["name"] != db.name:
        with store.lock:
            store.rename_database(db, new["name"])


def _write_user(query: "Query", old: Datum, new: Datum) -> None:
    users = query.server.users
    if new is None:
        users.remove(old["id"])
        return
    if "password" not in new:
        raise failed("Expected a field named `password`.")
    password = new["password"]
    if isinstance(password, dict):
        users.add(new["id"], password["password"], password.get("iterations"))
    elif not isinstance(password, bool):
        users.add(new["id"], str(password))
    elif old is None:
        users.add(new["id"], "")


def find(server: "Server", name: str) -> SystemTable:
    if name not in TABLES:
        raise failed(f"Table `rethinkdb.{name}` does not exist.")
    return SystemTable(server, name)
