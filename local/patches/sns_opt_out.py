"""Gap: CheckIfPhoneNumberIsOptedOut and its like are unknown actions.

In AWS a number opts out by answering STOP; here a number that ends in 99 has done so, as in moto,
until OptInPhoneNumber is called for it.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

from urllib.parse import parse_qs

from ministack.services import sns

_opted_in: set[str] = set()


def apply() -> None:
    """Adds the actions about numbers that have opted out."""
    handle = sns.handle_request
    publish = sns._publish

    async def handle_opt_outs(method, path, headers, body, query_params):
        form = parse_qs(body.decode("utf-8", errors="replace")) if body else {}
        params = {**query_params, **form}
        answer = _ACTIONS.get(sns._p(params, "Action"))
        if answer is None:
            return await handle(method, path, headers, body, query_params)
        return answer(params)

    def deliver_unless_opted_out(params):
        number = sns._p(params, "PhoneNumber")
        response = publish(params)
        if number and response[0] == 200 and _has_opted_out(number):
            sns._sms_log_for(number).clear()  # accepted, and not delivered
        return response

    sns.handle_request = handle_opt_outs
    sns._publish = deliver_unless_opted_out


def _has_opted_out(number):
    return number.endswith("99") and number not in _opted_in


def _check(params):
    value = "true" if _has_opted_out(sns._p(params, "phoneNumber")) else "false"
    return _answer("CheckIfPhoneNumberIsOptedOut", f"<isOptedOut>{value}</isOptedOut>")


def _opt_in(params):
    _opted_in.add(sns._p(params, "phoneNumber"))
    return _answer("OptInPhoneNumber", "")


def _answer(action, inner):
    return sns._xml(200, f"{action}Response", f"<{action}Result>{inner}</{action}Result>")


_ACTIONS = {"CheckIfPhoneNumberIsOptedOut": _check, "OptInPhoneNumber": _opt_in}
