"""The screen in a browser.

Begin with `server.py` (the command), then `http_server.py` (pages and WebSocket) and `viewer_app.py` (the app of each viewer).
"""
