"""The Textual app: shows a run, live or stored.

Begin with `app.py`, which routes actions to `controllers/` and messages between the screens. The app never imports torch or SQL.
"""

import os

# Escape is the first byte of many other keys; Textual by default waits 100 ms for the next byte. (Both are read when textual is imported.)
os.environ.setdefault("ESCDELAY", "10")
os.environ.setdefault("TEXTUAL_FPS", "120")
