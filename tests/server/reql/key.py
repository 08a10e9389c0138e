"""Index keys: the byte strings by which the server orders documents."""

from __future__ import annotations

import struct

from .datum import (MAXVAL, MINVAL, Datum, Extreme, binary_bytes, is_number, pretty, pseudotype,
                    short, type_name)
from .error import logic, mistyped

MAX_KEY = 250
MAX_PRIMARY = 127


def primary(value: Datum) -> bytes:
    """The encoded primary key; a ReqlError where the value can't be one."""
    if value is None or (isinstance(value, dict) and not pseudotype(value)):
        raise mistyped(value, "Primary keys must be either a number, string, bool, pseudotype "
                       f"or array (got type {type_name(value)}):\n{short(value)}")
    key = _encode(value, escape=False)
    if len(key) > MAX_PRIMARY + 1:
        raise logic(f"Primary key too long (max {MAX_PRIMARY} characters): {pretty(value)}")
    return key


def secondary(value: Datum) -> bytes:
    if value is None or isinstance(value, Extreme) or (
            isinstance(value, dict) and not pseudotype(value)):
        raise logic("Secondary keys must be a number, string, bool, pseudotype, or array "
                    f"(got type {type_name(value)}):\n{short(value)}")
    return _encode(value, escape=True) + b"\0"


def bound(value: Datum, is_primary: bool) -> bytes:
    """The end of a range; r.minval and r.maxval allowed."""
    if isinstance(value, Extreme):
        return _encode(value, escape=True)
    return primary(value) if is_primary else secondary(value)


def _encode(value: Datum, escape: bool) -> bytes:
    if value is MINVAL:
        return b"@"
    if value is MAXVAL:
        return b"["
    if isinstance(value, bool):
        return b"Bt" if value else b"Bf"
    if is_number(value):
        return _number(value)
    if isinstance(value, str):
        return _string(value, escape)
    if isinstance(value, list):
        return b"A" + b"".join(_item(item, escape) + b"\0" for item in value)
    return _pseudo(value)


def _item(value: Datum, escape: bool) -> bytes:
    if value is None or (isinstance(value, dict) and not pseudotype(value)):
        raise logic("Array keys can only contain numbers, strings, bools,  pseudotypes, or "
                    f"arrays (got {pretty(value)} of type {type_name(value)}).")
    return _encode(value, escape)


def _number(value: Datum) -> bytes:
    real = float(value) + 0.0
    bits = struct.unpack("<Q", struct.pack("<d", real))[0]
    bits = ~bits & (1 << 64) - 1 if bits >> 63 else bits ^ 1 << 63
    return b"N%016x#%s" % (bits, b"%.20g" % real)


def _escaped(data: bytes) -> bytes:
    return data.replace(b"\1", b"\1\2").replace(b"\0", b"\1\1")


def _string(value: str, escape: bool) -> bytes:
    data = value.encode()
    if escape:
        return b"S" + _escaped(data)
    if b"\0" in data:
        raise logic(f'String "{_quoted(data[:20])}" (truncated) contains NULL byte at offset '
                    f"{data.index(0)} in index key.")
    return b"S" + data


def _quoted(data: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in data)


def _pseudo(value: Datum) -> bytes:
    kind = pseudotype(value)
    if kind == "TIME":
        return b"PTIME:" + _number(value["epoch_time"])
    if kind == "BINARY":
        return b"PBINARY:" + _escaped(binary_bytes(value))
    raise logic("Cannot use a geometry value as a key value in a primary or non-geospatial "
                f"secondary index.\n{short(value)}")
