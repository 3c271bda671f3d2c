"""The study ``people``: agreement of people with each other and with the judges.

Its runs make what is rated; its report is over the ratings that participants give at the terminal (:mod:`propersim.cli.people`).
"""

from propersim.studies.collected import Collected
from propersim.studies.people.ratings import read_rows, to_csv
from propersim.studies.people.report import parts as parts

COLLECTED = Collected(read_rows, to_csv)
