"""Tells the admins of a location by e-mail that executions failed, at most once an hour."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bookflow.actions.opt_outs import OptOuts
from bookflow.domain.bookings.records import Location
from bookflow.domain.executions.execution import Execution, ExecutionStatus
from bookflow.domain.messages.email_layout import in_layout
from bookflow.domain.messages.mail_feedback import message_tags
from bookflow.domain.messages.message import Email
from bookflow.domain.messages.wording import wording_for
from bookflow.domain.rendering import RenderSettings
from bookflow.domain.shared.addresses import first_email
from bookflow.domain.shared.errors import BookflowError
from bookflow.domain.shared.pagination import PageRequest
from bookflow.domain.shared.public_links import dashboard_link
from bookflow.domain.shared.rate_limits import RateLimit
from bookflow.ports import ExecutionFilter, Ports

ALERTS = RateLimit("failure_alerts", burst=1, per_minute=1, minutes=60)
"""One an hour, whatever fails."""

COUNTED = timedelta(hours=1)
MOST_COUNTED = 100
"""Failed executions that one alert looks at."""


def alert_admins(ports: Ports, failed: Execution) -> None:
    """Write to the admins that an execution failed, unless that was done within the hour.

    An alert that cannot be sent is counted and given up: what failed is recorded, and the home page
    shows it.
    """
    try:
        _alert(ports, failed)
    except BookflowError:
        ports.counter.count("AlertsFailed")


def _alert(ports: Ports, failed: Execution) -> None:
    location_id = failed.location_id
    record = ports.bookings.location(location_id)
    location = record.effective
    if location is None or not record.kept.settings.failure_alerts:
        return
    addresses = _addresses(location)
    if not addresses or ports.rate_limits.take(location_id, ALERTS, ports.clock.now()):
        return
    blocked = OptOuts(ports, location_id, "transactional").blocked(addresses)
    content = alert_content(location, _failures(ports, failed), ports.public_base_url)
    for address in addresses:
        if address not in blocked:
            ports.mailer.send(_email(address, location, *content))


def _addresses(location: Location) -> Sequence[str]:
    """Return the admins' addresses, each once."""
    given = (first_email(admin.email) for admin in location.admins)
    return [*dict.fromkeys(each for each in given if each)]


def _failures(ports: Ports, failed: Execution) -> Mapping[str, int]:
    """Count what failed within the hour by the workflow's name, the execution itself among them."""
    page = ports.executions.page(
        failed.location_id,
        ExecutionFilter(status=ExecutionStatus.FAILED),
        PageRequest(MOST_COUNTED),
    )
    since = ports.clock.now() - COUNTED
    recent = {
        each.id: each for each in page.items if each.completed_at and each.completed_at > since
    }
    # The list may not hold yet what has just failed.
    counted = Counter(
        each.workflow_name or each.workflow_id for each in {**recent, failed.id: failed}.values()
    )
    return dict(counted.most_common())


def alert_content(
    location: Location, failures: Mapping[str, int], base_url: str
) -> tuple[str, str, str]:
    """Return subject, HTML and text: workflows and counts, nothing of any guest."""
    say = wording_for([location.locale], location.wordings)
    subject = say.about(" ".join(location.name.split()), "alert_subject")
    lines = [f"{workflow}{say.colon} {count}" for workflow, count in failures.items()]
    link = dashboard_link(base_url, location.id) if base_url else None
    before, after = say("alert_intro"), say("alert_rest")
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    button = (
        f'<p><a class="button" href="{html.escape(link)}">{html.escape(say("alert_open"))}</a></p>'
        if link
        else ""
    )
    content = (
        f"<p>{html.escape(before)}</p><ul>{items}</ul>{button}"
        f'<p class="muted">{html.escape(after)}</p>'
    )
    text = "\n".join(
        [before, "", *(f"- {line}" for line in lines), ""]
        + ([f"{say('alert_open')}{say.colon} {link}", ""] if link else [])
        + [after]
    )
    settings = RenderSettings(locale=location.locale, timezone=location.timezone)
    return subject, in_layout(content, subject=subject, location=location, settings=settings), text


def _email(address: str, location: Location, subject: str, body: str, text: str) -> Email:
    return Email(
        to=address,
        subject=subject,
        html=body,
        text=text,
        sender_name=" ".join(location.name.split()),
        tags=message_tags(location.id),
    )
