"""Conditions as data: a tree of all / any / not over typed comparisons, never evaluated as text.

The JSON form of a rule is one of::

    {"all": [rule, ...]}    {"any": [rule, ...]}    {"not": rule}
    {"variable": "booking.status", "operator": "equals", "value": "confirmed"}

A comparison of text may carry `"ignore_case": true`.

Meaning, where it is easy to guess wrong:

- Empty is: missing, null, "", an empty list or an empty object. Every comparison with something
  empty is false, the negative ones (`not_equals`, `not_in`, `not_contains`) too; only `is_empty`
  is true. To take empty in, say so: any of (is empty, not equals ...).
- Numbers, and texts that spell one, compare as decimals. Money (`{"amount", "currency"}`) compares
  with money of the same currency only.
- Times compare as moments. A value without a UTC offset is local wall time of the location.
- `all` of nothing is true, `any` of nothing is false; `rule_problems` refuses both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WrapValidator
from pydantic_core import PydanticCustomError

from bookflow.domain.errors import InvalidInputError
from bookflow.domain.flow.variables import Kind, is_extra, is_path, kind_of, look_up
from bookflow.domain.wall_time import SendWindow, Weekday, at_wall_time, to_utc, zone_named

MAX_DEPTH = 20
"""Levels of a rule; a single comparison has one."""

MAX_RULES = 200
"""Groups and comparisons of a rule, all levels together."""

MAX_VALUES = 200
"""Items of the list that `in` compares with."""

MAX_TEXT = 1_000
"""Characters of a text that a comparison compares with."""

RULE_ERROR = "bookflow_rule"
"""Type of the pydantic error of a rule that cannot be read."""

_LOCAL_FORM = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?", re.ASCII)
_MOMENT_FORM = re.compile(_LOCAL_FORM.pattern + r"(Z|[+-]\d{2}:?\d{2})", re.ASCII)
_NUMBER_FORM = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?", re.ASCII)


class Operator(StrEnum):
    """The comparisons."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    NOT_IN = "not_in"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    BEFORE = "before"
    AFTER = "after"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    IS_EMPTY = "is_empty"
    IS_NOT_EMPTY = "is_not_empty"
    WEEKDAY_IN = "weekday_in"
    HOUR_BETWEEN = "hour_between"


_OPERATOR_NAMES = frozenset(operator.value for operator in Operator)
_WEEKDAY_NAMES = frozenset(day.value for day in Weekday)

ValueForm = Literal["none", "one", "many", "order", "moment", "text", "item", "weekdays", "hours"]


@dataclass(frozen=True)
class OperatorRule:
    """What an operator is called, what it applies to, and what it compares with."""

    label: str
    kinds: frozenset[Kind]
    value: ValueForm


_PLAIN: frozenset[Kind] = frozenset({"string", "number", "money", "datetime", "boolean"})
_LISTED: frozenset[Kind] = frozenset({"string", "number", "datetime"})
_ORDERED: frozenset[Kind] = frozenset({"number", "money"})
_TIMES: frozenset[Kind] = frozenset({"datetime"})
_PARTED: frozenset[Kind] = frozenset({"string", "list"})
_TEXTS: frozenset[Kind] = frozenset({"string"})
_EVERY: frozenset[Kind] = _PLAIN | {"list", "object"}

OPERATORS: Mapping[Operator, OperatorRule] = {
    Operator.EQUALS: OperatorRule("equals", _PLAIN, "one"),
    Operator.NOT_EQUALS: OperatorRule("does not equal", _PLAIN, "one"),
    Operator.IN: OperatorRule("is one of", _LISTED, "many"),
    Operator.NOT_IN: OperatorRule("is none of", _LISTED, "many"),
    Operator.GREATER: OperatorRule("is greater than", _ORDERED, "order"),
    Operator.GREATER_OR_EQUAL: OperatorRule("is at least", _ORDERED, "order"),
    Operator.LESS: OperatorRule("is less than", _ORDERED, "order"),
    Operator.LESS_OR_EQUAL: OperatorRule("is at most", _ORDERED, "order"),
    Operator.BEFORE: OperatorRule("is before", _TIMES, "moment"),
    Operator.AFTER: OperatorRule("is after", _TIMES, "moment"),
    Operator.CONTAINS: OperatorRule("contains", _PARTED, "item"),
    Operator.NOT_CONTAINS: OperatorRule("does not contain", _PARTED, "item"),
    Operator.STARTS_WITH: OperatorRule("starts with", _TEXTS, "text"),
    Operator.ENDS_WITH: OperatorRule("ends with", _TEXTS, "text"),
    Operator.IS_EMPTY: OperatorRule("is empty", _EVERY, "none"),
    Operator.IS_NOT_EMPTY: OperatorRule("is not empty", _EVERY, "none"),
    Operator.WEEKDAY_IN: OperatorRule("is on a weekday of", _TIMES, "weekdays"),
    Operator.HOUR_BETWEEN: OperatorRule("is at an hour between", _TIMES, "hours"),
}


@dataclass(frozen=True)
class AllOf:
    """True when every rule in it is."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class AnyOf:
    """True when at least one rule in it is."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Not:
    """True when the rule in it is not."""

    rule: Rule


@dataclass(frozen=True)
class Comparison:
    """One variable compared with one value, as JSON has it."""

    variable: str
    operator: Operator
    value: Any = None
    ignore_case: bool = False


Rule = AllOf | AnyOf | Not | Comparison


@dataclass(frozen=True)
class RuleProblem:
    """What is wrong at one place of a rule.

    `path` is relative to the rule, such as `all[0].value`; empty for the rule itself. A warning
    does not forbid the rule.
    """

    path: str
    reason: str
    remedy: str
    severity: Literal["error", "warning"] = "error"


@dataclass
class _Entry:
    """One place of a rule that is being read: its JSON, and the entries right below it."""

    raw: Any
    path: str
    depth: int
    form: str = ""
    below: tuple[int, ...] = ()


def parse_rule(raw: Any) -> Rule:
    """Read a rule from JSON of any shape and depth, without recursion.

    Raises:
        InvalidInputError: It is not a rule; the message names the first place at fault.
    """
    rule, problems = read_rule(raw)
    if rule is None:
        raise InvalidInputError(
            problems[0].reason, field=_joined("rule", problems[0].path), remedy=problems[0].remedy
        )
    return rule


def read_rule(raw: Any) -> tuple[Rule | None, list[RuleProblem]]:
    """Read a rule from JSON of any shape and depth; return it, or all that is wrong with it.

    Reading ends at the first rule that is too deep or one too many, so the time is bounded.
    """
    entries = [_Entry(raw, "", 1)]
    problems: list[RuleProblem] = []
    for entry in entries:  # grows while it is walked: parents come before what is below them
        found, below = _shape(entry)
        problems += found
        if below and entry.depth == MAX_DEPTH:
            problems.append(
                RuleProblem(
                    entry.path,
                    f"The condition is nested more than {MAX_DEPTH} levels deep.",
                    "Flatten it, or split it over several condition nodes.",
                )
            )
            return None, problems
        if len(entries) + len(below) > MAX_RULES:
            problems.append(
                RuleProblem(
                    entry.path,
                    f"The condition has more than {MAX_RULES} parts.",
                    "Use 'is one of' instead of many comparisons, or split it over several nodes.",
                )
            )
            return None, problems
        entry.below = tuple(range(len(entries), len(entries) + len(below)))
        entries += below
    return (None, problems) if problems else (_build(entries), problems)


def _shape(entry: _Entry) -> tuple[list[RuleProblem], list[_Entry]]:
    """Decide what an entry is; return what is wrong with it and the entries below it."""
    raw = entry.raw
    if isinstance(raw, Mapping) and "variable" not in raw and "operator" not in raw:
        if len(raw) == 1:
            entry.form, inner = next(iter(raw.items()))
            if entry.form == "not":
                return [], [_Entry(inner, _joined(entry.path, "not"), entry.depth + 1)]
            if entry.form in ("all", "any") and isinstance(inner, (list, tuple)):
                # One more than may be: enough for the count to refuse it, however long it is.
                return [], [
                    _Entry(item, _joined(entry.path, f"{entry.form}[{index}]"), entry.depth + 1)
                    for index, item in enumerate(inner[: MAX_RULES + 1])
                ]
        return [_not_a_rule(entry.path)], []
    if not isinstance(raw, Mapping):
        return [_not_a_rule(entry.path)], []
    entry.form = "comparison"
    return list(_comparison_faults(raw, entry.path)), []


def _not_a_rule(path: str) -> RuleProblem:
    return RuleProblem(
        path,
        "This is not a rule.",
        'Use {"all": [...]}, {"any": [...]}, {"not": ...} or a comparison with variable, operator '
        "and value.",
    )


def _comparison_faults(raw: Mapping[Any, Any], path: str) -> Iterator[RuleProblem]:
    if not set(raw) <= {"variable", "operator", "value", "ignore_case"}:
        yield RuleProblem(
            path,
            "The comparison has fields that are not known.",
            "Keep only variable, operator, value and ignore_case.",
        )
    variable = raw.get("variable")
    if not isinstance(variable, str) or not is_path(variable):
        yield RuleProblem(
            _joined(path, "variable"),
            "The variable is missing or not a path.",
            "Choose a variable, such as booking.status.",
        )
    if not isinstance(raw.get("ignore_case", False), bool):
        yield RuleProblem(
            _joined(path, "ignore_case"), "This is neither true nor false.", "Use true or false."
        )
    name = raw.get("operator")
    if not isinstance(name, str) or name not in _OPERATOR_NAMES:
        yield RuleProblem(
            _joined(path, "operator"),
            "The operator is missing or not known.",
            f"Use one of: {', '.join(Operator)}.",
        )
        return
    wanted = _VALUE_FORMS[OPERATORS[Operator(name)].value]
    if not wanted.fits(raw.get("value")):
        yield RuleProblem(
            _joined(path, "value"),
            f"The value does not suit '{OPERATORS[Operator(name)].label}'.",
            wanted.remedy,
        )


def _build(entries: Sequence[_Entry]) -> Rule:
    built: dict[int, Rule] = {}
    for index in range(len(entries) - 1, -1, -1):
        entry = entries[index]
        below = tuple(built[child] for child in entry.below)
        if entry.form == "all":
            built[index] = AllOf(below)
        elif entry.form == "any":
            built[index] = AnyOf(below)
        elif entry.form == "not":
            built[index] = Not(below[0])
        else:
            raw = entry.raw
            built[index] = Comparison(
                raw["variable"],
                Operator(raw["operator"]),
                raw.get("value"),
                raw.get("ignore_case", False),
            )
    return built[0]


@dataclass(frozen=True)
class _ValueForm:
    """What a comparison's value must look like, and how to say so."""

    accepts: Any
    remedy: str

    def fits(self, value: Any) -> bool:
        return bool(self.accepts(value))


def _is_scalar(value: Any) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= MAX_TEXT
    return isinstance(value, bool) or _number(value) is not None


def _is_one(value: Any) -> bool:
    return _is_scalar(value) or _money(value) is not None


def _is_many(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and 0 < len(value) <= MAX_VALUES
        and all(_is_scalar(item) for item in value)
    )


def _is_order(value: Any) -> bool:
    return _number(value) is not None or _money(value) is not None


def _is_weekdays(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and 0 < len(value) <= 7
        and all(isinstance(item, str) and item in _WEEKDAY_NAMES for item in value)
    )


def _is_moment(value: Any) -> bool:
    return _moment(value, _SOME_ZONE) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and _is_scalar(value)


def _hours(value: Any) -> SendWindow | None:
    if not isinstance(value, Mapping) or set(value) != {"start", "end"}:
        return None
    try:
        return SendWindow(start=value["start"], end=value["end"])
    except ValidationError:
        return None


_SOME_ZONE = ZoneInfo("UTC")

_VALUE_FORMS: Mapping[ValueForm, _ValueForm] = {
    "none": _ValueForm(lambda value: value is None, "Leave the value out."),
    "one": _ValueForm(
        _is_one,
        "Give a text, a number, true or false, or money as amount and currency; to look for "
        "nothing at all use is_empty.",
    ),
    "many": _ValueForm(_is_many, f"Give a list of 1 to {MAX_VALUES} texts or numbers."),
    "order": _ValueForm(
        _is_order, 'Give a number, or money such as {"amount": "10.00", "currency": "EUR"}.'
    ),
    "moment": _ValueForm(
        _is_moment, "Give a time such as 2026-11-05T09:00 (local) or with a UTC offset."
    ),
    "text": _ValueForm(_is_text, f"Give a text of 1 to {MAX_TEXT} characters."),
    "item": _ValueForm(_is_scalar, f"Give a text of 1 to {MAX_TEXT} characters, or a number."),
    "weekdays": _ValueForm(_is_weekdays, 'Give a list of days, such as ["saturday", "sunday"].'),
    "hours": _ValueForm(
        lambda value: _hours(value) is not None,
        'Give local times that differ, such as {"start": "09:00", "end": "17:00"}.',
    ),
}


def rule_problems(raw: Any, types: Mapping[str, str] | None = None) -> list[RuleProblem]:
    """Return all that is wrong with a rule, its use of the variables' types included.

    Args:
        raw: The rule as JSON, of any shape.
        types: Declared type by path; a path that nothing declares is a problem. Variables of
            earlier steps are left to whoever knows the graph. None checks the shape only.
    """
    rule, problems = read_rule(raw)
    if rule is None:
        return problems
    for path, part in _parts(rule):
        if isinstance(part, (AllOf, AnyOf)) and not part.rules:
            problems.append(
                RuleProblem(
                    path, "The group has no rule in it.", "Add a comparison or remove the group."
                )
            )
        elif isinstance(part, Comparison) and types is not None:
            problems += _type_faults(part, path, types)
    return problems


def _type_faults(
    comparison: Comparison, path: str, types: Mapping[str, str]
) -> Iterator[RuleProblem]:
    if comparison.variable.startswith("steps."):
        return
    kind = kind_of(comparison.variable, types)
    if kind is None:
        yield RuleProblem(
            _joined(path, "variable"),
            f"The trigger does not supply the variable '{comparison.variable}'.",
            "Choose a variable of this trigger, or another trigger.",
        )
        return
    if is_extra(comparison.variable, types):
        yield RuleProblem(
            _joined(path, "variable"),
            f"'{comparison.variable}' is no known field, so it is empty unless the booking system "
            "sends it.",
            "Check how it is spelt.",
            severity="warning",
        )
    if kind == "any":
        return
    operator = OPERATORS[comparison.operator]
    if kind not in operator.kinds:
        usable = ", ".join(each for each, rule in OPERATORS.items() if kind in rule.kinds)
        yield RuleProblem(
            _joined(path, "operator"),
            f"'{operator.label}' does not apply to '{comparison.variable}', which is of type "
            f"{kind}.",
            f"Use one of: {usable}.",
        )
    elif operator.value in ("one", "many", "order", "item"):
        items = comparison.value if operator.value == "many" else [comparison.value]
        if not all(_SUITS[kind](item) for item in items):
            yield RuleProblem(
                _joined(path, "value"),
                f"The value is not of the type of '{comparison.variable}', which is {kind}.",
                _SUIT_REMEDIES[kind],
            )


_SUITS: Mapping[Kind, Any] = {
    "string": lambda value: isinstance(value, str),
    "number": lambda value: _number(value) is not None,
    "money": lambda value: _money(value) is not None,
    "datetime": _is_moment,
    "boolean": lambda value: isinstance(value, bool),
    "list": _is_scalar,
}

_SUIT_REMEDIES: Mapping[Kind, str] = {
    "string": "Give a text.",
    "number": "Give a number.",
    "money": 'Give amount and currency, such as {"amount": "10.00", "currency": "EUR"}.',
    "datetime": "Give a time such as 2026-11-05T09:00.",
    "boolean": "Give true or false.",
    "list": "Give a text or a number.",
}


def variables(rule: Rule | Any) -> frozenset[str]:
    """Return the paths that a rule reads; none for what is not a rule."""
    known = _known(rule)
    if known is None:
        return frozenset()
    return frozenset(part.variable for _, part in _parts(known) if isinstance(part, Comparison))


def reads_only_event(rule: Rule | Any) -> bool:
    """Tell whether the event alone decides a rule, so that it can be decided before a run starts.

    False for what is not a rule.
    """
    return _known(rule) is not None and all(
        path == "event" or path.startswith("event.") for path in variables(rule)
    )


def evaluate(rule: Rule | Any, scope: Mapping[str, Any], timezone: str | ZoneInfo) -> bool:
    """Decide a rule; total over any data in `scope`.

    Args:
        rule: A rule, parsed or as JSON. JSON that is not a rule is false as a whole, whatever
            its `not`s say: what cannot be read matches nothing.
        scope: The run's data: `event`, `booking`, `customer`, `activity`, `location`, `steps`.
        timezone: IANA zone of the location.

    Raises:
        InvalidInputError: The time zone is not known.
    """
    zone = timezone if isinstance(timezone, ZoneInfo) else zone_named(timezone)
    known = _known(rule)
    return known is not None and _holds(known, scope, zone)


def _known(rule: Rule | Any) -> Rule | None:
    if isinstance(rule, (AllOf, AnyOf, Not, Comparison)):
        return rule
    return read_rule(rule)[0]


def _parts(rule: Rule, path: str = "") -> Iterator[tuple[str, Rule]]:
    """Walk a rule that was read, hence at most 20 levels deep."""
    yield path, rule
    if isinstance(rule, Not):
        yield from _parts(rule.rule, _joined(path, "not"))
    elif isinstance(rule, (AllOf, AnyOf)):
        name = "all" if isinstance(rule, AllOf) else "any"
        for index, part in enumerate(rule.rules):
            yield from _parts(part, _joined(path, f"{name}[{index}]"))


def _holds(rule: Rule, scope: Mapping[str, Any], zone: ZoneInfo) -> bool:
    if isinstance(rule, AllOf):
        return all(_holds(part, scope, zone) for part in rule.rules)
    if isinstance(rule, AnyOf):
        return any(_holds(part, scope, zone) for part in rule.rules)
    if isinstance(rule, Not):
        return not _holds(rule.rule, scope, zone)
    return _compares(rule, look_up(scope, rule.variable), zone)


def _compares(rule: Comparison, actual: Any, zone: ZoneInfo) -> bool:
    operator, wanted = rule.operator, rule.value
    empty = _is_empty(actual)
    if operator in (Operator.IS_EMPTY, Operator.IS_NOT_EMPTY):
        return empty is (operator is Operator.IS_EMPTY)
    if empty or _is_empty(wanted):
        return False
    match operator:
        case Operator.EQUALS:
            return _equal(actual, wanted, rule.ignore_case, zone)
        case Operator.NOT_EQUALS:
            return not _equal(actual, wanted, rule.ignore_case, zone)
        case Operator.IN:
            return any(_equal(actual, item, rule.ignore_case, zone) for item in wanted)
        case Operator.NOT_IN:
            return not any(_equal(actual, item, rule.ignore_case, zone) for item in wanted)
        case Operator.CONTAINS:
            return _contains(actual, wanted, rule.ignore_case, zone) is True
        case Operator.NOT_CONTAINS:
            return _contains(actual, wanted, rule.ignore_case, zone) is False
        case Operator.STARTS_WITH | Operator.ENDS_WITH:
            return _affixed(rule, actual)
        case Operator.BEFORE | Operator.AFTER | Operator.WEEKDAY_IN | Operator.HOUR_BETWEEN:
            return _timed(rule, actual, zone)
        case _:
            return _ordered(operator, actual, wanted)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, tuple, Mapping)) and len(value) == 0)


def _equal(actual: Any, wanted: Any, ignore_case: bool, zone: ZoneInfo) -> bool:
    if isinstance(actual, bool) or isinstance(wanted, bool):
        return actual is wanted
    left_money, right_money = _money(actual), _money(wanted)
    if left_money is not None or right_money is not None:
        return left_money == right_money
    if isinstance(actual, str) and isinstance(wanted, str):
        if _folded(actual, ignore_case) == _folded(wanted, ignore_case):
            return True
    elif not isinstance(actual, datetime):
        number = _number(actual)
        return number is not None and number == _number(wanted)
    moment = _moment(actual, None)
    return moment is not None and moment == _moment(wanted, zone)


def _contains(actual: Any, wanted: Any, ignore_case: bool, zone: ZoneInfo) -> bool | None:
    """Return whether `wanted` is in `actual`; None where the question makes no sense."""
    if isinstance(actual, str):
        if not isinstance(wanted, str):
            return None
        return _folded(wanted, ignore_case) in _folded(actual, ignore_case)
    if isinstance(actual, (list, tuple)):
        return any(_equal(item, wanted, ignore_case, zone) for item in actual)
    return None


def _affixed(rule: Comparison, actual: Any) -> bool:
    if not isinstance(actual, str) or not isinstance(rule.value, str):
        return False
    text, affix = _folded(actual, rule.ignore_case), _folded(rule.value, rule.ignore_case)
    if rule.operator is Operator.STARTS_WITH:
        return text.startswith(affix)
    return text.endswith(affix)


def _timed(rule: Comparison, actual: Any, zone: ZoneInfo) -> bool:
    moment = _moment(actual, None)
    if moment is None:
        return False
    if rule.operator in (Operator.BEFORE, Operator.AFTER):
        limit = _moment(rule.value, zone)
        if limit is None:
            return False
        return moment < limit if rule.operator is Operator.BEFORE else moment > limit
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        return False
    if rule.operator is Operator.WEEKDAY_IN:
        return Weekday.of(local) in rule.value
    hours = _hours(rule.value)
    return hours is not None and hours.contains(local)


def _ordered(operator: Operator, actual: Any, wanted: Any) -> bool:
    left_money, right_money = _money(actual), _money(wanted)
    if left_money is not None and right_money is not None:
        if left_money[1] != right_money[1]:
            return False
        left, right = left_money[0], right_money[0]
    else:
        first, second = _number(actual), _number(wanted)
        if first is None or second is None:
            return False
        left, right = first, second
    match operator:
        case Operator.GREATER:
            return left > right
        case Operator.GREATER_OR_EQUAL:
            return left >= right
        case Operator.LESS:
            return left < right
        case _:
            return left <= right


def _folded(text: str, ignore_case: bool) -> str:
    return text.casefold() if ignore_case else text


def _number(value: Any) -> Decimal | None:
    """Return a finite number, or a text that spells one, as a decimal."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, Decimal)):
        number = Decimal(value)
        return number if number.is_finite() else None
    if isinstance(value, float) or (isinstance(value, str) and _NUMBER_FORM.fullmatch(value)):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return None
        return number if number.is_finite() else None
    return None


def _money(value: Any) -> tuple[Decimal, str] | None:
    """Return amount and currency of `{"amount", "currency"}`."""
    if not isinstance(value, Mapping) or set(value) != {"amount", "currency"}:
        return None
    amount, currency = _number(value["amount"]), value["currency"]
    if amount is None or not isinstance(currency, str) or len(currency) != 3:
        return None
    return amount, currency.upper()


def _moment(value: Any, zone: ZoneInfo | None) -> datetime | None:
    """Return a time as a moment in UTC; without an offset only where `zone` says whose it is."""
    try:
        if isinstance(value, datetime):
            return to_utc(value)
        if not isinstance(value, str) or len(value) > 40:
            return None
        if _MOMENT_FORM.fullmatch(value):
            return to_utc(datetime.fromisoformat(value))
        if zone is not None and _LOCAL_FORM.fullmatch(value):
            return at_wall_time(datetime.fromisoformat(value), zone)
    except (InvalidInputError, ValueError, OverflowError):
        return None
    return None


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


def _readable(raw: Any, handler: Any) -> Any:
    """Refuse a rule that cannot be read before pydantic walks into it."""
    _, problems = read_rule(raw)
    if problems:
        first = problems[0]
        where = f" (at {first.path})" if first.path else ""
        raise PydanticCustomError(
            RULE_ERROR,
            "{reason} {remedy}",
            {"reason": first.reason.removesuffix(".") + where + ".", "remedy": first.remedy},
        )
    return handler(raw)


RuleData = Annotated[
    Mapping[str, Any],
    WrapValidator(_readable),
    Field(
        title="Rule",
        description="When this holds; a tree of all, any, not and comparisons",
        json_schema_extra={
            "format": "rule",
            "x-max-depth": MAX_DEPTH,
            "x-max-rules": MAX_RULES,
            "x-operators": [
                {
                    "name": name.value,
                    "label": rule.label,
                    "types": sorted(rule.kinds),
                    "value": rule.value,
                }
                for name, rule in OPERATORS.items()
            ],
        },
    ),
]
"""A rule as JSON; its JSON schema carries the table of operators that the editor offers."""


class ConditionConfig(BaseModel):
    """Goes on by `true` or `false`, as the rule holds or not."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Condition")

    rule: RuleData

    def decide(self, scope: Mapping[str, Any], timezone: str | ZoneInfo) -> str:
        """Return the handle to follow.

        Raises:
            InvalidInputError: The time zone is not known.
        """
        return "true" if evaluate(self.rule, scope, timezone) else "false"
