"""The listening server: what all connections share, and how it starts, dies and stops."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field
from typing import Optional
from uuid import uuid4

from . import archive
from . import vocabulary as _vocabulary  # noqa: F401 (registers the terms)
from .connection import Connection
from .control import Control
from .fault import Faults
from .journal import Journal
from .meter import Meter
from .settings import Settings
from .table import Store
from .user import Users, parse_permissions

THREAD_STACK = 64 << 20
RECURSION = 20000


@dataclass
class Tls:
    certificate: str
    key: str
    authority: Optional[str] = None

    def context(self) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.load_cert_chain(self.certificate, self.key)
        if self.authority:
            made.load_verify_locations(self.authority)
            made.verify_mode = ssl.CERT_REQUIRED
        return made


@dataclass
class Options:
    host: str = "127.0.0.1"
    port: int = 0
    version: str = "2.4.4"
    name: str = "test_server"
    iterations: int = 4096
    persist: Optional[str] = None
    tls: Optional[Tls] = None
    argv: list[str] = field(default_factory=lambda: ["rethinkdb"])


class Server:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.version = options.version
        self.argv = options.argv
        self.started = self.peer_started = time.time()
        self.stopping = False
        self.system_id = str(uuid4())
        self.store = Store(options.name)
        self.users = Users(options.iterations)
        self.journal = Journal()
        self.meter = Meter()
        self.settings = Settings()
        self.control = Control(self)
        self.faults = Faults(self.kill, self.control.run)
        self._connections: set[Connection] = set()
        self._lock = threading.Lock()
        self._accepted = 0
        self._tls = options.tls.context() if options.tls else None
        self._listener = socket.create_server((options.host, options.port), backlog=128)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def load(self, path: str) -> None:
        archive.load(self.store, self.users, path)

    def add_user(self, name: str, password: str, permissions: str,
                 iterations: Optional[int] = None) -> None:
        user = self.users.add(name, password, iterations)
        for scope, flags in parse_permissions(permissions):
            user.grant(self._scope(scope), dict(flags))

    def _scope(self, name: str) -> tuple[str, ...]:
        """`db.table` as permissions are kept: by the table's id, so that renames follow."""
        db, dot, table = name.partition(".")
        if not dot or db == "rethinkdb":
            return tuple(filter(None, (db, table)))
        return (db, self.store.find(db).find(table).id)

    # --- connections ---------------------------------------------------------------------

    def serve(self) -> None:
        """Accepts until stop()."""
        sys.setrecursionlimit(RECURSION)
        threading.stack_size(THREAD_STACK)
        while not self.stopping:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                break
            self._accepted += 1
            threading.Thread(target=self._welcome, args=(sock, self._accepted),
                             daemon=True).start()

    def _welcome(self, sock: socket.socket, number: int) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
        except (ssl.SSLError, OSError) as error:
            self.journal.add(conn=number, event="tls", error=str(error))
            sock.close()
            return
        connection = Connection(self, sock, number)
        with self._lock:
            self._connections.add(connection)
        connection.serve()

    def forget(self, connection: Connection) -> None:
        with self._lock:
            self._connections.discard(connection)
        self.journal.add(conn=connection.number, event="closed",
                         sent=connection.pipe.sent, received=connection.pipe.received)

    def connections(self) -> list[Connection]:
        with self._lock:
            return list(self._connections)

    def kick(self) -> int:
        """Ends every connection; returns how many there were."""
        found = self.connections()
        for connection in found:
            connection.close()
        return len(found)

    def report(self, error: Exception) -> None:
        traceback.print_exception(error)

    # --- ends ----------------------------------------------------------------------------

    def save(self, path: Optional[str] = None) -> None:
        target = path or self.options.persist
        if target is None:
            raise ValueError("no file given, and no --persist")
        archive.save(self.store, self.users, target + ".new")
        os.replace(target + ".new", target)

    def restart_peer(self) -> None:
        """The second server dies and is back at once, without what was written since the last
        sync. Connections to this server remain."""
        with self.store.lock:
            for table in self.store.tables():
                table.lose_unsynced()
            self.peer_started += 1

    def kill(self, lose_unsynced: bool = False) -> None:
        """Dies as of SIGKILL; with --persist the state survives, on wish without what was
        written since the last sync."""
        with self.store.lock:
            if lose_unsynced:
                for table in self.store.tables():
                    table.lose_unsynced()
            if self.options.persist:
                self.save()
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)

    def stop(self) -> None:
        self.stopping = True
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self.kick()
