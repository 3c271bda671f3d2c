"""Text files: read whole or refused in one line, written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from propersim.core.errors import InputError, StoreFull
from propersim.core.files import check_path, make_writable_folder, read_text, write_atomically


def test_a_text_is_read_without_its_byte_order_mark(tmp_path):
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbfa\r\nb\rc\xc3\xa9")
    assert read_text(tmp_path / "x") == "a\nb\ncé"


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [("none", None, "No such file or directory"), ("x", b"ab\xff", "is not UTF-8 text (byte 2)"),
     ("x", b"a" * 11, "is larger than 10 bytes"),
     (".", None, "Is a directory"), ("a\0b", None, "embedded null byte"), ("n" * 300, None, "File name too long")],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line(tmp_path, name, data, why):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_text(tmp_path / name, most=10)
    assert caught.value.message == f"{tmp_path / name}: cannot be read: {why}"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no such device")
def test_a_device_without_an_end_is_refused():
    with pytest.raises(InputError, match="is larger than"):
        read_text(Path("/dev/zero"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_read_to_its_end_and_never_waited_for_without_end(tmp_path, monkeypatch):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for text in ("é\n", ""):
        writer = threading.Thread(target=pipe.write_text, args=(text, "utf-8"))
        writer.start()
        assert read_text(pipe) == text
        writer.join()
    monkeypatch.setattr("propersim.core.files.PIPE_WAIT_S", 0.01)
    with pytest.raises(InputError) as caught:
        read_text(pipe)
    assert caught.value.message == f"{pipe}: cannot be read: is a pipe whose writer did not end within 0.01 s"
    both = os.open(pipe, os.O_RDWR)
    os.write(both, b"a" * 10)
    with pytest.raises(InputError, match=r"did not end within 0\.01 s"):
        read_text(pipe)
    os.write(both, b"a" * 11)
    with pytest.raises(InputError, match="is larger than 10 bytes"):
        read_text(pipe, most=10)
    os.close(both)


def test_a_folder_that_cannot_be_written_is_known_before_the_work(tmp_path):
    make_writable_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").touch()
    for name, why in (
        ("file/x", "Not a directory"),
        ("n" * 300, "File name too long"),
        ("a\0b", "embedded null byte"),
    ):
        with pytest.raises(InputError, match=rf"cannot be written: {why}"):
            make_writable_folder(tmp_path / name)


@pytest.mark.parametrize(("umask", "before", "after"), [(0o022, None, 0o644), (0o077, None, 0o600), (0o022, 0o604, 0o604)])
def test_a_written_file_has_the_permissions_that_it_had_or_those_of_the_umask(tmp_path, umask, before, after):
    if before is not None:
        (tmp_path / "x").touch()
        (tmp_path / "x").chmod(before)
    old = os.umask(umask)
    try:
        write_atomically(tmp_path / "x", "é\n")
    finally:
        os.umask(old)
    assert (tmp_path / "x").read_bytes() == b"\xc3\xa9\n"
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == after
    assert os.listdir(tmp_path) == ["x"]


def test_what_cannot_be_written_is_one_line(tmp_path):
    for path, why in (
        (tmp_path, "Is a directory"),
        (tmp_path / "none" / "x", "No such file or directory"),
        (tmp_path / ("x" * 300), "File name too long"),
    ):
        with pytest.raises(InputError) as caught:
            write_atomically(path, "")
        assert caught.value.message == f"{path}: cannot be written: {why}"
    if Path("/dev/full").exists():
        with pytest.raises(StoreFull, match="/dev/full: cannot be written: No space left on device"):
            write_atomically(Path("/dev/full"), "x")


@pytest.mark.parametrize("text", ["a\0b", "x" * 300, "~nobody-of-this-name/x"])
def test_what_cannot_be_a_path_names_the_option(text):
    with pytest.raises(InputError, match=r"^--model: .* cannot be a path: "):
        check_path("--model", text)
    check_path("--model", "none/of/these")


def test_a_file_where_a_folder_is_to_be_is_named(tmp_path):
    (tmp_path / "x").touch()
    (tmp_path / "lost").symlink_to(tmp_path / "nowhere")
    for name, message, hint in (
        ("x", "is a file, not a folder", "give a folder"),
        ("lost", "is not a folder", "give a folder"),
        ("x/in", "cannot be written: Not a directory", "choose another folder"),
    ):
        with pytest.raises(InputError) as caught:
            make_writable_folder(tmp_path / name)
        assert (caught.value.message, caught.value.hint) == (f"{tmp_path / name}: {message}", hint)
