"""The world: the home and the catalogues of activities, topics and tones."""
