"""Errors as the client sees them: response type, error class, words and backtrace."""

from __future__ import annotations

from typing import Optional, Sequence, Union

Frame = Union[int, str]
Path = tuple[Frame, ...]

CLIENT_ERROR = 16
COMPILE_ERROR = 17
RUNTIME_ERROR = 18

INTERNAL = 1000000
RESOURCE_LIMIT = 2000000
QUERY_LOGIC = 3000000
NON_EXISTENCE = 3100000
OP_FAILED = 4100000
OP_INDETERMINATE = 4200000
USER = 5000000
PERMISSION_ERROR = 6000000

CLASSES = {
    "INTERNAL": INTERNAL,
    "RESOURCE_LIMIT": RESOURCE_LIMIT,
    "QUERY_LOGIC": QUERY_LOGIC,
    "NON_EXISTENCE": NON_EXISTENCE,
    "OP_FAILED": OP_FAILED,
    "OP_INDETERMINATE": OP_INDETERMINATE,
    "USER": USER,
    "PERMISSION_ERROR": PERMISSION_ERROR,
}


class ReqlError(Exception):
    """A query's failure. `path` is the term's place in the query, None until it is known."""

    def __init__(self, code: int, message: str, path: Optional[Sequence[Frame]] = None,
                 response: int = RUNTIME_ERROR) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path
        self.response = response

    def at(self, path: Sequence[Frame]) -> "ReqlError":
        """Fills in the place, where a deeper term has not done so already."""
        if self.path is None:
            self.path = path
        return self


def logic(message: str) -> ReqlError:
    return ReqlError(QUERY_LOGIC, message)


def mistyped(value: object, message: str) -> ReqlError:
    """A value of the wrong type: null counts as one that does not exist."""
    return ReqlError(NON_EXISTENCE if value is None else QUERY_LOGIC, message)


def missing(message: str) -> ReqlError:
    return ReqlError(NON_EXISTENCE, message)


def failed(message: str) -> ReqlError:
    return ReqlError(OP_FAILED, message)


def compile_error(message: str, path: Sequence[Frame] = ()) -> ReqlError:
    return ReqlError(QUERY_LOGIC, message, path, COMPILE_ERROR)


def client_error(message: str) -> ReqlError:
    return ReqlError(QUERY_LOGIC, message, (), CLIENT_ERROR)


def refused(user: str, permission: str) -> ReqlError:
    return ReqlError(PERMISSION_ERROR,
                     f"User `{user}` does not have the required `{permission}` permission.")
