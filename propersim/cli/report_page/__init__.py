"""The page of ``propersim report --html``: one HTML file that needs no network."""
