"""Says what is wrong with some input: each problem that pydantic finds, with its remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bookflow.domain.shared.errors import BookflowError, InvalidInputError
from bookflow.domain.shared.identifiers import IDENTIFIER_PATTERN
from bookflow.domain.shared.wall_time import WALL_TIME_PATTERN

T = TypeVar("T")


def shown(text: str) -> str:
    """Return an id or name as a message may show it: short, and without invisible characters."""
    return f"'{visible(text)}'"


def visible(text: str) -> str:
    """Return a text from outside as a message may show it; see `shown`."""
    start = text if len(text) <= 64 else text[:61] + "..."
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in start)


def field_path(location: Sequence[int | str]) -> str:
    """Return a pydantic error's location as a path: `headers.Accept`, `cases[0].name`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


def in_words_of_form(error: BookflowError, form: type[BaseModel]) -> str:
    """Return an error with the label of its field, as a form shows it, in the place of its path."""
    name, _, part = (error.field or "").partition(".")
    field = form.model_fields.get(name)
    if field is None or field.title is None:
        return str(error)
    place = f"{field.title}, {part}" if part else field.title
    return str(BookflowError(error.message, field=place, remedy=error.remedy))


_FORMS: Mapping[str, str] = {
    IDENTIFIER_PATTERN: "Use letters, digits and . _ : @ -, a letter or digit first.",
    r"^[a-z]{1,40}$": "Use small letters only.",
    r"^[0-9a-f]{16}$": "Send it as it was given.",
    r"^[0-9a-f]{64}$": "Send it as it was given.",
    WALL_TIME_PATTERN: "Use a time of day such as 16:00.",
    r"^[A-Z]{2}$": "Use a code of two capital letters, such as DE.",
    r"^[A-Za-z]{3}$": "Use a code of three letters, such as EUR.",
}
"""What the patterns of our models mean."""

_DATE_TIME = (
    "{field} is not a time with its offset.",
    "Write it by RFC 3339, such as 2026-12-12T10:00:00+01:00.",
)
_OBJECT = ("{field} is not an object.", "Use a JSON object.")
_LIST = ("{field} is not a list.", "Use a list.")
_TEXT = ("{field} is not a text.", "Enter a text.")
_WHOLE = ("{field} is not a whole number.", "Enter a whole number.")
_NUMBER = ("{field} is not a number.", "Enter a number.")
_DECIMAL = ("{field} is not a decimal number.", "Enter a number such as 12.50.")
_YES_NO = ("{field} is neither yes nor no.", "Choose yes or no.")
_CHOICE = ("{field} has an unknown value.", "Use one of: {expected}.")

_REASONS: Mapping[str, tuple[str, str]] = {
    "missing": ("{field} is missing.", "Fill it in."),
    "extra_forbidden": ("{field} is not a known field.", "Remove it or correct its name."),
    "string_type": _TEXT,
    "string_too_short": ("{field} is too short.", "Use at least {min_length}."),
    "string_too_long": ("{field} is too long.", "Use at most {max_length}."),
    "string_unicode": ("{field} is not Unicode.", "Enter the text again."),
    "string_pattern_mismatch": ("{field} has an invalid form.", "{form}"),
    "int_parsing_size": ("{field} is too large.", "Use a smaller number."),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), _WHOLE),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), _NUMBER),
    **dict.fromkeys(("decimal_type", "decimal_parsing"), _DECIMAL),
    "decimal_max_digits": ("{field} has too many digits.", "Use at most {max_digits}."),
    "decimal_max_places": ("{field} has too many decimals.", "Use at most {decimal_places}."),
    **dict.fromkeys(("bool_type", "bool_parsing"), _YES_NO),
    "greater_than_equal": ("{field} is too small.", "Use {ge} or more."),
    "greater_than": ("{field} is too small.", "Use more than {gt}."),
    "less_than_equal": ("{field} is too large.", "Use {le} or less."),
    "less_than": ("{field} is too large.", "Use less than {lt}."),
    **dict.fromkeys(("literal_error", "enum"), _CHOICE),
    "local_time_without_days": (
        "{field} needs a number of days.",
        "Choose days as the unit, or remove the local time.",
    ),
    "local_time_too_late": (
        "{field} may be after the booking begins.",
        "Enter at least 1 day, or remove the local time.",
    ),
    "union_tag_not_found": ("{field} does not say its {discriminator}.", "Fill it in."),
    "union_tag_invalid": (
        "{field} has an unknown {discriminator}.",
        "Use one of: {expected_tags}.",
    ),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"),
        _DATE_TIME,
    ),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        ("{field} is not a date.", "Choose a date, such as 2026-12-24."),
    ),
    "dates_reversed": ("{field} ends before it begins.", "Choose a later last date."),
    **dict.fromkeys(("mapping_type", "dict_type", "model_type", "model_attributes_type"), _OBJECT),
    **dict.fromkeys(("tuple_type", "list_type"), _LIST),
    "too_short": ("{field} has too few entries.", "Use at least {min_length}."),
    "too_long": ("{field} has too many entries.", "Use at most {max_length}."),
}


InputProblem = tuple[tuple[int | str, ...], str, str, str]
"""Location, type, reason and remedy of an error that pydantic found."""

MAX_PROBLEMS = 20
"""Problems that one message lists."""


@dataclass(frozen=True)
class InvalidField:
    """What is wrong with one field, which is named by its path."""

    field: str
    reason: str
    remedy: str | None = None


class InvalidFieldsError(InvalidInputError):
    """Input breaks a contract at one place or several; `problems` lists all of them."""

    def __init__(self, problems: Sequence[InvalidField], *, remedy: str | None = None) -> None:
        sentences = (
            " ".join(filter(None, [f"{each.field}:", each.reason, each.remedy]))
            for each in problems[:MAX_PROBLEMS]
        )
        super().__init__(" ".join(sentences), field=problems[0].field, remedy=remedy)
        self.problems = tuple(problems)


def valid(
    read: Callable[[Any], T],
    value: Any,
    name: str,
    *,
    prefix: str | None = None,
    remedy: str | None = None,
) -> T:
    """Return what pydantic reads of a value.

    Args:
        read: Such as a model's `model_validate`.
        value: What came from outside.
        name: What the error calls it as a whole.
        prefix: Begins the path of a field in it; by default its name and a dot.
        remedy: What to do if it is invalid; by default what the first problem says.

    Raises:
        InvalidInputError: It is invalid; `field` names the first problem.
    """
    try:
        return read(value)
    except ValidationError as error:
        first = invalid_fields(problems_of(error))[0]
        before = f"{name}." if prefix is None else prefix
        raise InvalidInputError(
            first.reason,
            field=f"{before}{first.field}" if first.field else name,
            remedy=remedy or first.remedy,
        ) from None


def invalid_fields(problems: Iterable[InputProblem], *place: str) -> list[InvalidField]:
    """Return problems with the paths of their fields, which begin with the place."""
    return [
        InvalidField(field_path((*place, *location)), reason, remedy)
        for location, _, reason, remedy in problems
    ]


def problems_of(
    error: ValidationError, model: type[BaseModel] | None = None
) -> Iterator[InputProblem]:
    """Yield each problem of a model's input; see `problems_among`."""
    return problems_among(error.errors(include_url=False, include_input=False), model)


def problems_among(
    errors: Iterable[Mapping[str, Any]], model: type[BaseModel] | None = None
) -> Iterator[InputProblem]:
    """Yield what each error says; `errors` are as `ValidationError.errors` returns them.

    The offending values themselves are never repeated: they may be secrets or personal data.

    Args:
        errors: What pydantic found.
        model: The model of a form. Its fields' titles then name the fields, and what is missing
            is asked for: "Choose a template."
    """
    found = list(errors)
    within = {tuple(each["loc"][:-1]) for each in found}
    for each in found:
        location = tuple(each["loc"])
        if each["type"] == "too_short" and location in within:
            continue  # pydantic counts the entries that are right, and names the others as well
        yield location, each["type"], *_sentences(each, location, _field_at(model, location))


def _sentences(
    error: Mapping[str, Any], location: tuple[int | str, ...], field: FieldInfo | None
) -> tuple[str, str]:
    """Return what is wrong, and what to do unless the first sentence says it already."""
    kind, given = error["type"], error.get("ctx") or {}
    label = field.title if field and field.title else _label(location)
    is_empty = given.get("min_length") == 1
    if kind == "too_short" and is_empty and field and field.title:
        return _request_of_one(label, field), ""
    is_empty = is_empty and kind == "string_too_short"
    if is_empty or (kind == "missing" and field and field.title):
        return _request(label, field), ""
    if kind not in _REASONS:
        message = _message(error["msg"])
        if location:
            return f"{label}: {message}.", "Correct it."
        return f"{_capital(message)}.", "" if message.startswith("Enter") else "Correct it."
    texts = {name: _text(name, value, kind) for name, value in given.items()}
    form = _FORMS.get(str(given.get("pattern")), "Correct it.")
    reason, remedy = (
        part.format_map({**texts, "field": label, "form": form}) for part in _REASONS[kind]
    )
    return reason, remedy


def _field_at(model: type[BaseModel] | None, location: Sequence[int | str]) -> FieldInfo | None:
    """Return the model's field at a location; None where a list or mapping has its own entries."""
    field: FieldInfo | None = None
    for part in location:
        fields = model.model_fields if model else {}
        field = fields.get(part) if isinstance(part, str) else None
        inner = field.annotation if field else model
        model = next((each for each in _types(inner) if _is_model(each)), None)
    return field


def _types(annotation: Any) -> Iterator[Any]:
    yield annotation
    for each in get_args(annotation):
        yield from _types(each)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _request(label: str, field: FieldInfo | None) -> str:
    """Return what asks for a value: "Choose a template." or "Enter the title."."""
    noun = label if label[:2].isupper() else label[0].lower() + label[1:]
    extra = field.json_schema_extra if field else None
    form = str(extra.get("format")) if isinstance(extra, dict) else ""
    if form.endswith("-id") or (field and _is_choice(field.annotation)):
        return f"Choose {_with_article(noun)}."
    return f"Enter the {noun}."


def _request_of_one(label: str, field: FieldInfo) -> str:
    """Return what asks for an entry: "Add a case." or "Choose at least one: booking statuses."."""
    noun = label[0].lower() + label[1:]
    if any(_is_choice(each) for each in _types(field.annotation)):
        return f"Choose at least one: {noun}."
    return f"Add {_with_article(noun.removesuffix('s'))}."


def _with_article(noun: str) -> str:
    """Return a noun as `a unit` or `an address`: the sound counts."""
    begins_with_vowel = noun[0] in "aeiou" and not noun.startswith(("uni", "use"))
    return f"{'an' if begins_with_vowel else 'a'} {noun}"


def _is_choice(annotation: Any) -> bool:
    """Whether a value is one of a few."""
    is_enum = isinstance(annotation, type) and issubclass(annotation, Enum)
    return is_enum or get_origin(annotation) is Literal


def _text(name: str, value: Any, kind: str) -> str:
    """Return a limit as readers see it: with its unit, and without Python's quotes."""
    if name in ("min_length", "max_length"):
        return counted(value, "character" if kind.startswith("string") else "entry")
    return str(value).replace("'", "")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 entry` or `2 entries`."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"
    return f"{number:,} {plural}"


def _label(location: Sequence[int | str]) -> str:
    """Return a location's end in words: `First name`, or `Questions, entry 2`."""
    names = [at for at, part in enumerate(location) if isinstance(part, str)]
    if not names:
        return "The value"
    name, *entries = location[names[-1] :]
    label = _capital(visible(str(name)).replace("_", " "))
    return ", ".join([label, *(f"entry {int(each) + 1}" for each in entries)])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _message(text: str) -> str:
    return text.removeprefix("Value error, ").removesuffix(".")
