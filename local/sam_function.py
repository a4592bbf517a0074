"""Prints how `sam local invoke` would run a function, as JSON: run by the SAM CLI's own Python.

Usage: python sam_function.py TEMPLATE FUNCTION ENVIRONMENT_FILE PARAMETERS_AS_JSON

`container_runtime` says whether SAM finds one; the other fields are for a run without it.
"""

# The SAM CLI lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import json
import sys
from pathlib import Path

from samcli.commands.local.lib.local_lambda import LocalLambdaRunner
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.local.docker.exceptions import ContainerNotReachableException
from samcli.local.docker.utils import get_validated_container_client


def main(template: str, name: str, environment_file: str, parameters: str) -> int:
    """Print the function's code, layers, handler, timeout and environment."""
    overrides = json.loads(parameters)
    region = {"AWS::Region": overrides.pop("AWS::Region")}
    stacks, _ = SamLocalStackProvider.get_stacks(
        template,
        parameter_overrides=overrides,
        global_parameter_overrides=region,
        language_extensions_enabled=True,
    )
    folder = str(Path(template).parent)
    runner = LocalLambdaRunner(
        local_runtime=None,
        function_provider=SamFunctionProvider(stacks),
        cwd=folder,
        real_path=folder,
        env_vars_values=json.loads(Path(environment_file).read_text(encoding="utf-8")),
    )
    function = runner.provider.get(name)
    if function is None:
        known = sorted(each.name for each in runner.provider.get_all())
        print(json.dumps({"unknown": name, "known": known}))
        return 0
    config = runner.get_invoke_config(function)
    facts = {
        "container_runtime": _has_container_runtime(),
        "code": str(config.code_abs_path),
        "layers": [str(Path(folder) / layer.codeuri) for layer in config.layers],
        "handler": config.handler,
        "timeout": config.timeout,
        "environment": config.env_vars.resolve(),
    }
    print(json.dumps(facts))
    return 0


def _has_container_runtime() -> bool:
    try:
        get_validated_container_client()
    except ContainerNotReachableException:
        return False
    return True


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
