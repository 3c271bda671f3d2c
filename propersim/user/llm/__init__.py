"""The user as a language model at an endpoint: it plans the days (routine), and rates what it is told (judge)."""
