"""Chat templates are programs: they end, they are the same each time, and they pass on what they are given, or they are not used."""

import json
from copy import deepcopy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.exceptions import TemplateError

from propersim.memory.state_text import INSTRUCTION
from propersim.models import template_process
from propersim.models.chat_template import ASK, frame, render

EACH = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"


def framed(tokenizer, template):
    changed = deepcopy(tokenizer)
    changed.chat_template = template
    return frame(changed)


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}" + EACH, "fails (it runs too long)"),
        ("{% macro again(n) %}{{ again(n) }}{{ again(n) }}{% endmacro %}{{ again(1) }}" + EACH, "fails (it calls itself without end)"),
        ("{% set x = 'a' * 3000000000 %}{{ x|length }}" + EACH, "fails (it needs more than 256 MB of memory)"),
        ("{% set x = messages[0].content.ljust(3000000000) %}{{ x|length }}" + EACH, "fails (it needs more than 256 MB of memory)"),
        (
            "{% set n = namespace(x='ab') %}{% for i in range(40) %}{% set n.x = n.x ~ n.x %}{% endfor %}" + EACH,
            "fails (it needs more than 256 MB of memory)",
        ),
        ("{{ 'a' * 300000 }}" + EACH, "fails (it writes more than 200,000 characters)"),
        ("{{ lipsum }}" + EACH, "fails (it writes addresses of memory, which differ each time)"),
        ("{{ strftime_now('%Q') }}" + EACH, "fails (strftime_now does not know %Q)"),
        ("{% for m in messages|reverse %}{{ m.content }}{% endfor %}", "changes the order of its messages"),
        ("{{ messages[-1].content }}", "leaves out what it is given"),
        ("{% for m in messages|unique(attribute='role')|list + messages[-1:] %}{{ m.content }}{% endfor %}", "repeats what it is given"),
        ("{% for m in messages %}{{ m.content|e }}{% endfor %}", "leaves out what it is given"),
        ("{% for m in messages %}{{ m.content[:900] }}{% endfor %}", "changes what it is given"),
        ("{% for m in messages %}{{ m.content|replace('memory', '') }}{{ m.content|length }}{% endfor %}", "changes what it is given"),
        (5, "is not a text"),
    ],
)
def test_a_template_that_cannot_be_used_is_not(chat_tokenizer, template, wanted):
    head, tail, after, notice = framed(chat_tokenizer, template)
    assert notice == f"its chat template {wanted}: the model is asked in plain text, without one"
    assert (head, tail, after) == (f"{INSTRUCTION}\n\n", f"\n\n{ASK}\n", "")


@pytest.mark.slow
def test_a_computation_that_runs_no_lines_ends(chat_tokenizer):
    """A power is one line of Python for hours: the limit of processor time ends it."""
    assert "takes too much time or memory" in framed(chat_tokenizer, "{{ (9 ** (9 ** 9)) % 7 }}" + EACH)[3]


def test_the_date_is_fixed_in_every_form(chat_tokenizer):
    head, *_, notice = framed(chat_tokenizer, "{{ strftime_now('%d %b %Y %H:%M:%S') }} {{ date_string }}\n" + EACH)
    assert not notice
    assert head.startswith("01 Jan 2026 00:00:00 01 Jan 2026\nsystem: ")


@given(st.lists(st.sampled_from("aAbBdHIjmMpSyYwuUWCDFRTGgef%"), max_size=6), st.sampled_from(["", " ", "-", "é"]))
def test_codes_of_the_date_are_those_of_strftime(codes, between):
    codes = [code for code in codes if code != "e"]
    form = between.join(f"%{code}" for code in codes)
    assert template_process.date(form) == datetime(2026, 1, 1, tzinfo=UTC).strftime(form)


@pytest.mark.parametrize(("form", "wanted"), [("%-d.%-m.%Y", "1.1.2026"), ("%e", " 1"), ("%^b", "JAN"), ("plain", "plain"), ("%-H", "0")])
def test_forms_of_the_date(form, wanted):
    assert template_process.date(form) == wanted


def test_the_environment_is_that_of_transformers(chat_tokenizer):
    """The same text as `apply_chat_template`, with the parts of Jinja that templates of models use."""
    messages = [{"role": "system", "content": " Be <b>brief</b> & 'kind'. "}, {"role": "user", "content": 'Tea?\n{"a": 1}'}]
    template = (
        "{{ bos_token }}{% set ns = namespace(found=false, text='') %}\n"
        "    {%- for m in messages %}\n"
        "  {% if loop.first and m['role'] == 'system' %}{% set ns.found = true %}{{ m.content | trim }}{% continue %}{% endif %}\n"
        "  {%- generation %}{{ '<|im_start|>' + m.role }}{{ m | tojson(indent=1) }}{% endgeneration %}\n"
        "{% endfor %}{% if tools is none and not documents and date_string is defined %}{{ ns.found }}{{ dict(a=1) }}{% endif %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    values = {"messages": messages, "tools": None, "documents": None, "date_string": "x", "add_generation_prompt": True}
    ((answer,),) = [render(template, [{"variables": {**chat_tokenizer.special_tokens_map, **values}, "seeds": 1}])]
    wanted = chat_tokenizer.apply_chat_template(
        messages, chat_template=template, tokenize=False, add_generation_prompt=True, date_string="x"
    )
    assert answer == {"texts": [wanted]}


@pytest.mark.parametrize(
    "template",
    [
        "{{ cycler.__init__.__globals__.os }}",
        "{{ ''.__class__.__mro__ }}",
        "{% set n = namespace() %}{% set n.__class__ = 1 %}",
        "{{ namespace({'__init__': 1}) }}",
        "{% include '/etc/passwd' %}",
        "{{ dict.__class__.__base__ }}",
    ],
)
def test_a_template_reaches_nothing_else(template):
    (answer,) = template_process.answered({"template": template, "renderings": [{"variables": {}, "seeds": 1}]})
    assert answer.get("error") or not answer["texts"][0].strip("<>{}").startswith("class")


def test_a_rendering_that_runs_too_long_says_so():
    template = template_process.environment().from_string("{% for i in range(99999) %}{% for j in range(99) %}{% endfor %}{% endfor %}")
    with pytest.raises(TemplateError, match="runs too long"):
        template_process.rendered(template, {}, 0)


def test_other_messages_are_rendered_after_one_that_fails():
    renderings = [{"variables": {"x": x}, "seeds": 1} for x in (0, 2)]
    assert json.dumps(render("{{ 4 // x }}", renderings)).startswith('[{"error": "integer division')
    assert render("{{ 4 // x }}", renderings)[1] == {"texts": ["2"]}
