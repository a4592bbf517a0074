"""Conditions as data: a tree of all / any / not over typed comparisons, never evaluated as text.

The JSON form of a rule is one of::

    {"all": [rule, ...]}    {"any": [rule, ...]}    {"not": rule}
    {"variable": "booking.status", "operator": "equals", "value": "confirmed"}

A comparison of text may carry `"ignore_case": true`.

Meaning, where it is easy to guess wrong:

- Empty is: missing, null, "", an empty list or an empty object. No comparison is met by something
  empty.
- A negated operator (`not_equals`, `not_in`, `not_contains`, `is_empty`) is met exactly where its
  positive form is not, so also by something empty, and by a value of another type. To leave empty
  out, say so: all of (is not empty, not equals ...).
- A path through a list means its items: `booking.extras.name equals Lunch` is met if any extra has
  that name, `not_equals` if none has. A number picks one item: `booking.extras.0.name`.
- Numbers, and texts that spell one, compare as decimals. Money (`{"amount", "currency"}`) compares
  with money of the same currency only.
- Times compare as moments. A value without a UTC offset is local wall time of the location.
- A value may be another variable, `{"variable": "event.occurred_at"}`; if that is a time, with an
  offset as `plus` or `minus`: `{"variable": ..., "plus": {"value": 48, "unit": "hours"}}`.
- `within_next` and `within_last` compare a time with now, when the execution comes to the rule:
  `{"value": 2, "unit": "days"}`. Days are calendar days of the location, as in delays.
- `all` of nothing is true, `any` of nothing is false; `rule_problems` refuses both.
"""
