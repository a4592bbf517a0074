"""Why rights are kept that no call of a suite needs: one line each, the first that fits counts."""

from __future__ import annotations

from tests.aws.policies import matches
from tests.aws.stack import Right

# Owner, action, resource (each with * for any), reason.
REASONS: tuple[tuple[str, str, str, str], ...] = (
    (
        "*",
        "ses:Send*",
        "ses:configuration-set/*",
        "one policy for all that write e-mails: the location's tracking decides which set is named",
    ),
    (
        "*",
        "ses:SendRawEmail",
        "ses:identity/*",
        "one policy for all that write e-mails: those with a calendar entry are raw",
    ),
    (
        "api",
        "ses:SendEmail",
        "ses:identity/*",
        "tests of templates (tests/e2e_dashboard/test_messages.py)",
    ),
    (
        "webhook",
        "dynamodb:PutItem",
        "Table",
        "the key of links is made where a webhook's text is the first to name booking.calendar_url",
    ),
    ("api", "sns:*", "*", "a template is tested by SMS, to numbers of the settings"),
    (
        "track_execution",
        "ses:SendEmail",
        "ses:identity/*",
        "the alert to admins when executions fail (tests/unit/runtime/test_alert_admins.py)",
    ),
    (
        "track_execution",
        "dynamodb:Query",
        "Table/index/GSI4",
        "the alert to admins counts executions that failed (tests/unit/runtime/test_alert_admins.py)",
    ),
    ("*", "logs:CreateLogGroup", "*", "SAM: AWSLambdaBasicExecutionRole, for a function's own log"),
    (
        "*",
        "logs:CreateLogStream",
        "*",
        "SAM: AWSLambdaBasicExecutionRole, for a function's own log",
    ),
    ("*", "logs:PutLogEvents", "*", "SAM: AWSLambdaBasicExecutionRole, for a function's own log"),
    (
        "MachineRole",
        "logs:*",
        "*",
        "Step Functions delivers the machines' log (guide, “Logging using CloudWatch Logs”)",
    ),
    ("*", "sqs:ReceiveMessage", "*", "SAM: AWSLambdaSQSQueueExecutionRole, Lambda reads the queue"),
    ("*", "sqs:DeleteMessage", "*", "SAM: AWSLambdaSQSQueueExecutionRole, Lambda reads the queue"),
    (
        "*",
        "sqs:GetQueueAttributes",
        "*",
        "SAM: AWSLambdaSQSQueueExecutionRole, Lambda reads the queue",
    ),
    (
        "reconciler",
        "sqs:SendMessage",
        "ReconcilerDeadLetterQueue",
        "SAM: Lambda puts a call there that failed for good (OnFailure)",
    ),
    (
        "sweeper",
        "sqs:SendMessage",
        "SweeperDeadLetterQueue",
        "SAM: Lambda puts a call there that failed for good (OnFailure)",
    ),
    (
        "*ScheduleRole",
        "*",
        "*",
        "EventBridge Scheduler: the target and its dead letters (test_trust.py)",
    ),
    (
        "SchedulerRole",
        "*",
        "*",
        "EventBridge Scheduler: the target and its dead letters (test_trust.py)",
    ),
    (
        "*",
        "dynamodb:GetItem",
        "IdempotencyTable",
        "Powertools reads a record where DynamoDB's refusal of a write came without it",
    ),
    (
        "*",
        "dynamodb:DeleteItem",
        "IdempotencyTable",
        "Powertools removes the record of an effect that failed and may be tried again",
    ),
    (
        "send_survey_email",
        "dynamodb:Query",
        "Table",
        "the text of its template may name an earlier step, which is then read",
    ),
    (
        "update_booking",
        "dynamodb:Query",
        "Table",
        "after a change of the booking's status it asks which steps made that change",
    ),
    (
        "reminders",
        "scheduler:UpdateSchedule",
        "*",
        "a schedule that another process made or moved at the same moment is moved",
    ),
)


def reason(right: Right) -> str | None:
    """Return why the right is kept, None if nobody said so."""
    for owner, action, resource, text in REASONS:
        if (
            matches(owner, right.owner)
            and matches(action, right.action)
            and matches(resource, right.resource)
        ):
            return text
    return None
