"""The routes: one file per resource, found by looking into this folder.

Each module has a `resource` (`bookflow.api.routing.Resource`) whose decorators declare its routes.
"""
