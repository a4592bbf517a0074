"""Prints a template's preview: as text for people, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bookflow.simulation.template_files import FileProblem
from bookflow.use_cases.preview.preview_template import Preview, TemplatePartProblem


def as_file_problem(problem: TemplatePartProblem) -> FileProblem:
    """Return a template's problem as one of its file."""
    line = f"Line {problem.line}: " if problem.line else ""
    return FileProblem(
        problem.field, f"{line}{problem.message} {problem.remedy}".strip(), problem.severity
    )


def preview_as_json(preview: Preview | None, problems: Sequence[FileProblem]) -> str:
    """Return a JSON object; a channel that the template has not, or that fails, is null."""
    sms = None
    if preview and preview.sms is not None and preview.sms_size is not None:
        sms = {
            "text": preview.sms,
            "encoding": preview.sms_size.encoding,
            "parts": preview.sms_size.segments,
        }
    return json.dumps(
        {
            "language": preview and preview.language,
            "subject": preview and preview.subject,
            "html": preview and preview.html,
            "text": preview and preview.text,
            "sms": sms,
            "problems": [vars(problem) for problem in problems],
        },
        indent=2,
        ensure_ascii=False,
    )


def preview_as_text(preview: Preview) -> str:
    """Return the parts one after the other, each after a line that names it."""
    blocks = [f"Language: {preview.language}"]
    if preview.subject is not None:
        blocks.append(f"Subject: {preview.subject}")
    for name, part in (("HTML", preview.html), ("Text", preview.text)):
        if part is not None:
            blocks.append(f"--- {name} ---\n{part}")
    if preview.sms is not None and preview.sms_size is not None:
        size = preview.sms_size
        parts = "1 part" if size.segments == 1 else f"{size.segments} parts"
        blocks.append(f"--- SMS: {size.encoding}, {parts} ---\n{preview.sms}")
    return "\n\n".join(blocks)
