"""``propersim demo``: a recorded run, shown with captions."""
