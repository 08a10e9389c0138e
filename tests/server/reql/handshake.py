"""The V1_0 handshake, and the faults that spoil it."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

from . import datum
from .fault import Context, Drop, Fault
from .pipe import Pipe
from .scram import Authentication, HandshakeError
from .user import User

if TYPE_CHECKING:
    from .server import Server

MAGIC_V1_0 = 0x34c2bdc3
OLD_MAGICS = (0x3f61ba36, 0x723081e1, 0x5f75e83e, 0x400c2d20)
LONGEST_MESSAGE = 2048


class Handshake:
    def __init__(self, server: "Server", pipe: Pipe, context: Context) -> None:
        self.server = server
        self.pipe = pipe
        self.context = context

    def run(self) -> User:
        """The user; EOFError where the client was turned away, Drop where a fault says so."""
        try:
            self._greet()
            user = self._authenticate()
        except HandshakeError as error:
            self.server.journal.add(**self.context, event="refused", error=str(error))
            self._say({"error": str(error), "error_code": error.code, "success": False})
            raise EOFError from None
        self.server.journal.add(**self.context, event="connected", user=user.name)
        return user

    def _reach(self, at: str) -> list[Fault]:
        return self.server.faults.reach(at, self.context)

    def _greet(self) -> None:
        magic, = struct.unpack("<I", self.pipe.read(4))
        if magic != MAGIC_V1_0:
            self._plain("The PROTOBUF client protocol is no longer supported"
                        if magic in OLD_MAGICS else
                        "Received an unsupported protocol version. This port is for RethinkDB "
                        "queries. Does your client driver version not match the server?")
        self._misbehave(self._reach("hello"))
        self._say({"max_protocol_version": 0, "min_protocol_version": 0,
                   "server_version": self.server.version, "success": True})

    def _plain(self, message: str) -> None:
        self.pipe.write(f"ERROR: {message}\n\0".encode())
        raise EOFError

    def _misbehave(self, faults: list[Fault]) -> None:
        for fault in faults:
            text = fault.words.get("text", "ERROR: This is not the server you are looking for.")
            if fault.do == "refuse":
                raise HandshakeError(int(fault.words.get("code", 12)),
                                     fault.words.get("message", "Wrong password"))
            if fault.do == "length":
                self.pipe.write(b"x" * int(fault.number("bytes", 1 << 20)))
                raise Drop()
            if fault.do == "garbage":
                self.pipe.write(b'{"success":tru\xff\0')
                raise Drop()
            if fault.do == "text":
                self.pipe.write(text.encode() + b"\n\0")
                raise Drop()

    def _authenticate(self) -> User:
        authentication = Authentication(self.server.users.find)
        message = self._hear()
        if not datum.is_number(message.get("protocol_version")):
            raise HandshakeError(1, "Expected a number for `protocol_version`.")
        if message["protocol_version"] != 0:
            raise HandshakeError(2, "Unsupported `protocol_version`.")
        if not isinstance(message.get("authentication_method"), str):
            raise HandshakeError(3, "Expected a string for `authentication_method`.")
        if message["authentication_method"] != "SCRAM-SHA-256":
            raise HandshakeError(4, "Unsupported `authentication_method`.")
        self._misbehave(self._reach("first"))
        self._say({"authentication": authentication.first(self._field(message)),
                   "success": True})
        answer = authentication.final(self._field(self._hear()))
        faults = self._reach("final")
        self._misbehave(faults)
        if any(fault.do == "signature" for fault in faults):
            answer = "v=" + answer[2:][::-1].lstrip("=") + "="
        self._say({"authentication": answer, "success": True})
        assert authentication.user is not None
        return authentication.user

    def _field(self, message: dict[str, Any]) -> str:
        text = message.get("authentication")
        if not isinstance(text, str):
            raise HandshakeError(5, "Expected a string for `authentication`.")
        return text

    def _hear(self) -> dict[str, Any]:
        data = bytearray()
        while not data.endswith(b"\0"):
            if len(data) >= LONGEST_MESSAGE:
                raise HandshakeError(7, "Reading datum exceeded buffer size.")
            data += self.pipe.read(1)
        try:
            value = json.loads(data[:-1])
        except ValueError:
            raise HandshakeError(8, "Invalid JSON.") from None
        if not isinstance(value, dict):
            raise HandshakeError(9, "Failed to convert JSON to datum.")
        return value

    def _say(self, message: dict[str, Any]) -> None:
        self.pipe.write(datum.encode(message).encode() + b"\0")
