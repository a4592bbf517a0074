"""Decides a rule over the data of an execution, and names the data that it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bookflow.domain.flow.conditions.operands import (
    duration_of,
    hours_of,
    is_empty,
    moment_of,
    money_of,
    number_of,
    other_variable_of,
)
from bookflow.domain.flow.conditions.operators import OPERATORS, RELATIVE_TO_NOW, Operator
from bookflow.domain.flow.conditions.reading import known_rule
from bookflow.domain.flow.conditions.rules import AllOf, AnyOf, Comparison, Not, Rule, parts
from bookflow.domain.flow.variables import values_at
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.wall_time import Duration, Weekday, zone_named


def variables(rule: Rule | Any) -> frozenset[str]:
    """Return the paths that a rule reads; none for what is not a rule."""
    found: set[str] = set()
    for comparison in _comparisons(rule):
        found.add(comparison.variable)
        if (other := other_variable_of(comparison.value)) is not None:
            found.add(other.path)
    return frozenset(found)


def asked_for_presence(rule: Rule | Any) -> frozenset[str]:
    """Return the paths of which a rule asks whether they have a value."""
    known = known_rule(rule)
    return frozenset(
        part.variable
        for _, part in (parts(known) if known else ())
        if isinstance(part, Comparison)
        and part.operator in (Operator.IS_EMPTY, Operator.IS_NOT_EMPTY)
    )


def surely_present(rule: Rule | Any) -> frozenset[str]:
    """Return the paths that have a value wherever a rule is met; none for what is not a rule."""
    known = known_rule(rule)
    return frozenset() if known is None else _present(known, is_met=True)


def _present(rule: Rule, *, is_met: bool) -> frozenset[str]:
    if isinstance(rule, Not):
        return _present(rule.rule, is_met=not is_met)
    if isinstance(rule, Comparison):
        # A negated operator is met by something empty, so its positive form is the one that proves.
        proves = (OPERATORS[rule.operator].negates is None) == is_met
        return frozenset({rule.variable}) if proves else frozenset()
    each = [_present(part, is_met=is_met) for part in rule.rules]
    if isinstance(rule, AllOf) == is_met:
        return frozenset().union(*each)
    return frozenset.intersection(*each) if each else frozenset()


def reads_only_event(rule: Rule | Any) -> bool:
    """Return whether the event alone decides a rule, before an execution starts.

    False for what is not a rule, and for one that is relative to now: it is decided when the
    execution comes to it.
    """
    return (
        known_rule(rule) is not None
        and all(path == "event" or path.startswith("event.") for path in variables(rule))
        and not any(each.operator in RELATIVE_TO_NOW for each in _comparisons(rule))
    )


def _comparisons(rule: Rule | Any) -> Sequence[Comparison]:
    known = known_rule(rule)
    if known is None:
        return ()
    return [part for _, part in parts(known) if isinstance(part, Comparison)]


def evaluate(
    rule: Rule | Any,
    scope: Mapping[str, Any],
    timezone: str | ZoneInfo,
    now: datetime | None = None,
) -> bool:
    """Decide a rule; total over any data in `scope`.

    Args:
        rule: A rule, parsed or as JSON. JSON that is not a rule is false as a whole, whatever
            its `not`s say: what cannot be read matches nothing.
        scope: The execution's data: `event`, `booking`, `customer`, `activity`, `location`,
            `steps`.
        timezone: IANA zone of the location.
        now: The present moment; without it no comparison with now is met.

    Raises:
        InvalidInputError: The time zone is not known.
    """
    zone = timezone if isinstance(timezone, ZoneInfo) else zone_named(timezone)
    known = known_rule(rule)
    return known is not None and _holds(known, _Occasion(scope, zone, now))


@dataclass(frozen=True)
class _Occasion:
    """The data that a rule is decided over, and where and when it is."""

    scope: Mapping[str, Any]
    zone: ZoneInfo
    now: datetime | None


def _holds(rule: Rule, occasion: _Occasion) -> bool:
    if isinstance(rule, AllOf):
        return all(_holds(part, occasion) for part in rule.rules)
    if isinstance(rule, AnyOf):
        return any(_holds(part, occasion) for part in rule.rules)
    if isinstance(rule, Not):
        return not _holds(rule.rule, occasion)
    values = values_at(occasion.scope, rule.variable)
    if rule.operator in RELATIVE_TO_NOW:
        return any(_is_within(rule, value, occasion) for value in values)
    return _compares(_with_value(rule, occasion), values, occasion.zone)


def _with_value(rule: Comparison, occasion: _Occasion) -> Comparison:
    """Return the comparison with the value of the other variable that it names, if it names one."""
    other = other_variable_of(rule.value)
    if other is None:
        return rule
    value = next(iter(values_at(occasion.scope, other.path)), None)
    if other.offset is not None or isinstance(value, datetime):
        moment = _shifted(moment_of(value, None), other.offset, occasion.zone, back=other.is_back)
        value = None if moment is None else moment.isoformat()
    return replace(rule, value=value)


def _is_within(rule: Comparison, actual: Any, occasion: _Occasion) -> bool:
    """Return whether a time lies between now and a duration from now, both included."""
    moment, duration = moment_of(actual, None), duration_of(rule.value)
    is_back = rule.operator is Operator.WITHIN_LAST
    end = _shifted(occasion.now, duration, occasion.zone, back=is_back)
    if moment is None or occasion.now is None or end is None:
        return False
    return end <= moment <= occasion.now if is_back else occasion.now <= moment <= end


def _shifted(
    moment: datetime | None, offset: Duration | None, zone: ZoneInfo, *, back: bool
) -> datetime | None:
    """Return the moment that lies that far from one; None where there is no such moment."""
    if moment is None or offset is None:
        return moment
    try:
        return offset.from_moment(moment, zone, back=back)
    except InvalidInputError:
        return None


def _compares(rule: Comparison, values: Sequence[Any], zone: ZoneInfo) -> bool:
    """Decide a comparison: any of the values meets it, or for a negated operator none of them."""
    negated = OPERATORS[rule.operator].negates
    if negated is not None:
        return not _compares(replace(rule, operator=negated), values, zone)
    return any(_meets(rule, value, zone) for value in values)


def _meets(rule: Comparison, actual: Any, zone: ZoneInfo) -> bool:
    operator, wanted = rule.operator, rule.value
    if is_empty(actual):
        return False
    if operator is Operator.IS_NOT_EMPTY:
        return True
    if is_empty(wanted):
        return False
    match operator:
        case Operator.EQUALS:
            return _equal(actual, wanted, rule.ignore_case, zone)
        case Operator.IN:
            return any(_equal(actual, item, rule.ignore_case, zone) for item in wanted)
        case Operator.CONTAINS:
            return _contains(actual, wanted, rule.ignore_case, zone)
        case Operator.STARTS_WITH | Operator.ENDS_WITH:
            return _affixed(rule, actual)
        case Operator.BEFORE | Operator.AFTER | Operator.WEEKDAY_IN | Operator.HOUR_BETWEEN:
            return _timed(rule, actual, zone)
        case _:
            return _ordered(operator, actual, wanted)


def _equal(actual: Any, wanted: Any, ignore_case: bool, zone: ZoneInfo) -> bool:
    if isinstance(actual, bool) or isinstance(wanted, bool):
        return actual is wanted
    left_money, right_money = money_of(actual), money_of(wanted)
    if left_money is not None or right_money is not None:
        return left_money == right_money
    if isinstance(actual, str) and isinstance(wanted, str):
        if _folded(actual, ignore_case) == _folded(wanted, ignore_case):
            return True
    elif not isinstance(actual, datetime):
        number = number_of(actual)
        return number is not None and number == number_of(wanted)
    moment = moment_of(actual, None)
    return moment is not None and moment == moment_of(wanted, zone)


def _contains(actual: Any, wanted: Any, ignore_case: bool, zone: ZoneInfo) -> bool:
    if isinstance(actual, str):
        if not isinstance(wanted, str):
            return False
        return _folded(wanted, ignore_case) in _folded(actual, ignore_case)
    if isinstance(actual, (list, tuple)):
        return any(_equal(item, wanted, ignore_case, zone) for item in actual)
    return False


def _affixed(rule: Comparison, actual: Any) -> bool:
    if not isinstance(actual, str) or not isinstance(rule.value, str):
        return False
    text, affix = _folded(actual, rule.ignore_case), _folded(rule.value, rule.ignore_case)
    if rule.operator is Operator.STARTS_WITH:
        return text.startswith(affix)
    return text.endswith(affix)


def _timed(rule: Comparison, actual: Any, zone: ZoneInfo) -> bool:
    moment = moment_of(actual, None)
    if moment is None:
        return False
    if rule.operator in (Operator.BEFORE, Operator.AFTER):
        limit = moment_of(rule.value, zone)
        if limit is None:
            return False
        return moment < limit if rule.operator is Operator.BEFORE else moment > limit
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        return False
    if rule.operator is Operator.WEEKDAY_IN:
        return Weekday.of(local) in rule.value
    hours = hours_of(rule.value)
    return hours is not None and hours.contains(local)


def _ordered(operator: Operator, actual: Any, wanted: Any) -> bool:
    left_money, right_money = money_of(actual), money_of(wanted)
    if left_money is not None and right_money is not None:
        if left_money[1] != right_money[1]:
            return False
        left, right = left_money[0], right_money[0]
    else:
        first, second = number_of(actual), number_of(wanted)
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
