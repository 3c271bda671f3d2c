"""The words of an endpoint's errors are shown, whatever form they have, without tags, control characters and keys."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.errors import EXIT_INPUT, EXIT_RESUMABLE, PropersimError
from propersim.llm_client import KeyRefused, Outage, Refused, Unusable
from propersim.llm_client.error_words import words_of, words_of_bytes
from propersim.llm_client.secrets import mask_secrets
from propersim.llm_client.transport_error import TransportError, final_error
from tests.llm_client.asking import GOOD, VALUE, endpoint, question
from tests.llm_client.faulty import Does, Faulty, completion, status

PAGE = (
    b"<!DOCTYPE html><html><head><title>Attention | Cloudflare</title><style>p{}</style></head>"
    b"<body>error code: &lt;b&gt;1010</body></html>"
)

BODIES = {
    "error with a message": (b'{"error": {"message": "the words"}}', "the words"),
    "error as a text": (b'{"error": "the words"}', "the words"),
    "a message alone": (b'{"object": "error", "message": "the words"}', "the words"),
    "nested errors": (b'{"error": {"error": {"message": "the words"}}}', "the words"),
    "a list": (b'[{"error": {"message": "the words"}}]', "the words"),
    "detail as a text": (b'{"detail": "the words"}', "the words"),
    "detail with places": (b'{"detail": [{"loc": ["body", "seed"], "msg": "not permitted"}]}', "body.seed: not permitted"),
    "detail within a message": (b'{"message": {"detail": [{"loc": ["body", "n"], "msg": "the words"}]}}', "body.n: the words"),
    "detail as an object": (b'{"detail": {"message": "the words"}}', "the words"),
    "errors": (b'{"errors": [{"message": "the words"}, {"message": "others"}]}', "the words; others"),
    "problem details": (b'{"type": "about:blank", "title": "Bad", "status": 400, "detail": "the words"}', "the words; Bad"),
    "JSON within a message": (b'{"error": {"message": "{\\"error\\": {\\"message\\": \\"the words\\"}}"}}', "the words"),
    "a provider's words": (
        b'{"error": {"message": "Provider returned error", "metadata": {"raw": "{\\"detail\\": \\"the words\\"}"}}}',
        "Provider returned error; the words",
    ),
    "a page": (PAGE, "Attention | Cloudflare error code: 1010"),
    "a heading like the title": (b"<html><title>502 Bad</title><h1>502 Bad</h1><hr>nginx</html>", "502 Bad nginx"),
    "plain text": (b"the <b>words</b>\n\x1b[31m are\xe2\x80\xae here", "the words are here"),
    "a JSON text": (b'"the words"', "the words"),
    "a byte order mark": (b'\xef\xbb\xbf{"error": "the words"}', "the words"),
    "UTF-32": ('{"error": "the words"}'.encode("utf-32"), "the words"),
    "UTF-16": ('{"error": "the words"}'.encode("utf-16"), "the words"),
    "unknown fields": (b'{"fault_text": "the words"}', '{"fault_text": "the words"}'),
    "success false": (b'{"success": false, "msg": "the words", "data": {"id": 5}}', "the words"),
    "a reason in words": (b'{"success": false, "reason": "the words are here"}', "the words are here"),
    "a reason that is a name": (b'{"success": false, "reason": "the_words"}', "the_words"),
    "a name alone": (b'{"error": {"code": "the_words"}}', "the_words"),
    "XML": (
        b"<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code><Message>the words</Message><RequestId>5F</RequestId></Error>",
        "the words",
    ),
    "XML with CDATA": (b"<response><error code='7'><msg><![CDATA[the <b>words</b>]]></msg></error></response>", "the words"),
    "XML with attributes": (b'<?xml version="1.0"?><fault message="the words" id="9"/>', "the words"),
    "SOAP": (
        b'<s:Envelope xmlns:s="urn:x"><s:Body><s:Fault><faultcode>s:Server</faultcode><faultstring>the words</faultstring>'
        b"</s:Fault></s:Body></s:Envelope>",
        "the words",
    ),
    "XML without known names": (b"<?xml version='1.0'?><a><b>the</b> <c>words</c></a>", "the words"),
    "XML with entities": (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><e><message>the words &amp; &#x1b;[31mmore</message></e>',
        "the words & more",
    ),
    "XHTML": (b'<?xml version="1.0"?><!DOCTYPE html><html><title>the words</title></html>', "the words"),
    "ANSI in JSON": (b'{"error": "\\u001b[1;31mthe\\u001b[0m words\\u001b]0;title\\u0007"}', "the words"),
    "what is left of ANSI": (b"[31mthe[0m ^[[1mwords\\x1b[0m [a list] [5]", "the words [a list] [5]"),
    "Latin-1": ("the w\xf6rds, \xe0 la carte".encode("latin-1"), "the w\xf6rds, \xe0 la carte"),
    "JSON in Latin-1": (b'{"error": {"message": "mod\xe8le \x93x\x94"}}', "mod\xe8le \u201cx\u201d"),
    "UTF-8 that is cut": ('{"error": "\u6a21\u578b'.encode()[:-1], "\u6a21\ufffd"),
    "nothing": (b"", ""),
    "an empty object": (b"{}", ""),
    "binary data": (bytes(range(256)), "(binary data)"),
}


@pytest.mark.parametrize("name", BODIES)
def test_each_form_of_an_error_has_its_words(name):
    body, words = BODIES[name]
    assert words_of_bytes(body).text == words


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("status", [400, 422, 502])
def test_the_words_are_shown(name, status):
    body, words = BODIES[name]
    with Faulty(last=Does(status, body)) as server, endpoint(server.url) as asked, pytest.raises(PropersimError) as caught:
        asked.ask(question())
    assert f"HTTP {status}" in caught.value.message
    assert words.removeprefix(f"{status} ") in caught.value.message
    assert words or {400: "(Bad Request)", 422: "HTTP 422 (", 502: "(Bad Gateway)"}[status] in caught.value.message
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"HTTP 502", "HTTP 502 (Bad Gateway)"),
        (b"HTTP/1.1 502 Bad Gateway", "HTTP 502 (Bad Gateway)"),
        (b"502", "HTTP 502 (Bad Gateway)"),
        (b"error code: 502", "HTTP 502 (Bad Gateway)"),
        (b"<html><h1>502 Bad Gateway</h1></html>", "HTTP 502 (Bad Gateway)"),
        (b'{"error": {"code": 502, "message": "Error code: 502 - 502 Bad Gateway."}}', "HTTP 502 (Bad Gateway)"),
        (b"<title>502 Bad Gateway</title><hr><center>nginx</center>", "HTTP 502: Bad Gateway nginx"),
        (b"Error: HTTP 502: upstream died", "HTTP 502: upstream died"),
        (b"HTTP 503", "HTTP 502: HTTP 503"),
        (b"5021 jobs are waiting", "HTTP 502: 5021 jobs are waiting"),
        (b"Error", "HTTP 502 (Bad Gateway)"),
        (b"error reading the prompt", "HTTP 502: error reading the prompt"),
    ],
)
def test_a_status_is_said_once(body, shown):
    with Faulty(last=Does(502, body)) as server, endpoint(server.url) as asked, pytest.raises(Outage) as caught:
        asked.ask(question())
    assert caught.value.message.endswith(f"does not answer: {shown}")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><head><title>413 Request Entity Too Large</title></head><center>nginx/1.25</center></html>",
        b'{"error": {"message": "Request body too large", "type": "invalid_request_error"}}',
        b"Payload Too Large",
    ],
)
def test_a_prompt_that_is_too_large_for_the_server_is_said_at_once(body):
    with Faulty(last=Does(413, body)) as server, endpoint(server.url) as asked, pytest.raises(Unusable) as caught:
        asked.ask(question())
    assert "the prompt is too large for the server: HTTP 413" in caught.value.message
    assert "client_max_body_size" in str(caught.value.hint)
    assert len(server.asked) == 1


def test_a_413_about_the_context_is_about_the_context():
    body = {"error": {"message": "This model's maximum context length is 4096 tokens"}}
    with Faulty(last=Does(413, body)) as server, endpoint(server.url) as asked, pytest.raises(Unusable, match="too long for the model's"):
        asked.ask(question())


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"error": {"message": "the words " * 10_000, "type": "x"}}).encode(),
        json.dumps({"prompt": "p" * 30_000, "error": {"message": "the words"}}).encode(),
        b'{"error": {"message": "the words and no end',
        b'{"detail": "the words\\u00e9", "more": ["x", ',
        json.dumps({"error": {"message": '{"error": {"message": "the words, cut'}}).encode(),
    ],
    ids=["long message", "long before it", "cut", "cut after it", "cut within a message"],
)
def test_of_a_long_or_cut_error_the_message_is_shown(body):
    text = words_of_bytes(body).text
    assert text.startswith("the words")
    assert "{" not in text


@pytest.mark.parametrize(
    ("kind", "billed", "first", "hint"),
    [
        ("connection", False, True, "is the server running? check host and port with `propersim doctor --base-url URL --model NAME`"),
        ("connection", False, False, "wait until it is back; all answers received so far are kept"),
        ("timeout", True, True, "wait until it is back; all answers received so far are kept"),
        ("bad", False, False, "check with `propersim doctor --base-url URL --model NAME`; the server's log says more"),
        ("key", False, False, "set PROPERSIM_API_KEY to a valid key that may use this model"),
        ("quota", False, False, "add credit, or use another key"),
        ("rate", False, False, "wait, or send fewer requests at once"),
    ],
)
def test_a_hint_says_what_to_do_and_leaves_resuming_to_the_command(kind, billed, first, hint):
    assert final_error(TransportError(kind, "no", billed=billed), "m at u", first=first).hint == hint


def test_a_first_request_without_a_server_asks_whether_it_runs():
    with Faulty() as server:
        url = server.url
    with endpoint(url) as asked, pytest.raises(Outage) as caught:
        asked.ask(question())
    assert "is the server running?" in str(caught.value.hint)


ANY_KEYS = st.sampled_from(["error", "message", "detail", "msg", "loc", "code", "type", "x"])
ANY_SIMPLE = st.text() | st.none() | st.integers()
ANY_FLAT = ANY_SIMPLE | st.lists(ANY_SIMPLE, max_size=3) | st.dictionaries(ANY_KEYS, ANY_SIMPLE, max_size=3)
ANY_BODIES = ANY_FLAT | st.lists(ANY_FLAT, max_size=3) | st.dictionaries(ANY_KEYS, ANY_FLAT, max_size=3)


@settings(max_examples=40)
@given(ANY_BODIES)
def test_any_body_has_words_without_control_characters(body):
    words = words_of(body)
    assert words.text.isprintable()
    assert words_of_bytes(json.dumps(body).encode()).text.isprintable()


@given(st.binary(max_size=80))
def test_any_bytes_have_words_without_control_characters(body):
    assert words_of_bytes(body).text.isprintable()


@pytest.mark.parametrize(
    "echo",
    ["{}", "sk\u200b-planted-77-abc", "<b>{}</b>", "&#115;k-planted-77-abc", "x" * 285 + " {}", "Bearer {}", "sk-pla<i></i>nted-77-abc"],
)
def test_a_key_in_an_error_is_never_shown(echo, monkeypatch):
    key = "sk-planted-77-abc"
    monkeypatch.setenv("PROPERSIM_API_KEY", key)
    for body in (json.dumps({"error": echo.format(key)}).encode(), echo.format(key).encode()):
        with Faulty(last=Does(401, body)) as server, endpoint(server.url) as asked, pytest.raises(KeyRefused) as caught:
            asked.ask(question())
        assert "planted" not in caught.value.message.replace(" ", "")
        assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Incorrect API key provided: test-key-123456789. You can find", "Incorrect API key provided: [key] You can find"),
        ("wrong sk-proj-abcdefgh12345", "wrong [key]"),
        ("proxy http://user:secret@host/ failed", "proxy http://[key]@host/ failed"),
        ("Authorization: Bearer abcdef12", "Authorization: Bearer [key]"),
        ("API key: required", "API key: required"),
        ("max_tokens is too large: 123456789", "max_tokens is too large: 123456789"),
    ],
)
def test_what_looks_like_a_key_is_masked(text, shown):
    assert mask_secrets(text) == shown


KINDS = [
    (400, {"error": {"message": "filtered", "code": "content_filter"}}, Refused, EXIT_RESUMABLE, "filtered"),
    (400, {"error": {"message": "no", "code": "content_policy_violation"}}, Refused, EXIT_RESUMABLE, "refused to answer"),
    (400, {"error": {"message": "no", "code": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, Refused, EXIT_RESUMABLE, "no"),
    (400, {"error": {"message": "Content Exists Risk", "type": "invalid_request_error"}}, Refused, EXIT_RESUMABLE, "Content Exists Risk"),
    (400, {"code": "data_inspection_failed", "message": "Input may contain it"}, Refused, EXIT_RESUMABLE, "Input may contain it"),
    (403, {"error": {"message": "x requires moderation and your input was flagged"}}, Refused, EXIT_RESUMABLE, "flagged"),
    (200, {"promptFeedback": {"blockReason": "SAFETY"}}, Refused, EXIT_RESUMABLE, "the prompt was blocked (SAFETY)"),
    (200, {"choices": [], "prompt_feedback": {"block_reason": "OTHER", "block_reason_message": "too odd"}}, Refused, EXIT_RESUMABLE, "odd"),
    (200, {"candidates": [{"finishReason": "PROHIBITED_CONTENT"}], "promptFeedback": {}, "reason": "no"}, Refused, EXIT_RESUMABLE, "no"),
    (400, {"promptFeedback": {"blockReason": "BLOCKLIST"}}, Refused, EXIT_RESUMABLE, "(BLOCKLIST)"),
    (200, {"success": False, "msg": "Your credit balance is too low", "data": {}}, Outage, EXIT_RESUMABLE, "credit balance"),
    (200, {"error": {"message": "blocked", "code": "content_filter"}}, Refused, EXIT_RESUMABLE, "blocked"),
    (400, [{"error": {"code": 400, "message": "API key not valid. Please pass one."}}], KeyRefused, EXIT_RESUMABLE, "not valid"),
    (400, {"detail": "Invalid authentication credentials"}, KeyRefused, EXIT_RESUMABLE, "credentials"),
    (401, {"error": "Incorrect key"}, KeyRefused, EXIT_RESUMABLE, "Incorrect key"),
    (200, {"detail": "Not authenticated", "code": 401}, KeyRefused, EXIT_RESUMABLE, "Not authenticated"),
    (400, {"error": {"message": "Your credit balance is too low"}}, Outage, EXIT_RESUMABLE, "nothing left to spend"),
    (400, {"error": {"message": "any is not a valid model ID"}}, Unusable, EXIT_INPUT, "no such model"),
    (422, {"error": "The model `any` does not exist"}, Unusable, EXIT_INPUT, "no such model"),
    (404, {"error": {"message": 'model "any" not found, try pulling it first'}}, Unusable, EXIT_INPUT, "no such model"),
    (404, PAGE, Unusable, EXIT_INPUT, "Cloudflare"),
    (405, {"detail": "Method Not Allowed"}, Unusable, EXIT_INPUT, "no such model or address"),
    (403, PAGE, KeyRefused, EXIT_RESUMABLE, "refuses access"),
    (400, {"message": "This model's maximum context length is 2048 tokens"}, Unusable, EXIT_INPUT, "too long"),
    (400, {"error": {"type": "exceed_context_size_error", "message": "it exceeds"}}, Unusable, EXIT_INPUT, "prompt is too long"),
    (500, {"error": "Requested tokens (3000) exceed context window of 2048"}, Unusable, EXIT_INPUT, "prompt is too long"),
    (422, {"error": "`inputs` tokens + `max_new_tokens` must be <= 4096"}, Unusable, EXIT_INPUT, "must be <= 4096"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "error", "code", "words"), KINDS, ids=lambda value: str(value)[:40])
def test_the_words_decide_what_an_error_means(status, body, error, code, words):
    with Faulty(last=Does(status, body)) as server, endpoint(server.url) as asked, pytest.raises(error) as caught:
        asked.ask(question())
    assert type(caught.value) is error
    assert caught.value.exit_code == code
    assert words in caught.value.message
    if "context" in caught.value.message:
        assert "at least 8192 tokens" in str(caught.value.hint)
    if error is KeyRefused:
        assert "firewall" in caught.value.hint if isinstance(body, bytes) else "PROPERSIM_API_KEY" in str(caught.value.hint)
    # A refusal, a key, a bill and a model's name are certain: nothing else is tried.
    assert len(server.asked) == 1 or "too long" in words or "must be" in words or status == 405 or isinstance(body, bytes)


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (200, {"success": False, "reason": "the model is asleep", "choices": [{}]}, Outage, "the model is asleep"),
        (200, {"status": "failed", "reason": "overloaded", "data": None}, Outage, "HTTP 502: overloaded"),
        (200, {"ok": False, "errmsg": "no capacity", "code": 503}, Outage, "HTTP 503: no capacity"),
        (200, {"success": False}, Outage, '{"success": false}'),
        (200, {"msg": "the words", "choices": None}, Outage, "the words"),
        (403, b"<?xml version='1.0'?><Error><Message>invalid api key</Message></Error>", KeyRefused, "refused the key: HTTP 403: invalid"),
        (400, "mod\xe8le refus\xe9".encode("latin-1"), Unusable, "mod\xe8le refus\xe9"),
    ],
)
def test_words_of_bodies_that_report_a_failure_in_their_own_way(status, body, error, words):
    with Faulty(last=Does(status, body)) as server, endpoint(server.url) as asked, pytest.raises(error) as caught:
        asked.ask(question())
    assert words in caught.value.message
    assert "page" not in str(caught.value.hint)


def test_an_answer_is_no_error_whatever_else_it_says():
    body = {**completion(json.dumps(GOOD)), "success": True, "msg": "ok", "reason": "", "promptFeedback": {}}
    with Faulty(last=Does(200, body)) as server, endpoint(server.url) as asked:
        assert asked.ask(question()).value == VALUE


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (403, "Country, region, or territory not supported"), (403, "unsupported_country_region_territory"),
        (400, "User location is not supported for the API use."), (403, "Access from your country is restricted"),
        (403, "This service is not available in your region"), (451, "Not offered in your jurisdiction."),
        (401, "Your territory isn't served"),
    ],
)  # fmt: skip
def test_a_refused_country_is_no_fault_of_the_key(code, words):
    with Faulty(last=status(code, words)) as server, endpoint(server.url) as asked, pytest.raises(Outage) as caught:
        asked.ask(question())
    assert not isinstance(caught.value, KeyRefused)
    assert "does not serve the place you ask from" in caught.value.message
    assert "key is not at fault" in str(caught.value.hint)
    assert len(server.asked) == 1
