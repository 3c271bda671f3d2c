"""The Textual app: draws the records of a run, live or stored; it knows neither torch nor SQL."""
