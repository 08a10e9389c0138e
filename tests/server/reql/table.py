"""What the server stores: databases, tables, documents, indexes.

Documents are kept as the text that is sent, by encoded primary key. Everything is guarded by
the store's one lock.
"""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any, Iterator, Optional

from . import datum, key
from .datum import Datum
from .error import failed, logic
from .function import Function, IndexFunction, hook_query
from .observer import Observer
from .user import SYSTEM

NAME_CHARACTERS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
LOST = "__deleted_database__"  # database of a table whose database was dropped
SYSTEM_ID = "11111111-1111-4111-8111-111111111111"


def check_name(kind: str, name: str) -> None:
    if not name or not set(name) <= NAME_CHARACTERS:
        raise logic(f"{kind} name `{name}` invalid (Use A-Z, a-z, 0-9, _ and - only).")


class Index:
    def __init__(self, name: str, function: IndexFunction, ready_at: float) -> None:
        self.name = name
        self.function = function
        self.ready_at = ready_at

    @property
    def ready(self) -> bool:
        return time.monotonic() >= self.ready_at

    def status(self) -> Datum:
        progress = {} if self.ready else {"progress": 0.5}
        return {"index": self.name, "ready": self.ready, "outdated": False,
                "multi": self.function.multi, "geo": self.function.geo,
                "function": self.function.function.binary(),
                "query": self.function.query(self.name), **progress}


class Table:
    def __init__(self, db: "Database", name: str, primary_key: str, shards: int = 1,
                 replicas: int = 1, durability: str = "hard", id: Optional[str] = None) -> None:
        self.db = db
        self.name = name
        self.id = id or str(uuid.uuid4())
        self.primary_key = primary_key
        self.shards = shards
        self.replicas = replicas
        self.durability = durability
        self.write_acks = "majority"
        self.indexes: dict[str, Index] = {}
        self.hook: Optional[Function] = None
        self.dropped = False
        self.unsynced: dict[bytes, Optional[str]] = {}
        self.written = 0  # documents stored, replaced or removed
        self.unavailable_until = 0.0
        self._documents: dict[bytes, str] = {}
        self._keys: list[bytes] = []
        self._sorted = True

    @property
    def full_name(self) -> str:
        return f"{self.db.name}.{self.name}"

    def __len__(self) -> int:
        return len(self._documents)

    def text(self, at: bytes) -> Optional[str]:
        return self._documents.get(at)

    def keys(self) -> list[bytes]:
        """All keys in order. A later change makes a new list."""
        if not self._sorted:
            self._keys = sorted(self._documents)
            self._sorted = True
        return self._keys

    def put(self, at: bytes, text: str) -> None:
        self.written += 1
        old = self._documents.get(at)
        self.unsynced.setdefault(at, old)
        self._documents[at] = text
        if old is None:
            self._sorted = False
            self.db.store.observer.changed(self)

    def remove(self, at: bytes) -> None:
        self.written += 1
        self.unsynced.setdefault(at, self._documents.pop(at))
        self._sorted = False
        self.db.store.observer.changed(self)

    def sync(self) -> None:
        self.unsynced.clear()

    def lose_unsynced(self) -> None:
        """What a crash would take: every write since the last sync or hard write."""
        for at, old in self.unsynced.items():
            if old is None:
                self._documents.pop(at, None)
            else:
                self._documents[at] = old
        self._sorted = False
        self.unsynced.clear()

    def documents(self) -> Iterator[str]:
        return (self._documents[at] for at in self.keys())

    def estimates(self) -> list[int]:
        """As loose as the real server's: exact only while there is little to count."""
        count = len(self)
        estimate = count if count < 100 else count * 943 // 1000
        estimate *= self.db.store.estimated_times
        share, rest = divmod(estimate, self.shards)
        return [share + (number < rest) for number in range(self.shards)]

    def hook_datum(self) -> Datum:
        if self.hook is None:
            return None
        return {"function": self.hook.binary(), "query": hook_query(self.hook)}

    def find_index(self, name: str) -> Index:
        if name not in self.indexes:
            raise failed(f"Index `{name}` was not found on table `{self.full_name}`.")
        return self.indexes[name]

    def add_index(self, name: str, function: IndexFunction) -> None:
        if name in self.indexes:
            raise failed(f"Index `{name}` already exists on table `{self.full_name}`.")
        ready_at = time.monotonic() + self.db.store.index_build_seconds
        self.indexes[name] = Index(name, function, ready_at)

    def drop_index(self, name: str) -> None:
        if self.indexes.pop(name, None) is None:
            raise failed(f"Index `{name}` does not exist on table `{self.full_name}`.")

    def rename_index(self, old: str, new: str, overwrite: bool) -> None:
        if old not in self.indexes or (
                new in self.indexes and new != old and not overwrite):
            raise failed(f"Index `{old}` does not exist or index `{new}` already exists on "
                         f"table `{self.full_name}`.")
        index = self.indexes.pop(old)
        index.name = new
        self.indexes[new] = index

    def config(self) -> Datum:
        server = self.db.store.server_name
        shard = {"primary_replica": server, "replicas": [server], "nonvoting_replicas": []}
        return {"db": self.db.name, "durability": self.durability, "id": self.id,
                "indexes": sorted(self.indexes), "name": self.name,
                "primary_key": self.primary_key, "shards": [shard] * self.shards,
                "write_acks": self.write_acks, "write_hook": self.hook_datum()}


class Database:
    def __init__(self, store: "Store", name: str, id: Optional[str] = None) -> None:
        self.store = store
        self.name = name
        self.id = id or str(uuid.uuid4())
        self.tables: dict[str, Table] = {}

    def config(self) -> Datum:
        return {"id": self.id, "name": self.name}

    def find(self, name: str) -> Table:
        if name not in self.tables:
            raise failed(f"Table `{self.name}.{name}` does not exist.")
        return self.tables[name]


def change(old: Datum, new: Datum) -> list[Datum]:
    return [{"old_val": old, "new_val": new}]


class Store:
    """All databases. Callers hold `lock` around anything that must be seen whole."""

    def __init__(self, server_name: str) -> None:
        self.lock = threading.RLock()
        self.server_name = server_name
        self.server_id = str(uuid.uuid4())
        self.observer = Observer()
        self.index_build_seconds = 0.0
        self.estimated_times = 1
        self.databases: dict[str, Database] = {}
        self.lost: list[Database] = []  # dropped databases whose tables stayed

    def find(self, name: str) -> Database:
        if name not in self.databases:
            raise failed(f"Database `{name}` does not exist.")
        return self.databases[name]

    def tables(self) -> list[Table]:
        return [table for db in self.databases.values() for table in db.tables.values()]

    def lost_tables(self) -> list[Table]:
        return [table for db in self.lost for table in db.tables.values()]

    def create_database(self, name: str, id: Optional[str] = None) -> Datum:
        if name in self.databases or name == SYSTEM:
            raise failed(f"Database `{name}` already exists.")
        db = self.databases[name] = Database(self, name, id)
        return {"config_changes": change(None, db.config()), "dbs_created": 1}

    def drop_database(self, name: str) -> Datum:
        if name == SYSTEM:
            raise failed(f"Database `{SYSTEM}` is special; you can't delete it.")
        db = self.find(name)
        tables = list(db.tables.values())
        for table in tables:
            self._forget(table)
        del self.databases[name]
        return {"config_changes": change(db.config(), None), "dbs_dropped": 1,
                "tables_dropped": len(tables)}

    def lose_database(self, name: str) -> None:
        """Drops a database, but not its tables: a drop that races with the creation of a table."""
        db = self.find(name)
        for table in db.tables.values():
            self.observer.vanished(table, "drop")
        del self.databases[name]
        db.name = LOST
        self.lost.append(db)

    def create_table(self, db: Database, name: str, **settings: Any) -> Datum:
        if name in db.tables:
            raise failed(f"Table `{db.name}.{name}` already exists.")
        replicas = settings.get("replicas", 1)
        if replicas != 1:
            raise failed(f"Can't put {replicas} replicas on servers with the tag `default` "
                         "because there are only 1 servers with the tag `default`. "
                         "It's impossible to have more replicas of the data than there are "
                         "servers.")
        table = db.tables[name] = Table(db, name, **settings)
        self.observer.appeared(table, "create")
        return {"config_changes": change(None, table.config()), "tables_created": 1}

    def drop_table(self, table: Table) -> Datum:
        config = table.config()
        self._forget(table)
        return {"config_changes": change(config, None), "tables_dropped": 1}

    def _forget(self, table: Table) -> None:
        if table.db not in self.lost:
            self.observer.vanished(table, "drop")
        del table.db.tables[table.name]
        table.dropped = True

    def rename_table(self, table: Table, db: Database, name: str) -> None:
        if name in db.tables and db.tables[name] is not table:
            raise failed(f"Can't rename table `{table.full_name}` to `{db.name}.{name}` because "
                         f"table `{db.name}.{name}` already exists.")
        self.observer.vanished(table, "rename")
        del table.db.tables[table.name]
        table.db, table.name = db, name
        db.tables[name] = table
        self.observer.appeared(table, "rename")

    def rename_database(self, db: Database, name: str) -> None:
        if name in self.databases and self.databases[name] is not db:
            raise failed(f"Cannot rename database `{db.name}` to `{name}` because database "
                         f"`{name}` already exists.")
        del self.databases[db.name]
        for table in db.tables.values():
            self.observer.vanished(table, "rename")
        db.name = name
        self.databases[name] = db
        for table in db.tables.values():
            self.observer.appeared(table, "rename")


def add_document(table: Table, document: Datum) -> None:
    """Loads one, without anybody's permission or hook."""
    if not isinstance(document, dict) or table.primary_key not in document:
        raise ValueError(f"a document of {table.full_name} has no `{table.primary_key}`")
    table.put(key.primary(document[table.primary_key]), datum.encode(document))
