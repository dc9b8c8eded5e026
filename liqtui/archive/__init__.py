"""What is kept on disk between runs: one SQLite file that anybody can query.

`docs/archive.md` describes its tables. One process writes it, from a thread of its own; every
other opens it read-only.
"""
