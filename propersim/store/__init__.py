"""The database of runs, in SQLite. No other room speaks SQL.

Imports `core` alone. Begin with `store.py` (the `Store` that everyone uses); `migrations.py` has the schema.
"""
