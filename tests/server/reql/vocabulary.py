"""Imports the modules whose functions register themselves as terms."""

from . import admin, reads, values, writes

__all__ = ["admin", "reads", "values", "writes"]
