"""Users: passwords as SCRAM keeps them, and permissions by scope."""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass, field
from typing import Any, Optional

from .error import refused

FLAGS = ("read", "write", "connect", "config")
SYSTEM = "rethinkdb"
Scope = tuple[str, ...]


@dataclass
class Password:
    salt: bytes
    iterations: int
    hash: bytes

    @classmethod
    def of(cls, text: str, iterations: int) -> "Password":
        salt = os.urandom(16)
        return cls(salt, iterations,
                   hashlib.pbkdf2_hmac("sha256", text.encode(), salt, iterations))

    @classmethod
    def random(cls) -> "Password":
        return cls(os.urandom(16), 4096, os.urandom(32))


@dataclass
class User:
    """`permissions` by scope: () for all, (db,), (db, table id); a flag left out is inherited."""

    name: str
    password: Password
    text: str = ""
    permissions: dict[Scope, dict[str, bool]] = field(default_factory=dict)

    def may(self, flag: str, db: Optional[str] = None, table: Optional[str] = None) -> bool:
        if self.name == "admin":
            return True
        scopes: list[Scope] = [(db, table)] if db is not None and table is not None else []
        if db is not None:
            scopes.append((db,))
        if db != SYSTEM:
            scopes.append(())
        for scope in scopes:
            flags = self.permissions.get(scope, {})
            if flag in flags:
                return flags[flag]
        return False

    def require(self, flag: str, db: Optional[str] = None, table: Optional[str] = None) -> None:
        needed = ("read", "write") if flag == "write" else (flag,)
        if not all(self.may(one, db, table) for one in needed):
            raise refused(self.name, flag)

    def grant(self, scope: Scope, flags: dict[str, Optional[bool]]) -> None:
        kept = self.permissions.setdefault(scope, {})
        for flag, value in flags.items():
            if value is None:
                kept.pop(flag, None)
            else:
                kept[flag] = value


class Users:
    def __init__(self, iterations: int = 4096) -> None:
        self._lock = threading.Lock()
        self._users: dict[str, User] = {}
        self.iterations = iterations
        self.add("admin", "", iterations=1)

    def add(self, name: str, password: str, iterations: Optional[int] = None) -> User:
        count = self.iterations if iterations is None else iterations
        with self._lock:
            old = self._users.get(name)
            user = User(name, Password.of(password, count), password,
                        old.permissions if old else {})
            self._users[name] = user
        return user

    def find(self, name: str) -> Optional[User]:
        with self._lock:
            return self._users.get(name)

    def remove(self, name: str) -> bool:
        with self._lock:
            return self._users.pop(name, None) is not None

    def all(self) -> list[User]:
        with self._lock:
            return [self._users[name] for name in sorted(self._users)]

    def dump(self) -> list[dict[str, Any]]:
        return [{"name": user.name, "password": user.text,
                 "iterations": user.password.iterations,
                 "permissions": [[list(scope), flags]
                                 for scope, flags in user.permissions.items()]}
                for user in self.all()]

    def restore(self, dumped: list[dict[str, Any]]) -> None:
        for item in dumped:
            user = self.add(item["name"], item["password"], item["iterations"])
            user.permissions = {tuple(scope): flags for scope, flags in item["permissions"]}


def parse_permissions(text: str) -> list[tuple[str, dict[str, bool]]]:
    """`read+write,shop=read,shop.orders=-write` into (scope's name, flags) pairs."""
    result = []
    for part in filter(None, text.split(",")):
        scope, equals, words = part.rpartition("=")
        flags = {}
        for word in words.split("+"):
            name = word.lstrip("-")
            if name not in FLAGS:
                raise ValueError(f"`{name}` is no permission ({', '.join(FLAGS)})")
            flags[name] = not word.startswith("-")
        result.append((scope, flags))
    return result
