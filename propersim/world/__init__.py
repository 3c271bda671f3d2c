"""The simulated worlds, home and office: floor plans, activities, topics, tones.

May import ``core``. Begin with ``floor_plan.py`` (a floor plan, its places and the paths between them) and ``catalogue.py``. The data
are in ``data/``, by setting (``setting.py``): plain files, of which ``home.txt`` and ``activities.yaml`` describe their format at the top.
"""
