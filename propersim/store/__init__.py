"""Store runs in a SQLite database; no other room uses SQL for runs.

Imports only ``core``. Start with ``store.py`` (``Store``, through which every other room reads and writes runs); ``migrations.py`` has
the schema, ``database_file.py`` opens the file, ``rows.py`` has the rows that are returned.
"""
