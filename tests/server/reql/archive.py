"""Whole states: loaded from dumps and from the server's own files, saved, printed."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any, Iterator, Optional

from . import datum, function
from .datum import Datum
from .table import Database, Store, Table, add_document
from .user import Users


def load(store: Store, users: Users, path: str) -> None:
    """A .json file of save(), or an archive of `rethinkdb dump`."""
    with store.lock:
        if path.endswith(".json"):
            with open(path, encoding="utf-8", newline="") as file:
                _restore(store, users, json.loads(file.read(), object_pairs_hook=dict))
        else:
            _load_dump(store, path)


# --- dumps -------------------------------------------------------------------------------


def _load_dump(store: Store, path: str) -> None:
    members: dict[tuple[str, str], dict[str, bytes]] = {}
    with tarfile.open(path, "r:*") as archive:
        for member in archive:
            parts = member.name.split("/")
            file = archive.extractfile(member)
            if len(parts) != 3 or file is None:
                continue
            name, _, kind = parts[2].rpartition(".")
            members.setdefault((parts[1], name), {})[kind] = file.read()
    for (db, name), kinds in sorted(members.items()):
        if {"info", "json"} <= set(kinds):
            _load_table(store, db, name, json.loads(kinds["info"]), kinds["json"])


def _load_table(store: Store, db: str, name: str, info: Datum, documents: bytes) -> None:
    home = _database(store, db, info.get("db", {}).get("id"))
    store.create_table(home, name, primary_key=info["primary_key"], id=info.get("id"))
    table = home.tables[name]
    for index in info.get("indexes", []):
        table.add_index(index["index"], function.read_index(index["function"]))
    for document in datum.parse(documents.decode()):
        add_document(table, datum.sanitize(document))
    hook = info.get("write_hook")
    table.hook = function.read_hook(hook["function"]) if hook else None
    table.sync()


def _database(store: Store, name: str, id: Optional[str] = None) -> Database:
    if name not in store.databases:
        store.create_database(name, id)
    return store.databases[name]


# --- own files ---------------------------------------------------------------------------


def _restore(store: Store, users: Users, state: dict[str, Any]) -> None:
    store.server_id = state.get("server_id", store.server_id)
    users.restore(state.get("users", []))
    for name, saved in state["databases"].items():
        home = _database(store, name, saved.get("id"))
        for table, description in saved["tables"].items():
            _restore_table(home, table, description)


def _restore_table(home: Database, name: str, saved: dict[str, Any]) -> None:
    home.store.create_table(home, name, primary_key=saved["primary_key"], id=saved.get("id"),
                            shards=saved.get("shards", 1),
                            durability=saved.get("durability", "hard"))
    table = home.tables[name]
    for index, description in saved.get("indexes", {}).items():
        table.add_index(index, function.read_index(description["function"]))
    hook = saved.get("write_hook")
    table.hook = function.read_hook(hook["function"]) if hook else None
    for document in saved.get("documents", []):
        add_document(table, datum.sanitize(datum.parse(json.dumps(document))))
    table.sync()


def save(store: Store, users: Users, path: str) -> None:
    with store.lock, open(path, "w", encoding="utf-8", newline="") as file:
        file.write(f'{{"server_id":{datum.quote(store.server_id)},\n"users":')
        file.write(json.dumps(users.dump()))
        file.write(',\n"databases":')
        file.writelines(_databases(store, None, True))
        file.write("}\n")


def dump(store: Store, only: Optional[str] = None) -> str:
    """Canonical text: names sorted, documents one a line in key order, nothing random."""
    out = io.StringIO(newline="")
    with store.lock:
        out.writelines(_databases(store, only, False))
    return out.getvalue()


def _databases(store: Store, only: Optional[str], identified: bool) -> Iterator[str]:
    yield "{"
    first = True
    for name in sorted(store.databases):
        home = store.databases[name]
        tables = [home.tables[table] for table in sorted(home.tables)
                  if only in (None, name, f"{name}.{table}")]
        if not tables and only not in (None, name):
            continue
        yield ("" if first else ",") + f"\n{datum.quote(name)}:"
        first = False
        yield from _database_text(home, tables, identified)
    yield "\n}\n"


def _database_text(home: Database, tables: list[Table], identified: bool) -> Iterator[str]:
    if identified:
        yield f'{{"id":{datum.quote(home.id)},"tables":'
    yield "{"
    for number, table in enumerate(tables):
        yield ("," if number else "") + f"\n{datum.quote(table.name)}:"
        yield from _table_text(table, identified)
    yield "\n}" + ("}" if identified else "")


def _table_text(table: Table, identified: bool) -> Iterator[str]:
    indexes = {name: {"function": index.function.function.binary(),
                      "geo": index.function.geo, "multi": index.function.multi}
               for name, index in table.indexes.items()}
    head: dict[str, Datum] = {"indexes": indexes, "primary_key": table.primary_key,
                              "shards": table.shards, "write_hook": table.hook_datum()}
    if identified:
        head |= {"id": table.id, "durability": table.durability}
    yield datum.encode(head)[:-1] + ',"documents":['
    separator = "\n"
    for text in table.documents():
        yield separator + text
        separator = ",\n"
    yield "\n]}"
