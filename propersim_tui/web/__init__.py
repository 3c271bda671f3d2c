"""The screen in a browser: `server.py` serves it, `viewer_app.py` is the app that each visitor gets."""
