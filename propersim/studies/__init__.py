"""Studies: questions that the paper left open, each a sweep of runs and a small analysis.

``propersim study`` runs them. The sweeps are in the TOML files of this folder, one a study.
"""
