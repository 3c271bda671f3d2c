"""Records as styled text, without widgets.

Begin with `format.py` (signs, bars, numbers, text made safe to draw) and `step_text.py` (one step in detail).
"""
