"""Records as styled text, without widgets.

Begin with `format.py` (colours, signs, cleaning of text) and `step_text.py` (one step in detail).
"""
