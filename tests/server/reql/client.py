"""A small ReQL client for the server's own tests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import socket
import struct
from typing import Any, Optional

MAGIC = struct.pack("<I", 0x34c2bdc3)


class Refused(Exception):
    """The handshake failed; `code` is None where the server sent no JSON."""

    def __init__(self, code: Optional[int], message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Closed(Exception):
    pass


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Client:
    def __init__(self, port: int, user: str = "admin", password: str = "",
                 sock: Optional[socket.socket] = None, timeout: float = 120) -> None:
        self.socket = sock or socket.create_connection(("127.0.0.1", port), timeout)
        self.signature_right = False
        self.iterations = 0
        self._token = 0
        try:
            self._handshake(user, password)
        except Exception:
            self.socket.close()
            raise

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    # --- handshake -----------------------------------------------------------------------

    def _message(self) -> dict[str, Any]:
        data = b""
        while not data.endswith(b"\0"):
            chunk = self.socket.recv(1)
            if not chunk:
                raise Closed
            data += chunk
        try:
            message: dict[str, Any] = json.loads(data[:-1])
        except ValueError:
            raise Refused(None, data[:-1].decode(errors="replace")) from None
        if not message["success"]:
            raise Refused(message["error_code"], message["error"])
        return message

    def _say(self, message: dict[str, Any]) -> None:
        self.socket.sendall(json.dumps(message).encode() + b"\0")

    def _handshake(self, user: str, password: str) -> None:
        self.socket.sendall(MAGIC)
        self.version = self._message()["server_version"]
        bare = f"n={user},r={base64.b64encode(os.urandom(12)).decode()}"
        self._say({"protocol_version": 0, "authentication_method": "SCRAM-SHA-256",
                   "authentication": "n,," + bare})
        first = self._message()["authentication"]
        nonce, salt, iterations = (part[2:] for part in first.split(","))
        self.iterations = int(iterations)
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt),
                                     self.iterations)
        client_key = _mac(salted, "Client Key")
        bare_final = f"c=biws,r={nonce}"
        text = f"{bare},{first},{bare_final}"
        stamp = _mac(hashlib.sha256(client_key).digest(), text)
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, stamp))).decode()
        self._say({"authentication": f"{bare_final},p={proof}"})
        wanted = base64.b64encode(_mac(_mac(salted, "Server Key"), text)).decode()
        self.signature_right = self._message()["authentication"] == "v=" + wanted

    # --- frames --------------------------------------------------------------------------

    def send_text(self, token: int, text: bytes) -> None:
        self.socket.sendall(struct.pack("<qI", token, len(text)) + text)

    def send(self, query: list[Any], token: Optional[int] = None) -> int:
        if token is None:
            self._token += 1
            token = self._token
        self.send_text(token, json.dumps(query).encode())
        return token

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                raise Closed
            data += chunk
        return data

    def receive_text(self) -> tuple[int, bytes]:
        try:
            token, size = struct.unpack("<qI", self._exactly(12))
            return token, self._exactly(size)
        except ConnectionError:
            raise Closed from None

    def receive(self) -> tuple[int, Any]:
        token, text = self.receive_text()
        return token, json.loads(text)

    def ask(self, term: Any, **options: Any) -> Any:
        """The whole answer to one START."""
        token = self.send([1, term, options])
        answered, answer = self.receive()
        assert answered == token, (answered, token)
        return answer

    def run(self, term: Any, **options: Any) -> Any:
        """The value, or all rows of the stream; AssertionError with the answer otherwise."""
        answer = self.ask(term, **options)
        rows = list(answer["r"])
        while answer["t"] == 3:
            self.send([2], self._token)
            _, answer = self.receive()
            rows += answer["r"]
        assert answer["t"] in (1, 2), answer
        return rows[0] if answer["t"] == 1 else rows


def table(name: str) -> Any:
    db, _, table_name = name.partition(".")
    return [15, [[14, [db]], table_name]]
