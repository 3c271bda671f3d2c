"""Personas: the model of a person, persona files, their JSON Schema, and imports.

``model`` holds who the user is, ``rubric_rules`` what the user rates by. ``library`` finds personas by id or path, ``parsing`` reads
persona files and reports each problem with its line and a remedy. ``importing`` reads the published format and rubrics without rules;
``import_report`` prints what it understood. ``documents`` reads files of any format as data; ``foreign_formats`` recognises those of other
projects, and ``foreign_import`` converts them. ``description`` puts a persona into words for prompts.

May import ``rubric``, ``llm_client``, ``reading``, ``world`` and ``core``. Begin with ``model.py``.
"""
