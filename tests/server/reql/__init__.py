"""A ReQL server for tests: answers as RethinkDB 2.4 does, and misbehaves when told to."""
