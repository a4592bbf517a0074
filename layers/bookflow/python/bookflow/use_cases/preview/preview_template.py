"""Judges and renders templates, saved or not: the problems to fix, and how each part looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from bookflow.actions.base import example_output
from bookflow.actions.catalogue import action_types
from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.catalogue.samples import sample_event
from bookflow.domain.catalogue.step_scope import scope_variables
from bookflow.domain.catalogue.variables import (
    CALENDAR_URL,
    SURVEY,
    UNSUBSCRIBE_URL,
    known_types,
    variable_types,
)
from bookflow.domain.events import Event
from bookflow.domain.executions.execution import StepStatus
from bookflow.domain.flow.variables import is_extra, kind_of, suggestion
from bookflow.domain.messages.blocks.checks import block_problems, block_variables
from bookflow.domain.messages.html_text import html_to_text
from bookflow.domain.messages.sms import MAX_CHARACTERS, SmsSize, sms_size
from bookflow.domain.messages.unsubscribing import html_with_link, text_with_link
from bookflow.domain.rendering import (
    TemplateError,
    TemplateSourceError,
    check,
    referenced_variables,
)
from bookflow.domain.shared.addresses import usable_email
from bookflow.domain.shared.locales import known_locale, language_name
from bookflow.domain.templates import PartName, TemplateContent, TemplatePart
from bookflow.domain.templates.compose import ReaderTexts, whole_html

if TYPE_CHECKING:
    from bookflow.domain.rendering.variables import VariablePath

CLIPPED_BYTES = 102_000
"""Gmail shows about so much of an e-mail's HTML, and a link to the rest: without footer and links.

Source: the field's reports of mails cut off at "102 KB"; Google documents no number.
"""

TemplateField = PartName | Literal["blocks", "language", "reply_to", "translations"]

_NAMES: Mapping[str, str] = {"html": "HTML", "sms": "SMS"}
"""What a reader calls fields whose names are short forms."""


@dataclass(frozen=True)
class TemplatePartProblem:
    """One thing to fix in a template.

    Attributes:
        part: The field with the problem.
        line: Line of the part, from 1; null if the problem is of the part as a whole.
        remedy: What to do, as a sentence.
        severity: Only errors forbid saving.
        block: Where the block with the problem stands among the blocks, then in that block, and so
            on, from 0; null if the problem is of no block.
        language: Tag of the translation with the problem; null for the template's own texts.
    """

    part: TemplateField
    line: int | None
    message: str
    remedy: str
    severity: Literal["error", "warning"] = "error"
    language: str | None = None
    block: tuple[int, ...] | None = None

    @property
    def field(self) -> str:
        """Where the field is in a template's file, such as `translations.fr.subject`."""
        return f"translations.{self.language}.{self.part}" if self.language else self.part

    def of(self, language: str | None) -> TemplatePartProblem:
        """Return the same problem of a translation, which its message names; None changes nothing."""
        if language is None:
            return self
        where = f"{language_name(language)}: {_NAMES.get(self.part, self.part)}: "
        return replace(self, language=language, message=f"{where}{self.message}")


@dataclass(frozen=True)
class Preview:
    """How a template comes out; a part that cannot be rendered is null and has a problem.

    Attributes:
        language: Tag of the language that the reader gets.
        html: The whole document, in the layout that is sent.
        text: The e-mail's plain text, derived from the HTML where the template has no text part.
        sms_size: Encoding, length and segments of the SMS.
    """

    language: str
    subject: str | None
    html: str | None
    text: str | None
    sms: str | None
    sms_size: SmsSize | None
    problems: tuple[TemplatePartProblem, ...]


def problems_of(content: TemplateContent) -> list[TemplatePartProblem]:
    """Return what is wrong with a template, each part by its own rules; only errors forbid saving."""
    problems = list(_missing(content))
    for part in content.parts():
        found = _of_blocks(part) if part.blocks else (*_of_source(part), *_unknown(part))
        problems += [problem.of(part.language) for problem in found]
    if not _can_be_unsubscribed_from(content):
        problems += _useless_links(content)
    problems += _languages(content)
    if content.reply_to and usable_email(content.reply_to) is None:
        problems.append(
            TemplatePartProblem(
                "reply_to", None, "This is no e-mail address.", "Correct it, or leave it empty."
            )
        )
    return problems


def render_preview(
    content: TemplateContent,
    trigger: str,
    context: BookingContext,
    *,
    event: Event | None = None,
    reader_locale: str | None = None,
    now: datetime | None = None,
) -> Preview:
    """Render every part for a booking; what cannot be rendered becomes a problem.

    Args:
        content: What the template says.
        trigger: The event type that starts the workflow.
        context: The booking with its surroundings.
        event: What starts the workflow; by default a sample of the trigger.
        reader_locale: The guest's; by default what is known of the booking's customer.
        now: When it is sent, for blocks that depend on it; by default when the event happens.
    """
    context = context.read_in(reader_locale)
    locale = reader_locale or (context.customer.locale if context.customer else None)
    event = event or sample_event(trigger, context)
    now = now or event.occurred_at
    variables = _variables(content, event, context)
    texts = ReaderTexts(content, context.location, locale, variables, now)
    rendered: dict[PartName, str] = {}
    problems = problems_of(content)
    chosen = list(texts.parts.values())
    all_parts = content.parts(home=context.location.locale, occasion=texts.occasion)
    # Nobody looks at every language: problems of those that are not shown are found all the same.
    for part in [*chosen, *(each for each in all_parts if each not in chosen)]:
        try:
            text = texts.render(part)
        except TemplateError as error:
            problem = _rendering_problem(part.field, error, variable_types(trigger))
            problem = problem.of(part.language)
            problems += [] if _is_known(problem, problems) else [problem]
        else:
            rendered |= {part.name: text} if part in chosen else {}
    problems += _too_long(rendered.get("sms"))
    subject, body, sms = (rendered.get(name) for name in ("subject", "html", "sms"))
    html = (
        None
        if body is None
        else whole_html(body, subject or "", variables, context.location, texts.body_settings)
    )
    plain = rendered.get("text") or (None if body is None else html_to_text(body))
    if link := variables.get("unsubscribe_url"):
        html = html and html_with_link(html, link, texts.words)
        plain = plain and text_with_link(plain, link, texts.words)
    problems += _clipped(html)
    return Preview(
        language=texts.language,
        subject=subject,
        html=html,
        text=plain,
        sms=sms,
        sms_size=None if sms is None else sms_size(sms),
        problems=tuple(problems),
    )


def _rendering_problem(
    part: TemplateField, error: TemplateError, types: Mapping[str, str]
) -> TemplatePartProblem:
    name = error.variable
    if name and (kind_of(name, types) is None or is_extra(name, types)):
        hint = suggestion(name, types)
        if hint is not None:
            message = f"Unknown variable {name}." if part != "blocks" else error.bare_message
            return TemplatePartProblem(part, error.line, message, hint)
    return TemplatePartProblem(part, error.line, error.bare_message, error.remedy or "")


def _of_source(part: TemplatePart) -> Iterator[TemplatePartProblem]:
    for problem in check(part.source, part.mode):
        yield TemplatePartProblem(part.name, problem.line, problem.message, problem.remedy)


def _of_blocks(part: TemplatePart) -> Iterator[TemplatePartProblem]:
    for problem in block_problems(part.blocks, known_types()):
        yield TemplatePartProblem(
            "blocks",
            None,
            problem.message,
            problem.remedy,
            problem.severity,
            block=problem.place or None,
        )


def _unknown(part: TemplatePart) -> Iterator[TemplatePartProblem]:
    """Return the names that no trigger and no step supplies, guarded or not."""
    types = known_types()
    for path in sorted(_read(part), key=lambda each: each.line):
        name = str(path).replace(".*", "")
        if kind_of(name, types) is None:
            yield TemplatePartProblem(
                part.name,
                path.line,
                f"Unknown variable {name}.",
                suggestion(name, types) or "Choose one of the variables of the list.",
            )


def _can_be_unsubscribed_from(content: TemplateContent) -> bool:
    """Return whether the messages are marketing, as surveys are whatever their category."""
    return content.category == "marketing" or any(
        str(path).partition(".")[0] == "survey" for part in content.parts() for path in _read(part)
    )


def _read(part: TemplatePart) -> Iterable[VariablePath]:
    if part.blocks:
        return [each.variable for each in block_variables(part.blocks)]
    try:
        return referenced_variables(part.source, part.mode)
    except TemplateSourceError:
        return frozenset()  # reported as a problem of its own


def _variables(
    content: TemplateContent, event: Event, context: BookingContext
) -> Mapping[str, Any]:
    data = event.model_dump(mode="json", exclude_unset=True)
    own: dict[str, Any] = {"survey": {each.path.split(".")[1]: each.example for each in SURVEY}}
    if _can_be_unsubscribed_from(content):
        own["unsubscribe_url"] = UNSUBSCRIBE_URL.example
    return {
        **scope_variables(
            event, context, data, _planned_steps(content), lambda: CALENDAR_URL.example
        ),
        **own,
    }


def _planned_steps(content: TemplateContent) -> Mapping[str, Mapping[str, Any]]:
    """Return an output for each earlier step that a template names: it has no graph to look in.

    An output that several actions have is the first one's. What no action declares, such as a
    part of a webhook's answer, stays without a value.
    """
    outputs: dict[str, Any] = {}
    for _, action in sorted(action_types().items()):
        outputs = {**example_output(action.outputs), **outputs}
    names = {
        path.parts[1] for path in _paths(content) if path.parts[0] == "steps" and path.parts[1:]
    }
    return {name: {"status": StepStatus.COMPLETED.value, "output": outputs} for name in names}


def _paths(content: TemplateContent) -> Iterator[VariablePath]:
    for part in content.parts():
        yield from _read(part)


def _is_known(problem: TemplatePartProblem, problems: Sequence[TemplatePartProblem]) -> bool:
    """Return whether a part that cannot be rendered has a known problem."""
    return any(known.field == problem.field and known.severity == "error" for known in problems)


def _too_long(sms: str | None) -> Iterator[TemplatePartProblem]:
    if sms is not None and len(sms) > MAX_CHARACTERS:
        yield TemplatePartProblem(
            "sms",
            None,
            f"The SMS has {len(sms)} characters; {MAX_CHARACTERS} can be sent.",
            "Shorten it, or cut long values with truncate.",
        )


def _clipped(html: str | None) -> Iterator[TemplatePartProblem]:
    size = len((html or "").encode())
    if size >= CLIPPED_BYTES:
        yield TemplatePartProblem(
            "html",
            None,
            f"The e-mail has {size:,} bytes; Gmail cuts off what is after about {CLIPPED_BYTES:,}.",
            "Shorten it, or move style sheets and images out of it.",
            severity="warning",
        )


def _useless_links(content: TemplateContent) -> Iterator[TemplatePartProblem]:
    for part in content.parts():
        if any(str(each) == UNSUBSCRIBE_URL.path and not each.guarded for each in _read(part)):
            yield TemplatePartProblem(
                part.name,
                None,
                "Only marketing and survey messages have an unsubscribe link.",
                "Set the category to marketing, or take {{ unsubscribe_url }} out.",
            ).of(part.language)


def _languages(content: TemplateContent) -> Iterator[TemplatePartProblem]:
    """Return problems of the languages themselves."""
    if content.language and known_locale(content.language) is None:
        yield TemplatePartProblem(
            "language",
            None,
            "This is no language.",
            "Choose one, such as en, de or pt-BR, or leave it empty for the location's.",
        )
    taken = {_plain(content.language or "")}
    for tag in content.translations:
        if "_" in tag or known_locale(tag) is None:
            yield TemplatePartProblem(
                "translations",
                None,
                f"{tag[:35]} is no language.",
                "Write its tag, such as fr, de or pt-BR.",
            )
        elif _plain(tag) in taken:
            yield TemplatePartProblem(
                "translations",
                None,
                f"{language_name(tag)} is there twice.",
                "Keep one of the two: the template's own texts have a language as well.",
            )
        taken.add(_plain(tag))


def _plain(tag: str) -> str:
    return tag.lower().replace("_", "-")


def _missing(content: TemplateContent) -> Iterator[TemplatePartProblem]:
    written = {part.name for part in content.parts() if part.language is None}
    by_email, by_sms = content.channel in ("email", "both"), content.channel in ("sms", "both")
    if by_email and "subject" not in written:
        yield TemplatePartProblem("subject", None, "The e-mail has no subject.", "Write one.")
    for language, text in [(None, content), *content.translations.items()]:
        if text.html.strip() and text.blocks:
            yield TemplatePartProblem(
                "blocks",
                None,
                "The e-mail is written in blocks and in HTML.",
                "Keep one of the two, and leave the other empty.",
            ).of(language)
    if by_email and not written & {"html", "text"}:
        yield TemplatePartProblem("html", None, "The e-mail has no text.", "Write one.")
    if by_sms and "sms" not in written:
        yield TemplatePartProblem("sms", None, "The SMS has no text.", "Write one.")
