"""The study ``environment``."""


def parts(study, results):
    return ["- "]
