"""The recorded run that ships with the package: HomeLM with p01 for 14 days, and the oracle's run beside it.

``python -m tools.demo_run`` records it. Nothing is written beside the package: the recording is unpacked into a temporary folder.
"""

from propersim.demo.recording import Demo, Facts, Rank, Stops, open_demo

__all__ = ["Demo", "Facts", "Rank", "Stops", "open_demo"]
