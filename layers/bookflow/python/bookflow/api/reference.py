"""The reference page: the contract as plain HTML, without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
)

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
article { border-top: 1px solid #8885; padding: .5rem 0 1rem; }
h3 { font-size: 1rem; margin: .5rem 0; }
table { border-collapse: collapse; font-size: .9rem; }
td, th { text-align: left; vertical-align: top; padding: .15rem .75rem .15rem 0; }
pre { overflow: auto; max-height: 24rem; font-size: .85rem; }
"""


def reference_page(contract: str) -> str:
    """Return the page of an OpenAPI document's JSON text."""
    document = json.loads(contract)
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            group = groups.setdefault(operation["tags"][0], [])
            group.append("".join(_operation(method, path, operation)))
    info = document["info"]
    body = "".join(
        f"<h2 id='{escape(tag)}'>{escape(tag.capitalize())}</h2>{''.join(articles)}"
        for tag, articles in sorted(groups.items())
    )
    links = " · ".join(
        f"<a href='#{escape(tag)}'>{escape(tag)}</a>" for tag in (*sorted(groups), "schemas")
    )
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(info['title'])}"
        "</title><meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(info['title'])} API "
        f"{escape(info['version'])}</h1><p>{escape(info['description'])}</p>"
        f"<p><a href='openapi.json'>OpenAPI document</a></p><nav>{links}</nav>{body}"
        f"<h2 id='schemas'>Schemas</h2>{''.join(_schemas(document))}</main></body></html>"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<article><h3><code>{method.upper()} {escape(path)}</code></h3>"
    yield f"<p><strong>{escape(operation['summary'])}.</strong> "
    yield f"{escape(operation.get('description', ''))}</p>"
    parameters = operation.get("parameters", [])
    if parameters:
        yield "<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>"
        for each in parameters:
            name = escape(each["name"]) + (" *" if each.get("required") else "")
            yield f"<tr><td><code>{name}</code></td><td>{escape(each['in'])}</td>"
            yield f"<td>{escape(each.get('description', ''))}</td></tr>"
        yield "</table>"
    if "requestBody" in operation:
        yield f"<p>Body: {_schema_link(operation['requestBody']['content'])}</p>"
    yield "<table><tr><th>Status</th><th>Answer</th></tr>"
    for status, response in operation["responses"].items():
        answer = _schema_link(response.get("content", {}))
        yield f"<tr><td>{escape(status)}</td><td>{escape(response['description'])} {answer}</td></tr>"
    yield "</table></article>"


def _schema_link(content: Mapping[str, Any]) -> str:
    for media in content.values():
        name = str(media.get("schema", {}).get("$ref", "")).rpartition("/")[2]
        if name:
            return f"<a href='#schema-{escape(name)}'><code>{escape(name)}</code></a>"
    return ""


def _schemas(document: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in sorted(document["components"]["schemas"].items()):
        text = escape(json.dumps(schema, indent=2, ensure_ascii=False))
        yield f"<article id='schema-{escape(name)}'><h3>{escape(name)}</h3><pre>{text}</pre></article>"
