"""Concurrent calls in daemon threads, with a callback while they are waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from typing import Final, TypeVar

R = TypeVar("R")

CALLBACK_INTERVAL: Final = 0.2
"""Seconds between two calls of the waiting callback."""
GRACE_S: Final = 5.0
"""Seconds for which tasks in progress may still end after one has failed, so that their answers are kept."""


def run_concurrently(tasks: Sequence[Callable[[threading.Event], R]], at_once: int, waiting: Callable[[], None] | None = None) -> list[R]:
    """Return the results of tasks that run concurrently, in the order of the tasks.

    The first error cancels the tasks that have not begun; those in progress get a few seconds to end, then the error is raised.

    Args:
        tasks: each is called with an event that is set once its result is no longer wanted.
        at_once: maximum number of tasks that run at the same time.
        waiting: called a few times a second until all tasks are done; where it raises, the tasks are cancelled.
    """
    cancelled = threading.Event()
    results: list[Future[R]] = [Future() for _ in tasks]
    queue = iter(zip(tasks, results, strict=True))
    lock = threading.Lock()
    for number in range(min(at_once, len(tasks))):
        # No thread pool: the interpreter joins a pool's threads at exit, and would wait for an endpoint that does not answer.
        threading.Thread(target=_work, args=(queue, lock, cancelled), name=f"ask-{number}", daemon=True).start()
    pending = set(results)
    try:
        while pending:
            done, pending = wait(pending, CALLBACK_INTERVAL if waiting else None, FIRST_EXCEPTION)
            for result in done:
                result.result()
            if waiting:
                waiting()
    except BaseException as error:
        # Requests in progress are not interrupted: their answers go into the cache.
        cancelled.set()
        if any(result.done() and result.exception() is error for result in results):
            wait([result for result in results if result.running()], GRACE_S)
        raise
    return [result.result() for result in results]


def _work(queue: Iterator[tuple[Callable[[threading.Event], R], Future[R]]], lock: threading.Lock, cancelled: threading.Event) -> None:
    """Run tasks from the queue until it is empty or the tasks are cancelled."""
    while not cancelled.is_set():
        with lock:
            entry = next(queue, None)
        if entry is None:
            return
        task, result = entry
        result.set_running_or_notify_cancel()
        try:
            result.set_result(task(cancelled))
        except BaseException as error:
            result.set_exception(error)
            return  # The caller cancels the rest.
