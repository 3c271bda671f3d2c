"""The Textual app: draws the records of a run, live or stored; it knows neither torch nor SQL."""

import os

# Escape is the first byte of many other keys: Textual waits 100 ms whether more of one comes. Escape is to answer as fast as the others.
os.environ.setdefault("ESCDELAY", "10")
os.environ.setdefault("TEXTUAL_FPS", "120")
