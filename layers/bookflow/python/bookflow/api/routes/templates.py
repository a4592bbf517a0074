"""Templates of e-mails and SMS, their versions and previews."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import (
    CHANGE,
    ETAG,
    STALE,
    Call,
    CallArg,
    CursorQuery,
    Id,
    IfMatch,
    Input,
    Limit,
    PageLimit,
    PageView,
    RepeatKey,
    View,
    answer,
    nothing,
)
from bookflow.api.etags import revision_of
from bookflow.api.rates import RENDERING
from bookflow.api.routing import Audit, Resource
from bookflow.api.uses import UsePage, use_page
from bookflow.domain.messages.blocks.model import Blocks
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.templates import Template, TemplateContent
from bookflow.domain.templates.export import TemplateExport
from bookflow.gallery.templates import ready_made_templates
from bookflow.use_cases.messages.manage_templates import TemplateManager
from bookflow.use_cases.preview.preview_template import Preview

resource = Resource("templates")

MAX_BODY_BYTES = 4_500_000
"""Thirty-one languages of 128 KiB and more; Lambda takes 6 MB with all signs escaped."""

VersionPath = Annotated[int, Path(ge=1, le=999_999, description="A saved version")]


class TemplateBase(View):
    """What a template is, in a list or whole."""

    id: str
    name: str
    channel: Literal["email", "sms", "both"]
    category: Literal["transactional", "marketing"]
    language: str | None = Field(description="Tag of its own texts; null: the location's")
    active: bool
    version: int
    updated_at: datetime


class TemplateSummary(TemplateBase):
    """A template in a list."""

    languages: tuple[str, ...] = Field(description="Tags of its translations")


class TemplatePage(PageView[TemplateSummary]):
    """A page of templates; it may hold fewer than `limit` while more follow."""


class TemplateTextView(View):
    """The texts of one language."""

    subject: str
    html: str
    blocks: Blocks | None
    text: str
    sms: str


class TemplateView(TemplateBase, TemplateTextView):
    """One version of a template."""

    reply_to: str | None
    calendar_entry: bool
    translations: dict[str, TemplateTextView]


class NewTemplate(TemplateContent):
    """A template to create."""

    id: Identifier | None = Field(
        default=None, description="For workflows that name it; default: a new id"
    )


class TemplateCopy(Input):
    """The copy's name."""

    name: str | None = Field(default=None, min_length=1, max_length=200)


class TemplateImport(Input):
    """An exported template to import."""

    template: TemplateExport
    name: str | None = Field(default=None, min_length=1, max_length=200)
    id: Identifier | None = Field(
        default=None, description="For workflows that name it; default: a new id"
    )


class Activation(Input):
    """Whether the template may be sent."""

    active: bool


class PreviewRequest(Input):
    """What to render, and for which booking."""

    content: TemplateContent
    trigger: str = Field(max_length=100, examples=["Booking Created"])
    booking_id: Identifier | None = Field(default=None, description="Default: a sample booking")
    locale: str | None = Field(
        default=None, max_length=35, description="The guest's; default: the booking's"
    )


class ReadyMadeTemplate(View):
    """A ready-made template, in the form that a new one is made from."""

    key: str
    content: TemplateContent


class TemplateGallery(View):
    """All ready-made templates."""

    items: tuple[ReadyMadeTemplate, ...]


@resource.get("/templates", Role.VIEWER)
def list_templates(
    call: CallArg, location_id: Id, limit: Limit = PageLimit, cursor: CursorQuery = None
) -> TemplatePage:
    """List the location's templates by id."""
    page = call.ports.templates.list(location_id, call.wanted(limit, cursor))
    return TemplatePage.of_page(call, page)


@resource.post(
    "/templates",
    Role.EDITOR,
    status=201,
    headers=ETAG,
    problems=(409,),
    max_body_bytes=MAX_BODY_BYTES,
)
def create_template(
    call: CallArg, location_id: Id, body: NewTemplate, idempotency_key: RepeatKey = None
) -> Response[TemplateView]:
    """Create a template; an invalid one is an error that lists all problems in `errors`."""
    content = TemplateContent.model_validate(body.model_dump(exclude={"id"}))
    key = call.key(idempotency_key)
    template = _manager(call).create(location_id, content, record_id=body.id, key=key)
    return _saved(template, status=201)


@resource.post(
    "/templates/preview",
    Role.VIEWER,
    audit=Audit.NOTHING,
    limit=RENDERING,
    max_body_bytes=MAX_BODY_BYTES,
)
def preview_template(call: CallArg, location_id: Id, body: PreviewRequest) -> Preview:
    """Render a template, saved or not, as a workflow of that trigger would send it."""
    return _manager(call).preview(
        location_id,
        body.content,
        trigger=body.trigger,
        booking_id=body.booking_id,
        locale=body.locale,
    )


@resource.post(
    "/templates/import",
    Role.EDITOR,
    status=201,
    headers=ETAG,
    problems=(409,),
    max_body_bytes=MAX_BODY_BYTES,
)
def import_template(call: CallArg, location_id: Id, body: TemplateImport) -> Response[TemplateView]:
    """Import an exported template with all of its translations."""
    content = body.template.content
    if body.name is not None:
        content = content.changed(name=body.name)
    return _saved(_manager(call).create(location_id, content, record_id=body.id), status=201)


@resource.get("/templates/<template_id>/export", Role.VIEWER)
def export_template(
    call: CallArg,
    location_id: Id,
    template_id: Id,
    version: Annotated[
        int | None, Query(ge=1, le=999_999, description="Default: as it was saved last")
    ] = None,
) -> TemplateExport:
    """Return a template as a file, without its location, id and history."""
    return _manager(call).export(location_id, template_id, version)


@resource.get("/templates/<template_id>", Role.VIEWER, headers=ETAG)
def read_template(call: CallArg, location_id: Id, template_id: Id) -> Response[TemplateView]:
    """Return a template."""
    return _saved(_manager(call).get(location_id, template_id))


@resource.put("/templates/<template_id>", Role.EDITOR, **CHANGE, max_body_bytes=MAX_BODY_BYTES)
def save_template(
    call: CallArg,
    location_id: Id,
    template_id: Id,
    body: TemplateContent,
    if_match: IfMatch = None,
) -> Response[TemplateView]:
    """Save the next version; later messages use it."""
    template = _manager(call).update(location_id, template_id, body, based_on=revision_of(if_match))
    return _saved(template)


@resource.delete("/templates/<template_id>", Role.EDITOR, status=204, **STALE)
def delete_template(
    call: CallArg, location_id: Id, template_id: Id, if_match: IfMatch = None
) -> Response[None]:
    """Delete a template that no enabled workflow sends; its versions stay readable."""
    _manager(call).delete(location_id, template_id, based_on=revision_of(if_match))
    return nothing()


@resource.put("/templates/<template_id>/active", Role.EDITOR, **CHANGE)
def activate_template(
    call: CallArg, location_id: Id, template_id: Id, body: Activation, if_match: IfMatch = None
) -> Response[TemplateView]:
    """Allow or forbid sending; a step that uses an inactive template fails."""
    template = _manager(call).set_active(
        location_id, template_id, body.active, based_on=revision_of(if_match)
    )
    return _saved(template)


@resource.post("/templates/<template_id>/duplicate", Role.EDITOR, status=201, headers=ETAG)
def duplicate_template(
    call: CallArg,
    location_id: Id,
    template_id: Id,
    body: TemplateCopy,
    idempotency_key: RepeatKey = None,
) -> Response[TemplateView]:
    """Copy a template under a new id."""
    key = call.key(idempotency_key)
    template = _manager(call).duplicate(location_id, template_id, name=body.name, key=key)
    return _saved(template, status=201)


@resource.get("/templates/<template_id>/uses", Role.VIEWER)
def list_template_uses(
    call: CallArg,
    location_id: Id,
    template_id: Id,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> UsePage:
    """List the workflows whose draft or published version sends the template, by name.

    `limit` counts the workflows that a page looks at.
    """
    return use_page(call, location_id, "template", template_id, call.wanted(limit, cursor))


@resource.get("/templates/<template_id>/versions", Role.VIEWER)
def list_template_versions(
    call: CallArg,
    location_id: Id,
    template_id: Id,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> TemplatePage:
    """List the versions, newest first."""
    page = call.ports.templates.versions(location_id, template_id, call.wanted(limit, cursor))
    return TemplatePage.of_page(call, page)


@resource.get("/templates/<template_id>/versions/<version>", Role.VIEWER)
def read_template_version(
    call: CallArg, location_id: Id, template_id: Id, version: VersionPath
) -> TemplateView:
    """Return one version of a template; it never changes."""
    return TemplateView.of(call.ports.templates.version(location_id, template_id, version))


@resource.get("/template-gallery", Role.VIEWER)
def list_template_gallery(call: CallArg, location_id: Id) -> TemplateGallery:
    """List the ready-made templates."""
    return TemplateGallery(
        items=tuple(
            ReadyMadeTemplate(key=key, content=content)
            for key, content in ready_made_templates().items()
        )
    )


@resource.get("/template-gallery/<key>", Role.VIEWER)
def read_ready_made_template(call: CallArg, location_id: Id, key: Id) -> ReadyMadeTemplate:
    """Return a ready-made template."""
    try:
        return ReadyMadeTemplate(key=key, content=ready_made_templates()[key])
    except KeyError:
        raise NotFoundError("there is no such ready-made template", field="key") from None


def _manager(call: Call) -> TemplateManager:
    return TemplateManager(call.ports)


def _saved(template: Template, *, status: int = 200) -> Response[TemplateView]:
    return answer(TemplateView.of(template), status=status, revision=template.saves)
