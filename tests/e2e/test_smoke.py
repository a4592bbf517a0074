"""`make smoke` on the deployed stack: green as it is, red once a route or a function is taken away."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bookflow.bootstrap import Services
from local.product import SMOKE_LOCATION
from local.sam import STACK_NAME
from local.stack import LocalStack
from scripts.smoke import Smoke, local_target
from tests.deployed import caused_denials, denials

CHECKS = 10


def smoke(stack: LocalStack, limit_seconds: float = 60) -> tuple[bool, list[str]]:
    lines: list[str] = []
    is_well = Smoke(local_target(stack.outputs), lines.append, limit_seconds=limit_seconds).run()
    return is_well, lines


def problems(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith("ok ")]


@contextmanager
def route_taken_away(stack: LocalStack, key: str) -> Iterator[None]:
    gateway = stack.client("apigatewayv2")
    (api,) = (each for each in gateway.get_apis()["Items"] if each["Name"] == STACK_NAME)
    routes = gateway.get_routes(ApiId=api["ApiId"])["Items"]
    (route,) = (each for each in routes if each["RouteKey"] == key)
    gateway.delete_route(ApiId=api["ApiId"], RouteId=route["RouteId"])
    try:
        yield
    finally:
        gateway.create_route(ApiId=api["ApiId"], RouteKey=key, Target=route["Target"])


@contextmanager
def function_taken_away(stack: LocalStack, name: str) -> Iterator[None]:
    functions = stack.client("lambda")
    about = functions.get_function_configuration(FunctionName=f"{STACK_NAME}-{name}")
    functions.delete_function(FunctionName=f"{STACK_NAME}-{name}")
    try:
        yield
    finally:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.write(stack.paths.root / "functions" / name / "app.py", "app.py")
        kept = ("FunctionName", "Runtime", "Role", "Handler", "Timeout", "MemorySize")
        functions.create_function(
            **{key: about[key] for key in kept},
            Layers=[layer["Arn"] for layer in about["Layers"]],
            Environment={"Variables": about["Environment"]["Variables"]},
            Code={"ZipFile": code.getvalue()},
        )


@contextmanager
def right_taken_away(stack: LocalStack, name: str, policy: str) -> Iterator[None]:
    """Take a managed policy, known by a part of its name, off the role of a function."""
    functions, iam = stack.client("lambda"), stack.client("iam")
    about = functions.get_function_configuration(FunctionName=f"{STACK_NAME}-{name}")
    role = about["Role"].rpartition("/")[2]
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    (found,) = (each["PolicyArn"] for each in attached if policy in each["PolicyName"])
    before = denials(stack)
    iam.detach_role_policy(RoleName=role, PolicyArn=found)
    try:
        yield
    finally:
        iam.attach_role_policy(RoleName=role, PolicyArn=found)
        caused_denials.update(denials(stack) - before)


def test_a_whole_stack_passes_and_keeps_nothing(stack: LocalStack, services: Services) -> None:
    is_well, lines = smoke(stack)
    assert (is_well, problems(lines)) == (True, [])
    assert len(lines) == CHECKS
    assert not services.workflows.subscriptions(SMOKE_LOCATION)
    assert not services.templates.list(SMOKE_LOCATION).items


@pytest.mark.parametrize(
    ("key", "reported"),
    [
        ("GET /u/{proxy+}", "the public pages answer: GET /u/"),
        ("GET /dashboard/{proxy+}", "the dashboard opens: GET "),
    ],
)
def test_a_missing_route_is_reported(stack: LocalStack, key: str, reported: str) -> None:
    with route_taken_away(stack, key):
        is_well, lines = smoke(stack)
    assert not is_well
    (problem,) = problems(lines)
    assert problem.startswith(f"FAILED  {reported}")


def test_a_missing_function_is_reported(stack: LocalStack) -> None:
    with function_taken_away(stack, "send_template"):
        is_well, lines = smoke(stack, limit_seconds=20)
    assert not is_well
    assert problems(lines)[0].startswith("FAILED  the event starts an execution, which completes: ")
    assert smoke(stack)[0], "the function was not put back"


def test_a_missing_right_is_reported(stack: LocalStack) -> None:
    with right_taken_away(stack, "send_template", "EmailPolicy"):
        is_well, lines = smoke(stack, limit_seconds=20)
    assert not is_well
    assert problems(lines)[0].startswith("FAILED  the event starts an execution, which completes: ")
    assert any("send_template asks for ses:SendEmail" in each for each in caused_denials)
    assert smoke(stack)[0], "the right was not given back"
