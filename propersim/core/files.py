"""Read and write text files, refuse to overwrite them, and locate the cache folder."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from propersim.core.errors import InputError, StoreBusy, StoreFull, reason
from propersim.core.text import clean, nearest

LARGEST_TEXT = 1_000_000
"""Most bytes of a text file that a person writes."""
MOST_ENTRIES = 5000
"""Most files of a folder among which a similar name is looked for."""
PIPE_WAIT_S = 10.0
"""Longest time to read a pipe, in seconds."""
_DATABASE = b"SQLite format 3\0"
"""How a database of SQLite begins."""
_BESIDE_DATABASE = ("-wal", "-shm", "-journal")
"""Ends of the names of the files that SQLite keeps beside a database."""
LOCK_WAIT_S = 60.0
"""Longest time to wait for a file that another process is replacing, in seconds."""
OF_THE_DISK = {getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EIO", "EFBIG") if hasattr(errno, name)}
"""Errors that another try may not meet."""


def read_text(path: Path, *, most: int = LARGEST_TEXT) -> str:
    """Return the text of a UTF-8 file, without the byte order mark that some editors write.

    Args:
        path: the file; a pipe or device is read up to the limit, and a pipe for 10 s at most.
        most: most bytes.

    Raises:
        InputError: the file cannot be read, is larger, or is not UTF-8; the message names it.
    """
    try:
        data = _read_bytes(path, most + 1)
        if len(data) > most:
            raise InputError(f"{path}: cannot be read: is larger than {most:,} bytes")
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, ValueError) as error:
        meant = similar_file(path) if isinstance(error, FileNotFoundError) else ""
        raise InputError(f"{path}: cannot be read: {reason(error)}{meant}") from error


def similar_file(path: Path) -> str:
    """Return ``; did you mean …?`` with a file of the same folder whose name is similar, or "".

    Only files with the same suffix count.
    """
    names = []
    with contextlib.suppress(OSError, ValueError), os.scandir(path.parent) as entries:
        for entry in islice(entries, MOST_ENTRIES):
            if os.path.splitext(entry.name)[1] == path.suffix and entry.name.isprintable() and entry.is_file():
                names.append(entry.name)
    close = nearest(path.stem, sorted(os.path.splitext(name)[0] for name in names))
    return f"; did you mean {str(path.parent / close) + path.suffix!r}?" if close else ""


def _read_bytes(path: Path, most: int) -> bytes:
    """Return the beginning of a file.

    A pipe that nobody writes to would be waited for without end, when it is opened and when it is read.

    Raises:
        OSError: the file cannot be read, or is a pipe in which nothing comes.
    """
    if not path.is_fifo():
        with path.open("rb") as file:
            return file.read(most)
    import select
    import time

    late = time.monotonic() + PIPE_WAIT_S
    data = bytearray()
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        while len(data) < most:
            if not waiting.poll(max(0.0, late - time.monotonic()) * 1000):
                raise TimeoutError(errno.ETIMEDOUT, f"is a pipe whose writer did not end within {PIPE_WAIT_S:g} s")
            part = os.read(descriptor, most - len(data))
            if not part:
                break
            data += part
    finally:
        os.close(descriptor)
    return bytes(data)


def check_path(option: str, text: str) -> None:
    """Check that a text can be the path of a file, which need not exist.

    Raises:
        InputError: it is too long, has a character that no path has, or begins with ``~`` and an unknown user.
    """
    try:
        Path(text).expanduser().stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{option}: {clean(text, 60)!r} cannot be a path: {reason(error)}") from error


def check_working_folder() -> None:
    """Check that the folder in which the command runs still exists.

    Raises:
        InputError: it has been deleted.
    """
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise InputError("the working directory has been deleted", "change to another one (cd), and try again") from error


def refuse_existing(path: Path | None, force: bool) -> None:
    """Refuse to overwrite a database, and without ``--force`` any file.

    Devices and pipes pass.

    Args:
        path: file that a command is to write; None for stdout.
        force: whether to overwrite it.

    Raises:
        InputError: the file exists, and ``force`` is not given, or it is a database.
    """
    if path is None or not path.is_file():
        return
    if is_database(path):
        raise InputError(f"{path}: belongs to a database, which is never overwritten", "choose another file")
    if not force:
        raise InputError(f"{path}: already exists", "overwrite it with --force, or choose another file")


def refuse_same(outputs: Mapping[str, Path | None], inputs: Mapping[str, Iterable[Path]]) -> None:
    """Refuse a file that a command is to write twice, or to read and to write.

    Args:
        outputs: the files to write, by option; None for none.
        inputs: the files to read, by option.

    Raises:
        InputError: two of them are one file; the message names both options.
    """
    seen: dict[Path, str] = {path.absolute(): option for option, paths in inputs.items() for path in paths if path.is_file()}
    for option, path in outputs.items():
        # A device takes what several write.
        if path is None or (path.exists() and not path.is_file()):
            continue
        same = next((other for known, other in seen.items() if known == path.absolute() or _is_same(known, path)), None)
        if same is not None:
            raise InputError(f"{same} and {option}: both are {path}", "give each a file of its own")
        seen[path.absolute()] = option


def _is_same(one: Path, other: Path) -> bool:
    """Return whether two paths lead to one file; False where one does not exist."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def is_database(path: Path) -> bool:
    """Return whether a file is a database of SQLite, or one that SQLite keeps beside it."""
    beside = next((path.name.removesuffix(end) for end in _BESIDE_DATABASE if path.name.endswith(end)), path.name)
    with contextlib.suppress(OSError, ValueError), path.with_name(beside or path.name).open("rb") as file:
        return file.read(len(_DATABASE)) == _DATABASE
    return False


def make_writable_folder(folder: Path) -> None:
    """Make a folder if it is missing, and check that it can be written to.

    This comes before long work whose results go there.

    Raises:
        InputError: they cannot.
        StoreFull: the disk is full or has an I/O error.
    """
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError as error:
        raise InputError(f"{folder}: is {'a file, ' if folder.is_file() else ''}not a folder", "give a folder") from error
    except OSError as error:
        raise failed_file(error, f"{folder}: cannot be written: ", "choose another folder") from error
    except ValueError as error:
        raise InputError(f"{str(folder)!r}: cannot be written: {reason(error)}", "choose another folder") from error


@contextlib.contextmanager
def filled_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder to write files into, whose files are put into another one at the end.

    After an error the other folder is as it was.

    Args:
        folder: the other folder: a new or an empty one.

    Raises:
        InputError: it is a file, is not empty, or cannot be written to.
        StoreFull: the disk is full or has an I/O error.
    """
    refuse_filled(folder)
    new = not folder.exists()
    make_writable_folder(folder)
    aside = folder / f".{secrets.token_hex(6)}"
    try:
        aside.mkdir()
        yield aside
        for file in sorted(aside.iterdir()):
            # Some libraries let nobody else read what they write.
            file.chmod(stat.S_IMODE(aside.stat().st_mode) & 0o666)
            os.replace(file, folder / file.name)
    except OSError as error:
        raise failed_file(error, f"{folder}: cannot be written: ", "choose another folder") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        if new:
            # It stays where it has files.
            with contextlib.suppress(OSError):
                folder.rmdir()


def refuse_filled(folder: Path) -> None:
    """Refuse a folder to write into that has files, or is one.

    Raises:
        InputError: it is a file, has files, or cannot be read.
    """
    try:
        if folder.is_dir() and next(folder.iterdir(), None) is not None:
            raise InputError(f"{folder}: exists and is not empty", "give a new or an empty folder")
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder}: is not a folder", "give a new or an empty folder")
    except (OSError, ValueError) as error:
        raise InputError(f"{clean(str(folder), 200)}: cannot be read: {reason(error)}", "give a new or an empty folder") from error


def check_space(folder: Path, count: int) -> None:
    """Check that a disk has room for files before long work writes them.

    Args:
        folder: the folder that they go into, which need not exist.
        count: bytes of the files.

    Raises:
        StoreFull: it has not; the message has the figures.
    """
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < count:
        raise StoreFull(
            f"{folder}: about {count / 1e6:,.0f} MB will be written, and {free / 1e6:,.0f} MB are free on its disk",
            "make room, or choose a folder on another disk",
        )


@contextlib.contextmanager
def locked_folder(path: Path) -> Iterator[None]:
    """Keep other processes from a file that is read and then replaced.

    The folder of the file is locked, so that no file of a lock is left behind. It is not where the system cannot lock a folder.

    Args:
        path: the file, which need not exist.

    Raises:
        StoreBusy: other processes held the lock for 60 s.
    """
    try:
        import fcntl

        descriptor = os.open(path.absolute().parent, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except (ImportError, OSError, ValueError):
        # What cannot be opened cannot be written either, which is said then.
        yield
        return
    import time

    late = time.monotonic() + LOCK_WAIT_S
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > late:
                    raise StoreBusy(f"{path}: is in use by another process", "wait until that is done, or give another file") from None
                time.sleep(0.02)
            except OSError:
                break
        yield
    finally:
        os.close(descriptor)


def write_atomically(path: Path, text: str) -> None:
    """Replace a text file atomically.

    A reader finds, and a crash leaves, either the old or the new file, whole.

    Args:
        path: file to write.
        text: its new content, written as UTF-8.

    Raises:
        InputError: the folder does not exist or is not writable.
        StoreFull: the disk is full or has an I/O error.
    """
    try:
        replace_file(path, text)
    except OSError as error:
        raise failed_file(error, f"{path}: cannot be written: ") from error
    except ValueError as error:
        raise InputError(f"{str(path)!r}: cannot be written: {reason(error)}", "choose another file") from error


def failed_file(error: OSError, what: str | None = None, hint: str = "choose another file") -> InputError | StoreFull:
    """Return an error of the operating system as one of this project.

    Args:
        error: the error.
        what: beginning of the message; None for the file that the error names.
        hint: what to do about it; not used where ``what`` is None.
    """
    named = what if what is not None else f"{error.filename}: " if error.filename is not None else ""
    if error.errno in OF_THE_DISK:
        return StoreFull(f"{named}{reason(error)}", "make room on the disk")
    return InputError(f"{named}{reason(error)}", hint if what is not None else None)


def replace_file(path: Path, text: str) -> None:
    """Replace a text file atomically, with the errors of the operating system.

    An existing file keeps its permissions; a new one gets those that the umask leaves.

    Raises:
        OSError: the file cannot be written.
        ValueError: the path cannot be one, or the text cannot be encoded.
    """
    data = text.encode()
    with _replacement(path) as file:
        file.write(data)


@contextlib.contextmanager
def replaced_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that replaces another when it is complete.

    After an exception the other one stays.

    Args:
        path: file to write.

    Raises:
        InputError: the folder does not exist or is not writable.
        StoreFull: the disk is full or has an I/O error.
    """
    try:
        with _replacement(path) as file:
            yield file
    except OSError as error:
        raise failed_file(error, f"{path}: cannot be written: ") from error
    except ValueError as error:
        raise InputError(f"{str(path)!r}: cannot be written: {reason(error)}", "choose another file") from error


@contextlib.contextmanager
def _replacement(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside another, and put it in its place at the end.

    A device or pipe is written to, and never replaced.

    Raises:
        InputError: the file is a database.
    """
    refuse_existing(path, True)
    if path.exists() and not path.is_file():
        with path.open("wb") as device:
            yield device
        return
    temporary = path.absolute().parent / f".{path.name[:100]}.{secrets.token_hex(6)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with contextlib.suppress(OSError):
                os.fchmod(descriptor, stat.S_IMODE(path.stat().st_mode))
            yield file
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def cache_folder() -> Path:
    """Return the folder for files that can be made again.

    It is ``PROPERSIM_CACHE``, or the user's cache folder.
    """
    from platformdirs import user_cache_dir

    return Path(os.environ.get("PROPERSIM_CACHE") or user_cache_dir("propersim"))
