"""Gap: a call that a role does not allow is refused, and nobody hears of it if the code bears with it.

In AWS CloudTrail has it. Here each denial is a line of the emulator's log, so that a test fails even
where the product goes on without the call.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import logging

from ministack.core import iam_evaluator

_log = logging.getLogger("iam")


def apply() -> None:
    """Logs each denial with who asked, for what, and on what."""
    enforce = iam_evaluator.enforce

    def enforce_and_log(access_key_id, iam_action, service, region, resource_arn="*", **context):
        denied = enforce(access_key_id, iam_action, service, region, resource_arn, **context)
        if denied is not None:
            who = getattr(denied, "principal_arn", "") or getattr(denied, "message", "")
            _log.warning("denied: %s asks for %s on %s", who, iam_action, resource_arn)
        return denied

    iam_evaluator.enforce = enforce_and_log
