"""The catalogue and the gallery: what the editor offers."""

from __future__ import annotations

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, Id, View
from bookflow.api.routing import Resource
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.workflows.export import WorkflowExport
from bookflow.gallery import ready_made
from bookflow.use_cases.workflows.catalogue import CatalogueInfo, catalogue_info
from bookflow.use_cases.workflows.manage_workflows import trigger_of

resource = Resource("catalogue")


class GalleryEntry(View):
    """A ready-made workflow."""

    key: str
    name: str
    description: str
    trigger: str | None
    node_types: tuple[str, ...]


class Gallery(View):
    """All ready-made workflows."""

    items: tuple[GalleryEntry, ...]


@resource.get("/catalogue", Role.VIEWER)
def read_catalogue(call: CallArg, location_id: Id) -> CatalogueInfo:
    """Return what a workflow can contain: triggers, actions, flow nodes, filters."""
    return catalogue_info()


@resource.get("/gallery", Role.VIEWER)
def list_gallery(call: CallArg, location_id: Id) -> Gallery:
    """List the ready-made workflows."""
    return Gallery(
        items=tuple(
            GalleryEntry(
                key=key,
                name=export.name,
                description=export.description,
                trigger=trigger_of(export.graph),
                node_types=tuple(node.type for node in export.graph.nodes),
            )
            for key, export in ready_made().items()
        )
    )


@resource.get("/gallery/<key>", Role.VIEWER)
def read_gallery_entry(call: CallArg, location_id: Id, key: Id) -> WorkflowExport:
    """Return a ready-made workflow, in the form that import takes."""
    try:
        return ready_made()[key]
    except KeyError:
        raise NotFoundError("there is no such ready-made workflow", field="key") from None
