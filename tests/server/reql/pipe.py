"""A client's socket, with what the settings and faults do to its bytes."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from typing import TYPE_CHECKING

from .fault import Context, Drop

if TYPE_CHECKING:
    from .server import Server


class Pipe:
    def __init__(self, server: "Server", sock: socket.socket, context: Context) -> None:
        self._server = server
        self._socket = sock
        self._context = context
        self._buffer = bytearray()
        self._lock = threading.Lock()
        self._ended = False
        # Who sends to a client that doesn't read must notice the end too.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 200000))
        self.sent = self.received = 0

    def read(self, count: int) -> bytes:
        """Exactly so many bytes; EOFError where the client is gone."""
        while len(self._buffer) < count:
            chunk = self._socket.recv(max(65536, min(count - len(self._buffer), 1 << 20)))
            if not chunk or self._ended:
                raise EOFError
            self.received += len(chunk)
            if self._server.faults.allowance("received", len(chunk), self._context) is not None:
                raise Drop(reset=True)
            self._buffer += chunk
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def write(self, data: bytes) -> None:
        allowed = self._server.faults.allowance("sent", len(data), self._context)
        self._paced(data if allowed is None else data[:allowed])
        if allowed is not None:
            raise Drop()

    def _paced(self, data: bytes) -> None:
        settings = self._server.settings
        self.sent += len(data)
        if not settings.segment and not settings.rate:
            self._send(data)
            return
        size = settings.segment or max(1, int(settings.rate / 20))
        for at in range(0, len(data), size):
            piece = data[at:at + size]
            self._send(piece)
            if settings.rate:
                time.sleep(len(piece) / settings.rate)

    def _send(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            if self._ended:
                raise EOFError
            try:
                left = left[self._socket.send(left):]
            except (BlockingIOError, ssl.SSLWantWriteError):
                pass

    def end(self, reset: bool = False) -> None:
        """From any thread: the connection is at its end, and the thread that reads from it is
        woken to close it. What is asked for first holds."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
        try:
            if reset:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                        struct.pack("ii", 1, 0))
            self._socket.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self) -> None:
        """By the thread that reads: nobody else may, the descriptor could be another's by the
        time it is read from."""
        self.end()
        self._socket.close()
