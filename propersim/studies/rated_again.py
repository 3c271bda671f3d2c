"""Runs of a study that are rated again by the rubric of another persona."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from propersim.experiments.rescore import hash_as, live_again, result_as
from propersim.experiments.results import Result, results_of
from propersim.store.store import Store
from propersim.studies.study import Study


def rated_again(study: Study, store: Store, results: Iterable[Result], known: Mapping[str, Result]) -> list[Result]:
    """Return the results of runs by the rubrics by which the study rates them again.

    Those of runs that are not in the database are left out, unless they are known.

    Args:
        study: the study.
        store: the open database of its runs.
        results: results of its runs.
        known: results that need not be made, by hash.

    Raises:
        StoreError: a run cannot be read.
    """
    if study.rated_as is None:
        return []
    runs = results_of(store).runs
    found = []
    for one in results:
        other = study.rated_as(one)
        if other is None:
            continue
        made = known.get(hash_as(one, other))
        if made is None and one.key in runs:
            made = result_as(one, live_again(store, store.run(runs[one.key]), other), other)
        if made is not None:
            found.append(made)
    return found
