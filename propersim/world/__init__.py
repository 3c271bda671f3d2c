"""The simulated world: the home's floor plan, and catalogues of activities, topics, tones.

May import ``core``. Begin with ``floor_plan.py`` (a floor plan, its places and the paths between them) and ``catalogue.py``. The data
are in ``data/``: plain files, of which ``home.txt`` and ``activities.yaml`` describe their format at the top.
"""
