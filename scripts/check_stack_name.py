"""Checks a stack's name before anything is built: AWS would refuse a wrong one late in the deploy.

Usage: python check_stack_name.py STAGE, where STAGE is one of samconfig.toml, such as dev or prod.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

LONGEST_NAME = 44
"""A state machine's name has 80 characters at most (Step Functions, "CreateStateMachine"), of which
`-wf-` and a workflow's digest take 36. tests/unit/template/test_names.py holds that no other name
leaves less."""

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")
"""CloudFormation, "CreateStack"."""

_DOMAIN = re.compile(r"[a-z0-9]+(-+[a-z0-9]+)*")
_RESERVED = ("aws", "amazon", "cognito")
"""A user pool's domain holds the name (Cognito, "Assigning a domain to a user pool")."""


def problem(name: str, *, has_user_pool: bool) -> str:
    """Return what is wrong with the name and what to do; nothing if it will do."""
    if not _NAME.fullmatch(name):
        return "holds other characters than letters, digits and hyphens, or begins without a letter"
    if len(name) > LONGEST_NAME:
        return f"has {len(name)} characters; the names of its state machines leave room for {LONGEST_NAME}"
    if has_user_pool and not _DOMAIN.fullmatch(name):
        return (
            "is part of the sign-in page's address, which takes small letters, digits and single "
            "hyphens between them"
        )
    if has_user_pool and any(word in name for word in _RESERVED):
        return f"is part of the sign-in page's address, which may hold none of {_RESERVED}"
    return ""


def settings_of(stage: str, text: str) -> Mapping[str, Any]:
    """Return how samconfig.toml says that a stage is deployed; nothing if it has no such stage."""
    deploy = tomllib.loads(text).get(stage, {}).get("deploy", {})
    settings: Mapping[str, Any] = deploy.get("parameters", {})
    return settings


def main(arguments: list[str]) -> int:
    """Run the command line: 0 if the name will do, else 1 with a line that says what to do."""
    (stage,) = arguments
    settings = settings_of(stage, (ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    if "stack_name" not in settings:
        print(f"samconfig.toml names no stack for the stage {stage}.", file=sys.stderr)
        return 1
    name = settings["stack_name"]
    overrides = settings.get("parameter_overrides", [])
    given = overrides.split() if isinstance(overrides, str) else overrides
    issuers = [each for each in given if each.startswith("TokenIssuer=") and len(each) > 12]
    found = problem(name, has_user_pool=not issuers)
    if found:
        print(
            f'The stack name "{name}" of [{stage}.deploy.parameters] in samconfig.toml {found}. '
            "Choose another.",
            file=sys.stderr,
        )
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
