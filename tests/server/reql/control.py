"""Commands for a running server, one a line, on a Unix socket or a local port.

The answer is `ok LENGTH` and that many bytes, or `error WORDS`.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Optional

from . import archive, datum, key
from .error import ReqlError
from .table import Table, add_document

if TYPE_CHECKING:
    from .server import Server

Words = list[str]
Command = Callable[["Control", Words], Any]

COMMANDS: dict[str, Command] = {}


class Refused(Exception):
    """A command that can't be done, or an expectation that does not hold."""


def command(name: str) -> Callable[[Command], Command]:
    def register(function: Command) -> Command:
        COMMANDS[name] = function
        return function
    return register


class Control:
    def __init__(self, server: "Server") -> None:
        self.server = server

    def listen(self, address: str) -> None:
        if address.isdigit():
            listener = socket.create_server(("127.0.0.1", int(address)))
        else:
            if os.path.exists(address):
                os.unlink(address)
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(address)
            listener.listen()
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, sock.makefile("rwb") as file:
            for line in file:
                try:
                    answer = self.run(line.decode().strip()).encode()
                    file.write(b"ok %d\n" % len(answer) + answer)
                except (Refused, ReqlError, ValueError, OSError, IndexError, KeyError) as error:
                    words = str(error) or repr(error)
                    file.write(b"error " + words.replace("\n", " ").encode() + b"\n")
                try:
                    file.flush()
                except OSError:
                    return

    def run(self, line: str) -> str:
        name, _, rest = line.partition(" ")
        if name not in COMMANDS:
            raise Refused(f"no command `{name}` ({', '.join(sorted(COMMANDS))})")
        return _text(COMMANDS[name](self, shlex.split(rest)))

    def table(self, name: str) -> Table:
        db, _, table = name.partition(".")
        return self.server.store.find(db).find(table)


def _text(result: Any) -> str:
    if result is None:
        return ""
    if isinstance(result, str):
        return result
    if isinstance(result, list):
        return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in result)
    return json.dumps(result, ensure_ascii=False) + "\n"


def _filters(words: Words) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in words)}


# --- faults and settings -----------------------------------------------------------------


@command("fault")
def _fault(control: Control, words: Words) -> Any:
    return control.server.faults.arm(words).id


@command("faults")
def _faults(control: Control, words: Words) -> Any:
    return control.server.faults.all()


@command("clear")
def _clear(control: Control, words: Words) -> None:
    control.server.faults.clear(int(words[0]) if words else None)


@command("await-fault")
def _await_fault(control: Control, words: Words) -> None:
    """NUMBER [fired=N] [timeout=S]: until the fault has fired so often."""
    wanted = _filters(words[1:])
    count, seconds = int(wanted.get("fired", 1)), float(wanted.get("timeout", 120))
    if not control.server.faults.wait(int(words[0]), count, seconds):
        raise Refused(f"fault {words[0]} has not fired {count} times within {seconds:g} s")


@command("set")
def _set(control: Control, words: Words) -> None:
    name, value = words
    control.server.settings.set(name, value)
    control.server.store.index_build_seconds = control.server.settings.index_build
    control.server.store.estimated_times = control.server.settings.estimates


@command("settings")
def _settings(control: Control, words: Words) -> Any:
    return control.server.settings.to_json()


@command("unavailable")
def _unavailable(control: Control, words: Words) -> None:
    """DB.TABLE or `*`, SECONDS."""
    name, seconds = words
    until = time.monotonic() + float(seconds)
    with control.server.store.lock:
        tables = control.server.store.tables() if name == "*" else [control.table(name)]
        for table in tables:
            table.unavailable_until = until


@command("build-indexes")
def _build_indexes(control: Control, words: Words) -> None:
    """DB.TABLE: those that are being built are ready."""
    with control.server.store.lock:
        for index in control.table(words[0]).indexes.values():
            index.ready_at = time.monotonic()


# --- state -------------------------------------------------------------------------------


@command("dump-state")
def _dump_state(control: Control, words: Words) -> str:
    return archive.dump(control.server.store, words[0] if words else None)


@command("save")
def _save(control: Control, words: Words) -> None:
    control.server.save(words[0] if words else None)


@command("load")
def _load(control: Control, words: Words) -> None:
    control.server.load(words[0])


@command("create-db")
def _create_db(control: Control, words: Words) -> None:
    with control.server.store.lock:
        control.server.store.create_database(words[0])


@command("drop-db")
def _drop_db(control: Control, words: Words) -> None:
    with control.server.store.lock:
        control.server.store.drop_database(words[0])


@command("lose-db")
def _lose_db(control: Control, words: Words) -> None:
    """DB: drops the database, but its tables stay in `__deleted_database__`."""
    with control.server.store.lock:
        control.server.store.lose_database(words[0])


@command("lost-tables")
def _lost_tables(control: Control, words: Words) -> Any:
    with control.server.store.lock:
        return sorted(table.name for table in control.server.store.lost_tables())


@command("create-table")
def _create_table(control: Control, words: Words) -> None:
    db, _, name = words[0].partition(".")
    store = control.server.store
    with store.lock:
        store.create_table(store.find(db), name,
                           primary_key=words[1] if len(words) > 1 else "id")


@command("drop-table")
def _drop_table(control: Control, words: Words) -> None:
    with control.server.store.lock:
        control.server.store.drop_table(control.table(words[0]))


@command("rename-table")
def _rename_table(control: Control, words: Words) -> None:
    db, _, name = words[1].partition(".")
    store = control.server.store
    with store.lock:
        store.rename_table(control.table(words[0]), store.find(db), name)


@command("insert")
def _insert(control: Control, words: Words) -> None:
    """DB.TABLE and documents, each one word of JSON."""
    with control.server.store.lock:
        table = control.table(words[0])
        for text in words[1:]:
            add_document(table, datum.sanitize(datum.parse(text)))


@command("remove")
def _remove(control: Control, words: Words) -> None:
    """DB.TABLE and keys, each one word of JSON."""
    with control.server.store.lock:
        table = control.table(words[0])
        for text in words[1:]:
            at = key.primary(datum.sanitize(datum.parse(text)))
            if table.text(at) is not None:
                table.remove(at)


@command("touch")
def _touch(control: Control, words: Words) -> None:
    """DB.TABLE KEY: the document, if there is one, is another one each time."""
    with control.server.store.lock:
        table = control.table(words[0])
        at = key.primary(datum.sanitize(datum.parse(words[1])))
        text = table.text(at)
        if text is not None:
            document = datum.load(text)
            document["touched"] = document.get("touched", 0) + 1
            table.put(at, datum.encode(document))


@command("sync")
def _sync(control: Control, words: Words) -> None:
    with control.server.store.lock:
        control.table(words[0]).sync()


@command("fill")
def _fill(control: Control, words: Words) -> None:
    """DB.TABLE COUNT [BYTES]: documents {"id": n, "pad": …}."""
    count, size = int(words[1]), int(words[2]) if len(words) > 2 else 0
    with control.server.store.lock:
        table = control.table(words[0])
        for number in range(count):
            add_document(table, {table.primary_key: number, "pad": "x" * size})
        table.sync()


@command("count")
def _count(control: Control, words: Words) -> Any:
    with control.server.store.lock:
        return len(control.table(words[0]))


@command("tables")
def _tables(control: Control, words: Words) -> Any:
    with control.server.store.lock:
        return sorted(table.full_name for table in control.server.store.tables())


@command("unsynced")
def _unsynced(control: Control, words: Words) -> Any:
    with control.server.store.lock:
        return len(control.table(words[0]).unsynced)


@command("written")
def _written(control: Control, words: Words) -> Any:
    """Documents stored, replaced or removed since the last time that this was asked."""
    with control.server.store.lock:
        table = control.table(words[0])
        written, table.written = table.written, 0
        return written


@command("user")
def _user(control: Control, words: Words) -> None:
    """NAME PASSWORD PERMISSIONS [ITERATIONS]."""
    control.server.add_user(words[0], words[1], words[2] if len(words) > 2 else "",
                            int(words[3]) if len(words) > 3 else None)


@command("drop-user")
def _drop_user(control: Control, words: Words) -> None:
    if not control.server.users.remove(words[0]):
        raise Refused(f"no user `{words[0]}`")


# --- what was seen -----------------------------------------------------------------------


@command("observe")
def _observe(control: Control, words: Words) -> None:
    with control.server.store.lock:
        control.server.store.observer.reset(control.server.store.tables())


@command("observed")
def _observed(control: Control, words: Words) -> Any:
    with control.server.store.lock:
        return control.server.store.observer.sights(words[0] if words else None)


@command("never-fewer")
def _never_fewer(control: Control, words: Words) -> None:
    """DB.TABLE COUNT: an error where the name ever stood for fewer documents, or was never
    seen."""
    name, wanted = words[0], int(words[1])
    with control.server.store.lock:
        least = control.server.store.observer.least(name)
    if least is None:
        raise Refused(f"{name} was never seen")
    if least < wanted:
        raise Refused(f"{name} was seen with {least} documents, fewer than {wanted}")


@command("queries")
def _queries(control: Control, words: Words) -> Any:
    return control.server.journal.find(_filters(words))


@command("forget-queries")
def _forget_queries(control: Control, words: Words) -> None:
    control.server.journal.clear()


@command("await")
def _await(control: Control, words: Words) -> None:
    """NAME=VALUE… [count=N] [timeout=S]: until the journal holds N such records."""
    wanted = _filters(words)
    count, seconds = int(wanted.pop("count", 1)), float(wanted.pop("timeout", 120))
    if not control.server.journal.wait(wanted, count, seconds):
        raise Refused(f"not {count} of {' '.join(words)} within {seconds:g} s")


# --- life --------------------------------------------------------------------------------


@command("ping")
def _ping(control: Control, words: Words) -> str:
    return "pong\n"


@command("connections")
def _connections(control: Control, words: Words) -> Any:
    return [{"conn": one.number, "user": one.user.name if one.user else None,
             "sent": one.pipe.sent, "received": one.pipe.received}
            for one in sorted(control.server.connections(), key=lambda one: one.number)]


@command("kick")
def _kick(control: Control, words: Words) -> Any:
    return control.server.kick()


@command("kill")
def _kill(control: Control, words: Words) -> None:
    control.server.kill(words == ["lose=unsynced"])


@command("restart-peer")
def _restart_peer(control: Control, words: Words) -> None:
    control.server.restart_peer()


@command("stop")
def _stop(control: Control, words: Words) -> None:
    threading.Timer(0.05, control.server.stop).start()


def ask(address: str, line: str, timeout: Optional[float] = 150) -> tuple[bool, bytes]:
    """The client's side: true and the answer, or false and the error's words."""
    family = socket.AF_INET if address.isdigit() else socket.AF_UNIX
    with socket.socket(family) as sock:
        sock.settimeout(timeout)
        sock.connect(("127.0.0.1", int(address)) if address.isdigit() else address)
        with sock.makefile("rwb") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            status, _, rest = file.readline().partition(b" ")
            if status == b"ok":
                return True, file.read(int(rest))
            return False, rest or b"the server went away\n"
