"""Datums: JSON values as the server reads, checks, compares and prints them.

None, bool, int, float, str, list and dict stand for themselves; integral numbers up to 2^53
are ints, everything else is a float. Pseudotypes stay the objects they are on the wire.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from typing import Any, Callable, Optional

from .error import logic, missing

Datum = Any

TYPE_KEY = "$reql_type$"
MAX_INT = 1 << 53
TRUNCATED = 300


class Extreme:
    """r.minval and r.maxval."""

    def __init__(self, name: str) -> None:
        self.name = name


MINVAL = Extreme("MINVAL")
MAXVAL = Extreme("MAXVAL")


# --- reading -----------------------------------------------------------------------------


def _integer(text: str) -> Datum:
    value = int(text)
    return value if -MAX_INT <= value <= MAX_INT else narrow(float(value))


def _finite(value: float) -> float:
    if math.isinf(value) or math.isnan(value):
        raise ValueError("number out of range")
    return value


def narrow(value: float) -> Datum:
    """The number as an int where the server would print it as one."""
    _finite(value)
    if -MAX_INT <= value <= MAX_INT and value == int(value) and not _negative_zero(value):
        return int(value)
    return value


def _negative_zero(value: Datum) -> bool:
    return value == 0 and math.copysign(1.0, value) < 0


def _real(text: str) -> Datum:
    return narrow(float(text))


def _constant(text: str) -> Datum:
    raise ValueError(f"{text} is no number")


def _unique(pairs: list[tuple[str, Datum]]) -> dict[str, Datum]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DuplicateKey(twice)
    return result


class DuplicateKey(ValueError):
    pass


_decoder = json.JSONDecoder(parse_int=_integer, parse_float=_real, parse_constant=_constant,
                            object_pairs_hook=_unique)
_quick_decoder = json.JSONDecoder(parse_int=_integer, parse_float=_real,
                                  parse_constant=_constant)


def parse(text: str) -> Datum:
    """One JSON value; ValueError for anything else, DuplicateKey for a repeated name."""
    value = _decoder.decode(text)
    _well_formed(text)
    return value


def _well_formed(text: str) -> None:
    if "\\ud" in text or "\\uD" in text:
        json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")


def from_json(text: str) -> Datum:
    """What r.json() makes of a text: parsed, pseudotypes checked, errors worded."""
    shown = text if len(text) <= 40 else text[:37] + "..."
    if "\0" in text:
        raise logic("Encountered unescaped null byte in JSON string.")
    try:
        value = parse(text)
    except DuplicateKey as err:
        raise logic(f"Duplicate key {quote(str(err))} in JSON.") from None
    except json.JSONDecodeError as err:
        raise logic(f'Failed to parse "{shown}" as JSON: {_flaw(err)}') from None
    except (ValueError, RecursionError):
        raise logic(f'Failed to parse "{shown}" as JSON: Number too big to be stored in '
                    "double.") from None
    return sanitize(value) if TYPE_KEY in text or "\\u" in text else value


def load(text: str) -> Datum:
    """A document that the server itself once wrote."""
    return _quick_decoder.decode(text)


_FLAWS = {
    "Expecting value": "Invalid value.",
    "Extra data": "The document root must not follow by other values.",
    "Unterminated string starting at": "Missing a closing quotation mark in string.",
    "Invalid \\escape": "Invalid escape character in string.",
    "Invalid control character at": "Invalid encoding in string.",
    "Expecting property name enclosed in double quotes": "Missing a name for object member.",
    "Expecting ':' delimiter": "Missing a colon after a name of object member."}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def _flaw(err: json.JSONDecodeError) -> str:
    """The server's words for where its parser stopped."""
    if not err.doc.strip():
        return "The document is empty."
    if err.msg == "Expecting ',' delimiter":
        before = _STRING.sub("", err.doc[:err.pos])
        inside = before.count("{") - before.count("}") > 0 and before.rfind("{") > before.rfind(
            "[")
        return ("Missing a comma or '}' after an object member." if inside else
                "Missing a comma or ']' after an array element.")
    return _FLAWS.get(err.msg, "Invalid value.")


# --- pseudotypes -------------------------------------------------------------------------


def sanitize(value: Datum) -> Datum:
    """Checks every pseudotype inside, and brings it into the server's own form."""
    if isinstance(value, dict):
        result = {name: sanitize(item) for name, item in value.items()}
        return check_pseudotype(result) if TYPE_KEY in result else result
    if isinstance(value, list):
        return [sanitize(item) for item in value]
    return value


def check_pseudotype(value: dict[str, Datum], literal_ok: bool = True) -> dict[str, Datum]:
    name = value[TYPE_KEY]
    if not isinstance(name, str):
        raise logic(f"Error: Field `{TYPE_KEY}` must be a string (got `{short(name)}` of type "
                    f"{type_name(name)}):\n{short(value)}")
    if name == "LITERAL" and literal_ok:
        return value
    checks: dict[str, Callable[[dict[str, Datum]], dict[str, Datum]]] = {
        "TIME": _time, "BINARY": _binary, "GEOMETRY": _geometry}
    if name not in checks:
        raise logic(f"Unknown {TYPE_KEY} `PTYPE<{name}>`.")
    return checks[name](value)


_zone = re.compile(r"([+-])(\d\d)(?::?(\d\d))?")


def _time_zone(text: str) -> Optional[str]:
    if text == "Z":
        return "+00:00"
    match = _zone.fullmatch(text)
    if not match or int(match[2]) > 23 or int(match[3] or 0) > 59:
        return None
    return f"{match[1]}{match[2]}:{match[3] or '00'}"


def _time_flaw(value: dict[str, Datum]) -> Optional[str]:
    for name, item in sorted(value.items()):
        if name == "epoch_time" and not is_number(item):
            return (f"field `epoch_time` must be a number (got `{short(item)}` of type "
                    f"{type_name(item)})")
        if name == "timezone" and not isinstance(item, str):
            return (f"field `timezone` must be a string (got `{short(item)}` of type "
                    f"{type_name(item)})")
        if name == "timezone" and _time_zone(item) is None:
            return f"invalid timezone string `{short(item)}`"
        if name not in (TYPE_KEY, "epoch_time", "timezone"):
            return f"unrecognized field `{name}`"
    for name in ("epoch_time", "timezone"):
        if name not in value:
            return f"no field `{name}`"
    return None


def _time(value: dict[str, Datum]) -> dict[str, Datum]:
    flaw = _time_flaw(value)
    if flaw:
        raise logic(f"Invalid time object constructed ({flaw}):\n{short(value)}")
    scaled = value["epoch_time"] * 1000
    whole = math.floor(abs(scaled) + 0.5) * (1 if scaled >= 0 else -1)
    return {TYPE_KEY: "TIME", "epoch_time": narrow(whole / 1000),
            "timezone": _time_zone(value["timezone"])}


_blank = str.maketrans("", "", "\r\n \t")
_base64 = re.compile(r"[A-Za-z0-9+/]*")


def decode_base64(text: str) -> bytes:
    """As forgiving and as strict as the server."""
    digits, _, rest = text.translate(_blank).partition("=")
    match = _base64.match(digits)
    end = match.end() if match else 0
    if end != len(digits):
        raise logic(f"Invalid base64 character found: '{digits[end]}'.")
    if rest.strip("="):
        raise logic("Invalid base64 format, data found after padding character '='.")
    if len(digits) % 4 == 1:
        raise logic("Invalid base64 length: 1 character remaining, cannot decode a full byte.")
    return base64.b64decode(digits + "=" * (-len(digits) % 4))


def encode_base64(data: bytes) -> str:
    """A line break after every 76 characters that are not the last."""
    text = binascii.b2a_base64(data, newline=False).decode()
    return "\r\n".join(text[at:at + 76] for at in range(0, len(text), 76))


def binary(data: bytes) -> dict[str, Datum]:
    return {TYPE_KEY: "BINARY", "data": encode_base64(data)}


def binary_bytes(value: dict[str, Datum]) -> bytes:
    return decode_base64(value["data"])


def _binary(value: dict[str, Datum]) -> dict[str, Datum]:
    for name in sorted(value):
        if name not in (TYPE_KEY, "data"):
            raise logic(f"Invalid binary pseudotype: illegal `{name}` key.")
    if "data" not in value:
        raise logic("Invalid binary pseudotype: lacking `data` key.")
    if not isinstance(value["data"], str):
        raise logic(f"Expected type STRING but found {type_name(value['data'])}.")
    return binary(decode_base64(value["data"]))


def _geometry(value: dict[str, Datum]) -> dict[str, Datum]:
    for name in sorted(value):
        if name not in (TYPE_KEY, "coordinates", "type", "crs"):
            raise logic(f"Unrecognized field `{name}` found in geometry object.")
    for name in ("type", "coordinates"):
        if name not in value:
            raise missing(f"Field `{name}` not found in geometry object.")
    return value


# --- kinds -------------------------------------------------------------------------------


def is_number(value: Datum) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def pseudotype(value: Datum) -> Optional[str]:
    return value.get(TYPE_KEY) if isinstance(value, dict) else None


def type_name(value: Datum) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, Extreme):
        return value.name
    if isinstance(value, bool):
        return "BOOL"
    if isinstance(value, (int, float)):
        return "NUMBER"
    if isinstance(value, str):
        return "STRING"
    if isinstance(value, list):
        return "ARRAY"
    name = pseudotype(value)
    return f"PTYPE<{name}>" if name else "OBJECT"


# --- printing ----------------------------------------------------------------------------

_escapes = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r",
            "\t": "\\t"}
_special = re.compile(r'["\\\x00-\x1f]')


def quote(text: str) -> str:
    return '"' + _special.sub(
        lambda match: _escapes.get(match[0]) or f"\\u{ord(match[0]):04X}", text) + '"'


def number_text(value: Datum) -> str:
    """Shortest digits, in the form of the server's own number printer."""
    if isinstance(value, int):
        return str(value)
    text = repr(value)
    if "e" not in text:
        return text
    sign = "-" if value < 0 else ""
    mantissa, exponent = repr(abs(value)).split("e")
    digits = mantissa.replace(".", "")
    point = int(exponent) + 1
    return sign + _pretty(digits, point)


def _pretty(digits: str, point: int) -> str:
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits)) + ".0"
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    tail = "." + digits[1:] if len(digits) > 1 else ""
    return f"{digits[0]}{tail}e{point - 1}"


# What json.dumps prints otherwise than the server: exponents and control characters.
_foreign = re.compile(r"\d[eE][+-]\d|\\u00")
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True,
                         allow_nan=False).encode


def encode(value: Datum) -> str:
    """The text that the server sends for a datum."""
    try:
        text = _dump(value)
    except TypeError:
        name = "r.minval" if _holds(value, MINVAL) else "r.maxval"
        raise logic(f"Cannot convert `{name}` to JSON.") from None
    return _encode_slowly(value) if _foreign.search(text) else text


def _holds(value: Datum, extreme: Extreme) -> bool:
    if isinstance(value, list):
        return any(_holds(item, extreme) for item in value)
    if isinstance(value, dict):
        return any(_holds(item, extreme) for item in value.values())
    return value is extreme


def _encode_slowly(value: Datum) -> str:
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return "[" + ",".join(map(_encode_slowly, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{quote(name)}:{_encode_slowly(value[name])}"
                              for name in sorted(value)) + "}"
    if is_number(value):
        return number_text(value)
    return _dump(value)


def pretty(value: Datum, depth: int = 0) -> str:
    """Indented with tabs, as in the server's error messages."""
    inner, outer = "\n" + "\t" * (depth + 1), "\n" + "\t" * depth
    if isinstance(value, list) and value:
        return "[" + ",".join(inner + pretty(item, depth + 1) for item in value) + outer + "]"
    if isinstance(value, dict) and value:
        return "{" + ",".join(f"{inner}{quote(name)}:\t{pretty(value[name], depth + 1)}"
                              for name in sorted(value)) + outer + "}"
    return encode(value)


def short(value: Datum) -> str:
    text = pretty(value)
    return text if len(text) <= TRUNCATED else text[:TRUNCATED - 3] + "..."


# --- comparing ---------------------------------------------------------------------------


def equal(left: Datum, right: Datum) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        if pseudotype(left) == pseudotype(right) == "TIME":  # whatever their time zones
            return left["epoch_time"] == right["epoch_time"]
        return left.keys() == right.keys() and all(equal(left[name], right[name])
                                                   for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return type_name(left) == type_name(right) and left == right


def order(value: Datum) -> tuple[Any, ...]:
    """A key that sorts as the server compares: by type's name, then by value."""
    if isinstance(value, Extreme):
        return ("\x01" if value is MINVAL else "\xff",)
    name = type_name(value)
    if name == "NULL":
        return (name,)
    if name == "STRING":
        return (name, value.encode())
    if name == "ARRAY":
        return (name, tuple(order(item) for item in value))
    if name == "PTYPE<TIME>":
        return (name, value["epoch_time"])
    if name == "PTYPE<BINARY>":
        return (name, binary_bytes(value))
    if isinstance(value, dict):
        return (name, tuple((key.encode(), order(value[key])) for key in sorted(value)))
    return (name, value)


def merge(left: Datum, right: Datum) -> Datum:
    """r.merge: objects into each other, anything else replaced, literals taken whole."""
    if pseudotype(right) == "LITERAL":
        return right.get("value", _Absent)
    if not isinstance(right, dict) or pseudotype(right):
        return right
    result = dict(left) if isinstance(left, dict) and not pseudotype(left) else {}
    for name, item in right.items():
        merged = merge(result.get(name), item)
        if merged is _Absent:
            result.pop(name, None)
        else:
            result[name] = merged
    return result


class _AbsentType:
    pass


_Absent = _AbsentType()
