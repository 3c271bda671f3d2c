"""Many runs compared: variants, batches, results as CSV, reports with bootstrap intervals, learning curves, and re-rating of stored steps.

May import `runs` and everything below it. Begin with `variants.py` (what is compared), then `batch.py` (running it) and `report.py`
(the tables).
"""
