"""The API key: read from the environment only, and never shown."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.errors import InputError
from propersim.llm_client import Endpoint, KeyRefused
from propersim.llm_client.secrets import read_key, scrub
from propersim.llm_client.url import is_local, normal
from tests.llm_client.asking import GOOD, VALUE, endpoint, question
from tests.llm_client.faulty import Faulty, says, status

KEY = 'sk-"pl%anted/\\77+'
keys = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)


@given(keys, st.lists(st.text(), max_size=5), keys)
def test_no_spelling_of_a_key_is_left_in_any_text(key, between, other):
    text = key.join([*between, quote(key, safe=""), json.dumps(key), repr(key), other * 2])
    clean = scrub(text, key, other, None)
    for secret in (key, other):
        assert secret not in clean
        assert json.dumps(secret)[1:-1] not in clean


@given(st.text())
def test_without_a_key_a_text_stays_as_it_is(text):
    assert scrub(text, None) == text


def test_the_first_variable_wins_and_a_key_that_cannot_be_is_not_repeated(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert read_key() is None
    monkeypatch.setenv("OPENAI_API_KEY", "second")
    assert read_key() == "second"
    monkeypatch.setenv("PROPERSIM_API_KEY", " first\n")
    assert read_key() == "first"
    monkeypatch.setenv("PROPERSIM_API_KEY", "two words")
    with pytest.raises(InputError) as caught:
        read_key()
    assert "words" not in caught.value.message
    assert "PROPERSIM_API_KEY" in caught.value.message


def test_a_server_that_echoes_the_key_cannot_show_it(monkeypatch, caplog, tmp_path):
    monkeypatch.setenv("PROPERSIM_API_KEY", KEY)
    caplog.set_level(logging.INFO)
    from propersim.llm_client import Cache

    cache = Cache(tmp_path / "calls.sqlite")
    echo = [says({"timing": 1, "reason": KEY}), status(401, f"wrong: {KEY}"), status(401, f"wrong: {KEY}")]
    with Faulty(echo, models=["any", KEY]) as server, endpoint(server.url, cache=cache) as asked:
        answer = asked.ask(question("one"))
        with pytest.raises(KeyRefused) as caught:
            asked.ask(question("two"))
        probe = asked.probe()
    cache.close()
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert not probe.usable
    for seen in (repr(answer), repr(caught.value), str(caught.value), repr(probe), repr(asked), caplog.text):
        assert "pl%anted" not in seen
        assert "anted" not in seen
    assert b"anted" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_key_that_is_only_a_word_changes_no_answer(monkeypatch):
    monkeypatch.setenv("PROPERSIM_API_KEY", "i")
    with Faulty(last=says(GOOD)) as server, endpoint(server.url) as asked:
        assert asked.ask(question()).value == VALUE


def test_without_a_key_a_placeholder_is_sent_and_nobody_learns_of_an_organisation(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with Faulty(last=says(GOOD)) as server, endpoint(server.url) as asked:
        asked.ask(question())
    headers = server.asked[0].headers
    assert headers["authorization"] == "Bearer none"
    assert "openai-organization" not in headers


@pytest.mark.parametrize(
    "url", ["", "ftp://h/v1", "h/v1", "http://", "http://a:b@h/v1", "http://h/v1?key=x", "http://[", "http://h:99999/"]
)
def test_an_address_that_cannot_be_or_holds_a_secret_is_refused(url):
    with pytest.raises(InputError) as caught:
        Endpoint(url, "any")
    assert "a:b" not in caught.value.message
    assert "key=x" not in caught.value.message


def test_addresses_have_one_spelling_and_local_ones_are_known():
    assert normal(" HTTP://LocalHost:80/v1/ ") == "http://localhost:80/v1"
    assert normal("http://[::1]:8080/v1") == "http://[::1]:8080/v1"
    assert [is_local(f"http://{h}/v1") for h in ("127.9.9.9", "[::1]", "localhost", "10.0.0.1", "localhost.evil.com")] == [True] * 3 + [
        False
    ] * 2


def test_the_client_is_not_loaded_before_it_is_used():
    heavy = ("httpx", "httpx2", "tenacity", "numpy", "torch", "textual")
    script = f"import sys, propersim.llm_client; print(*[m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == ""
