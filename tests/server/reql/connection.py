"""One client: its queries are answered side by side."""

from __future__ import annotations

import socket
import struct
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Optional

from . import datum, term
from .error import (CLIENT_ERROR, RESOURCE_LIMIT, RUNTIME_ERROR, ReqlError, client_error,
                    compile_error, logic)
from .fault import Context, Drop, Fault
from .handshake import Handshake
from .journal import rows_of, table_of, terms_of
from .pipe import Pipe
from .query import Query, Scope, Selected, Value, value_type
from .selection import Limits, Range, Source, Stream
from .system import SystemTable
from .user import User

if TYPE_CHECKING:
    from .server import Server

HARD_LIMIT = 1 << 30
WORKERS = 64

START, CONTINUE, STOP, NOREPLY_WAIT, SERVER_INFO = 1, 2, 3, 4, 5
ATOM, SEQUENCE, PARTIAL, WAIT_COMPLETE, INFO = 1, 2, 3, 4, 5


@dataclass
class Live:
    """A query whose answer is not complete: one batch at a time."""

    query: Optional[Query] = None
    source: Optional[Source] = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    sent_batch: bool = False
    stopped: bool = False


class Connection:
    def __init__(self, server: "Server", sock: socket.socket, number: int) -> None:
        self.server = server
        self.number = number
        self.context: Context = {"conn": number}
        self.pipe = Pipe(server, sock, self.context)
        self.user: Optional[User] = None
        self._send_lock = threading.Lock()
        self._live: dict[int, Live] = {}
        self._live_lock = threading.Lock()
        self._working: set[Future[None]] = set()
        self._pool = ThreadPoolExecutor(WORKERS, f"query-{number}")

    def serve(self) -> None:
        reset = False
        try:
            self.server.faults.reach("accept", self.context)
            self.user = Handshake(self.server, self.pipe, self.context).run()
            self.context["user"] = self.user.name
            self._loop()
        except Drop as drop:
            reset = drop.reset
        except (EOFError, OSError):
            pass
        finally:
            self.close(reset)
            self.pipe.close()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self.server.forget(self)

    def close(self, reset: bool = False) -> None:
        self.pipe.end(reset)

    # --- frames --------------------------------------------------------------------------

    def _loop(self) -> None:
        while True:
            token, size = struct.unpack("<qI", self.pipe.read(12))
            if size >= self.server.settings.max_query:
                self._too_large(token, size)
            data = self.pipe.read(size)
            self._working = {future for future in self._working if not future.done()}
            self._dispatch(token, data)

    def _too_large(self, token: int, size: int) -> None:
        if size < HARD_LIMIT:
            left = size
            while left:
                left -= len(self.pipe.read(min(left, 1 << 20)))
        most = self.server.settings.max_query - 1
        self._error(token, ReqlError(RESOURCE_LIMIT, f"Query size ({size}) greater than maximum "
                                     f"({most}).", (), CLIENT_ERROR), {})
        raise EOFError

    def _dispatch(self, token: int, data: bytes) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            self._error(token, compile_error(_not_utf8(data, error.start)), {})
            return
        try:
            message = datum.parse(text)
        except datum.DuplicateKey as error:
            self._error(token, compile_error(f"Duplicate object key: {error}."), {})
            return
        except (ValueError, RecursionError):
            self._journal(token, None, data.decode(errors="replace"))
            self._error(token, client_error("Client is buggy (failed to deserialize query)."),
                        {})
            return
        try:
            kind = self._kind(message)
        except ReqlError as error:
            self._error(token, error, {})
            return
        self._journal(token, message, text)
        self._submit(token, kind, message)

    def _kind(self, message: Any) -> int:
        prefix = "Server could not parse query: "
        if not isinstance(message, list):
            raise client_error(f"{prefix}Expected a query to be an array, but found "
                               f"{datum.type_name(message)}.")
        if not 1 <= len(message) <= 3:
            raise client_error(f"{prefix}Expected 1 to 3 elements in the top-level query, but "
                               f"found {len(message)}.")
        kind = message[0]
        if not datum.is_number(kind):
            raise client_error(f"{prefix}Expected a query type as a number, but found "
                               f"{datum.type_name(kind)}.")
        if kind not in (START, CONTINUE, STOP, NOREPLY_WAIT, SERVER_INFO):
            raise client_error(f"{prefix}Unrecognized QueryType: {kind}.")
        if len(message) == 3 and not isinstance(message[2], dict):
            raise client_error(f"{prefix}Expected global optargs as an object, but found "
                               f"{datum.type_name(message[2])}.")
        return int(kind)

    def _journal(self, token: int, message: Any, text: str) -> None:
        raw = message[1] if isinstance(message, list) and len(message) > 1 else None
        self.server.journal.add(
            conn=self.number, user=self.user.name if self.user else None, token=token,
            type=message[0] if isinstance(message, list) and message else None,
            root=term.name_of(raw) if raw is not None else None, terms=sorted(terms_of(raw)),
            table=table_of(raw), rows=rows_of(raw), length=len(text.encode()),
            options=message[2] if isinstance(message, list) and len(message) > 2 else {},
            query=text)

    def _submit(self, token: int, kind: int, message: list[Any]) -> None:
        if kind == START:
            self._start(token, message)
        elif kind == CONTINUE:
            live = self._find(token)
            if live is None:
                self._unknown(token)
            else:
                self._work(self._continue, token, live)
        elif kind == STOP:
            self._stop(token)
        elif kind == NOREPLY_WAIT:
            earlier = set(self._working)
            self._work(self._noreply_wait, token, earlier)
        else:
            info = {"id": self.server.store.server_id, "name": self.server.store.server_name,
                    "proxy": False}
            self._work(self._answer, token, INFO, [datum.encode(info)], {})

    def _work(self, function: Any, token: int, *arguments: Any) -> None:
        self._working.add(self._pool.submit(self._guarded, function, token, *arguments))

    def _guarded(self, function: Any, token: int, *arguments: Any) -> None:
        try:
            function(token, *arguments)
            self.server.meter.count()
        except Drop as drop:
            self.close(drop.reset)
        except (OSError, EOFError):
            self.close()
        except Exception as error:  # a defect of this server must not look like a hang
            self.server.report(error)
            self._error(token, ReqlError(1000000, f"Unexpected exception: {error!r}", ()), {})

    # --- queries -------------------------------------------------------------------------

    def _find(self, token: int) -> Optional[Live]:
        with self._live_lock:
            return self._live.get(token)

    def _forget(self, token: int) -> Optional[Live]:
        with self._live_lock:
            return self._live.pop(token, None)

    def _unknown(self, token: int) -> None:
        self._error(token, client_error(f"Token {token} not in stream cache."), {})

    def _start(self, token: int, message: list[Any]) -> None:
        with self._live_lock:
            duplicate = token in self._live
            if not duplicate:
                self._live[token] = Live()
        if duplicate:
            self._error(token, client_error(f"ERROR: duplicate token {token}"), {})
            return
        raw = message[1] if len(message) > 1 else None
        options = message[2] if len(message) > 2 else {}
        self._work(self._run, token, raw, options)

    def _run(self, token: int, raw: Any, options: dict[str, Any]) -> None:
        live = self._find(token)
        assert live is not None and self.user is not None
        context = {**self.context, "terms": terms_of(raw), "table": table_of(raw),
                   "token": token}
        silent = options.get("noreply") is True
        with live.lock:
            try:
                self.server.faults.reach("query", context)
                live.query = Query(self.server, self.user, options, context)
                value = live.query.evaluate(raw, Scope(), ())
                self._respond(token, live, value, silent)
            except ReqlError as error:
                self._forget(token)
                if not silent:
                    self._error(token, error, context)
            except RecursionError:
                self._forget(token)
                self._error(token, ReqlError(RESOURCE_LIMIT, "Recursion limit exceeded.", ()),
                            context)

    def _respond(self, token: int, live: Live, value: Value, silent: bool) -> None:
        query = live.query
        assert query is not None
        if isinstance(value, (Range, SystemTable)):
            value = query.stream(value)
        if isinstance(value, Stream):
            live.source = value.sender()
            self._send_batch(token, live, silent)
            return
        if value_type(value) in ("DATABASE", "FUNCTION"):
            raise logic("Query result must be of type DATUM, GROUPED_DATA, or STREAM (got "
                        f"{value_type(value)}).").at(())
        text = datum.encode(value.rows if isinstance(value, Selected) else query.as_datum(value))
        self._forget(token)
        if not silent:
            self._answer(token, ATOM, [text], query.context)

    def _send_batch(self, token: int, live: Live, silent: bool = False) -> None:
        assert live.source is not None and live.query is not None
        limits: Limits = live.query.limits()
        rows = live.source.batch(limits, not live.sent_batch)
        live.sent_batch = True
        done = live.source.exhausted or not rows or silent
        if done:
            self._forget(token)
        if not silent:
            self._answer(token, SEQUENCE if done else PARTIAL, rows, live.query.context)

    def _continue(self, token: int, live: Live) -> None:
        with live.lock:
            if live.stopped:
                self._answer(token, SEQUENCE, [], {})
                return
            if self._find(token) is not live or live.query is None:
                self._unknown(token)
                return
            try:
                self.server.faults.reach("batch", live.query.context)
                self._send_batch(token, live)
            except ReqlError as error:
                self._forget(token)
                self._error(token, error.at(()), live.query.context)

    def _stop(self, token: int) -> None:
        live = self._forget(token)
        if live is None:
            self._unknown(token)
            return
        live.stopped = True
        self._work(self._stopped, token, live)

    def _stopped(self, token: int, live: Live) -> None:
        with live.lock:
            self._answer(token, SEQUENCE, [], {})

    def _noreply_wait(self, token: int, earlier: set[Future[None]]) -> None:
        wait(earlier)
        self._answer(token, WAIT_COMPLETE, [], {})

    # --- answers -------------------------------------------------------------------------

    def _answer(self, token: int, kind: int, rows: list[str], context: Context) -> None:
        notes = ',"n":[]' if kind in (SEQUENCE, PARTIAL) else ""
        self._send(token, f'{{"t":{kind},"r":[{",".join(rows)}]{notes}}}'.encode(), context)

    def _error(self, token: int, error: ReqlError, context: Context) -> None:
        code = f'"e":{error.code},' if error.response == RUNTIME_ERROR else ""
        path = datum.encode(list(error.path or ()))
        self._send(token, f'{{"t":{error.response},{code}"r":[{datum.quote(error.message)}],'
                          f'"b":{path}}}'.encode(), context)

    def _send(self, token: int, text: bytes, context: Context) -> None:
        if self.server.settings.delay:
            time.sleep(self.server.settings.delay)
        frame = struct.pack("<qI", token, len(text)) + text
        faults = self.server.faults.reach("reply", {**self.context, **context})
        for fault in faults:
            frame = spoiled(fault, token, text)
        with self._send_lock:
            self.pipe.write(frame)
            if any(fault.do == "cut" for fault in faults):
                raise Drop()


def _not_utf8(data: bytes, at: int) -> str:
    """The server's words for a string that is no UTF-8."""
    start = data.rfind(b'"', 0, at) + 1
    shown = data[start:min(at, start + 20)].decode(errors="replace")
    return (f"String `{shown}` (truncated) is not a UTF-8 string; Invalid initial byte seen at "
            f"position {at - start}.")


def spoiled(fault: Fault, token: int, text: bytes) -> bytes:
    """The answer's frame as the fault wants it."""
    size = len(text)
    if fault.do == "length":
        size = int(fault.number("bytes", 0xffffffff))
    elif fault.do == "token":
        token = int(fault.number("value", token + 1000))
    elif fault.do == "garbage":
        text = b'{"t":1,"r":[{"a":' + b"\xff" * max(0, size - 17)
        size = len(text)
    elif fault.do == "text":
        text = fault.words.get("text", "null").encode()
        size = len(text)
    elif fault.do == "cut":
        text = text[:int(fault.number("bytes", size // 2))]
    return struct.pack("<qI", token, size & 0xffffffff) + text
