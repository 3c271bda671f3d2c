"""Objects that the app owns, one for each concern.

Concerns are the run that is shown, seeking, exporting, settings and so on. Begin with `run_view.py` (the run that is shown and its
worker). A controller gets what it needs when it is made: the app, where it opens screens, and the controllers that it builds on.
:class:`propersim_tui.app.PropersimApp` makes them and routes actions and messages to them.
"""
