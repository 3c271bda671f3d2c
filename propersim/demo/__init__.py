"""The recorded runs of the demo: HomeLM and the oracle with p01, 14 days.

``python -m tools.demo_run`` records it. Nothing is written beside the package: the recording is unpacked into a temporary folder.
"""

from propersim.demo.recording import Demo, Facts, Rank, Stops, open_demo

__all__ = ["Demo", "Facts", "Rank", "Stops", "open_demo"]
