"""Widgets, one a file, one for each region of the screen."""
