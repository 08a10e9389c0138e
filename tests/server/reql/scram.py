"""The server's half of SCRAM-SHA-256, with RethinkDB's error codes and habits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Callable, Optional

from .user import Password, User

Lookup = Callable[[str], Optional[User]]


class HandshakeError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def _invalid() -> HandshakeError:
    return HandshakeError(10, "Invalid encoding")


def _attributes(message: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in message.split(",") if message else []:
        name, equals, value = part.partition("=")
        if len(name) != 1 or not equals or name in found:
            raise _invalid()
        found[name] = value
    return found


def _username(text: str) -> str:
    """The server drops the character after an escape; so does this one."""
    name, at = "", 0
    while at < len(text):
        if text[at] != "=":
            name, at = name + text[at], at + 1
            continue
        letter = {"2C": ",", "3D": "="}.get(text[at + 1:at + 3])
        if letter is None:
            raise HandshakeError(18, "Invalid username encoding")
        name, at = name + letter, at + 4
    if not name:
        raise HandshakeError(18, "Invalid username encoding")
    return name


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Authentication:
    """One client's: first(), then final(); `user` is set when the proof was right."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._known: Optional[User] = None
        self.user: Optional[User] = None

    def first(self, message: str) -> str:
        if not message.startswith("n,"):
            raise HandshakeError(15, "Channel binding is not supported")
        _, comma, self._bare = message[2:].partition(",")
        if not comma:
            raise _invalid()
        found = _attributes(self._bare)
        if "m" in found:
            raise HandshakeError(11, "Extensions not supported")
        if set(found) != {"n", "r"}:
            raise _invalid()
        self._known = self._lookup(_username(found["n"]))
        self._password = self._known.password if self._known else Password.random()
        self._nonce = found["r"] + _base64(os.urandom(18))
        self._first = (f"r={self._nonce},s={_base64(self._password.salt)},"
                       f"i={self._password.iterations}")
        return self._first

    def final(self, message: str) -> str:
        if self._known is None:
            raise HandshakeError(17, "Unknown user")
        found = _attributes(message)
        text = ",".join((self._bare, self._first, message.partition(",p=")[0]))
        self._check(found, text)
        self.user = self._known
        server_key = _mac(self._password.hash, "Server Key")
        return "v=" + _base64(_mac(server_key, text))

    def _check(self, found: dict[str, str], text: str) -> None:
        if found.get("c", "biws") != "biws":
            raise _invalid()
        if "m" in found:
            raise HandshakeError(11, "Extensions not supported")
        if set(found) != {"c", "r", "p"}:
            raise _invalid()
        if found["p"] != self._proof(text):
            raise HandshakeError(12, "Wrong password")
        if found["r"] != self._nonce:
            raise HandshakeError(20, "Other error")

    def _proof(self, text: str) -> str:
        client_key = _mac(self._password.hash, "Client Key")
        signature = _mac(hashlib.sha256(client_key).digest(), text)
        return _base64(bytes(a ^ b for a, b in zip(client_key, signature)))
