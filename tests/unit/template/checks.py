"""What the SAM template must keep to, as functions from a template to its problems."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
Template = dict[str, Any]

ENVIRONMENT_NAME = re.compile(r"^(BOOKFLOW|POWERTOOLS)(_[A-Z]+)+$")

# What libraries read by names of their own; the endpoint is declared for SAM, which overrides
# declared variables only, and absent in AWS.
OTHERS = {"AWS_ENDPOINT_URL", "PYDANTIC_DISABLE_PLUGINS"}

# Who may say Resource "*", and for which actions; each has its reason beside it in the template.
WILDCARD_RESOURCES = {
    ("MachineRole", "logs:CreateLogDelivery"),
    ("MachineRole", "logs:DeleteLogDelivery"),
    ("MachineRole", "logs:DescribeLogGroups"),
    ("MachineRole", "logs:DescribeResourcePolicies"),
    ("MachineRole", "logs:GetLogDelivery"),
    ("MachineRole", "logs:ListLogDeliveries"),
    ("MachineRole", "logs:PutResourcePolicy"),
    ("MachineRole", "logs:UpdateLogDelivery"),
    ("ApiFunction", "sns:CheckIfPhoneNumberIsOptedOut"),
    ("ApiFunction", "sns:Publish"),
    ("SendTemplateFunction", "sns:CheckIfPhoneNumberIsOptedOut"),
    ("SendTemplateFunction", "sns:Publish"),
    ("FlowFunction", "states:SendTaskSuccess"),
    ("RemindersFunction", "scheduler:ListSchedules"),
    ("SweeperFunction", "states:ListStateMachines"),
}


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as the long forms that they stand for."""


def _tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".")
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _tag)


def load() -> Template:
    """Return a fresh copy of the template: short tags in their long form, loops carried out."""
    return deepcopy(_expanded())


@cache
def _expanded() -> Template:
    template = as_written()
    return {**template, "Resources": expanded(template["Resources"], template["Mappings"])}


def as_written() -> Template:
    """Return the template with its loops."""
    text = (ROOT / "template.yaml").read_text()
    loaded: Template = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    return loaded


def expanded(found: Template, mappings: Template) -> Template:
    """Return the resources that `AWS::LanguageExtensions` makes of these, which may be loops.

    A test compares it with what the SAM CLI makes of them.
    """
    made: Template = {}
    for name, resource in found.items():
        if not name.startswith("Fn::ForEach::"):
            made[name] = resource
            continue
        variable, items, fragment = resource
        for item in items:
            for key, each in fragment.items():
                made[_filled(key, {variable: item})] = _one(each, {variable: item}, mappings)
    return made


def _one(value: Any, items: dict[str, str], mappings: Template) -> Any:
    """Return one pass's part of a loop."""
    if isinstance(value, list):
        return [_one(each, items, mappings) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: _one(each, items, mappings) for name, each in value.items()}
    match made:
        case {"Ref": str(name)} if name in items:
            return items[name]
        case {"Fn::FindInMap": [str(table), str(row), str(column)]}:
            return mappings[table][row][column]
        case {"Fn::Sub": str(text)}:
            text = _filled(text, items)
            return {"Fn::Sub": text} if "${" in text else text
        case {"Fn::Sub": [str(text), dict(variables)]}:
            return {"Fn::Sub": _filled(text, {**items, **variables})}
    return made


def _filled(text: str, variables: dict[str, Any]) -> str:
    for name, value in variables.items():
        text = text.replace(f"${{{name}}}", str(value))
    return text


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of the resources of one type, by logical name."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def functions(template: Template) -> dict[str, dict[str, Any]]:
    """Return each function's properties over those of Globals; environments are joined."""
    shared = template["Globals"]["Function"]
    found = {}
    for name, own in resources(template, "AWS::Serverless::Function").items():
        variables = {**_variables(shared), **_variables(own)}
        found[name] = {**shared, **own, "Environment": {"Variables": variables}}
    return found


def dead_letter_problems(template: Template) -> list[str]:
    """Every asynchronous hop needs a dead-letter queue of this template behind it."""
    problems = []
    queues = resources(template, "AWS::SQS::Queue")
    for name in sorted(source_queues(template)):
        if _target(queues[name].get("RedrivePolicy", {}).get("deadLetterTargetArn")) not in queues:
            problems.append(f"{name} feeds a function and has no RedrivePolicy")
    for name, rule in resources(template, "AWS::Events::Rule").items():
        for target in rule.get("Targets", []):
            if _target(target.get("DeadLetterConfig", {}).get("Arn")) not in queues:
                problems.append(f"{name} has a target without DeadLetterConfig")
    for name, schedule in resources(template, "AWS::Scheduler::Schedule").items():
        if _target(schedule["Target"].get("DeadLetterConfig", {}).get("Arn")) not in queues:
            problems.append(f"{name} has no DeadLetterConfig")
    for name in sorted(asynchronous_functions(template)):
        invocation = functions(template)[name].get("EventInvokeConfig", {})
        failure = invocation.get("DestinationConfig", {}).get("OnFailure", {})
        if _target(failure.get("Destination")) not in queues:
            problems.append(f"{name} is called asynchronously and has no OnFailure destination")
    return problems


def source_queues(template: Template) -> set[str]:
    """Return the queues that feed a function."""
    return {
        _target(event["Properties"]["Queue"])
        for function in functions(template).values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "SQS"
    }


def asynchronous_functions(template: Template) -> set[str]:
    """Return the functions that a schedule, a rule or a topic calls."""
    targets = {
        _target(schedule["Target"]["Arn"])
        for schedule in resources(template, "AWS::Scheduler::Schedule").values()
    }
    for rule in resources(template, "AWS::Events::Rule").values():
        targets |= {_target(target["Arn"]) for target in rule.get("Targets", [])}
    kinds = {"Schedule", "ScheduleV2", "EventBridgeRule", "CloudWatchEvent", "SNS", "S3"}
    for name, function in functions(template).items():
        if any(event["Type"] in kinds for event in function.get("Events", {}).values()):
            targets.add(name)
    return targets & functions(template).keys()


def batch_problems(template: Template) -> list[str]:
    """A queue's function answers per message, and the queue outwaits it six times over."""
    problems = []
    queues = resources(template, "AWS::SQS::Queue")
    for name, function in functions(template).items():
        for event in function.get("Events", {}).values():
            source = event["Properties"]
            if "ReportBatchItemFailures" not in source.get("FunctionResponseTypes", []):
                problems.append(f"{name} does not report partial batch failures")
            if "MaximumConcurrency" not in source.get("ScalingConfig", {}):
                problems.append(f"{name} has no bound on concurrency")
            wait = queues[_target(source["Queue"])].get("VisibilityTimeout", 30)
            if wait < 6 * function["Timeout"]:
                problems.append(f"{name}: its queue's VisibilityTimeout is below 6 x Timeout")
    return problems


def alarm_problems(template: Template) -> list[str]:
    """Every dead-letter queue and every function has an alarm, and alarms reach the topic."""
    alarms = resources(template, "AWS::CloudWatch::Alarm")
    watched = {
        (alarm.get("MetricName"), _target(dimension["Value"]))
        for alarm in alarms.values()
        for dimension in alarm.get("Dimensions", [])
    }
    watched |= {
        (metric["MetricName"], _target(dimension["Value"]))
        for metric in _combined_metrics(alarms)
        for dimension in metric.get("Dimensions", [])
    }
    problems = [
        f"{name} has no alarm on its messages"
        for name in sorted(dead_letter_queues(template))
        if ("ApproximateNumberOfMessagesVisible", name) not in watched
    ]
    problems += [
        f"{name} has no alarm on its errors"
        for name in functions(template)
        if ("Errors", name) not in watched
    ]
    problems += [
        f"{name} has no alarm on its throttles"
        for name in functions(template)
        if ("Throttles", name) not in watched
    ]
    metrics = {alarm.get("MetricName") for alarm in alarms.values()}
    problems += [
        f"no alarm on {metric}"
        for metric in ("ExecutionsFailed", "ApproximateAgeOfOldestMessage")
        if metric not in metrics
    ]
    problems += [
        f"{name} has no alarm on its answers of 5xx"
        for name in resources(template, "AWS::ApiGatewayV2::Api")
        if ("5xx", name) not in watched
    ]
    problems += [f"{name} tells nobody" for name, alarm in alarms.items() if not _reported(alarm)]
    return problems


def _combined_metrics(alarms: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the metrics of alarms that watch several at once."""
    for alarm in alarms.values():
        for query in alarm.get("Metrics", []):
            if "MetricStat" in query:
                yield query["MetricStat"]["Metric"]


def dead_letter_queues(template: Template) -> set[str]:
    """Return the queues that feed no function: all that is left is to hold what went wrong."""
    return resources(template, "AWS::SQS::Queue").keys() - source_queues(template)


def log_problems(template: Template) -> list[str]:
    """Every function writes to a log group of this template, and all log groups forget."""
    groups = resources(template, "AWS::Logs::LogGroup")
    problems = [
        f"{name} has no RetentionInDays"
        for name in groups
        if not groups[name].get("RetentionInDays")
    ]
    for name, function in functions(template).items():
        group = _target(function.get("LoggingConfig", {}).get("LogGroup"))
        if group not in groups:
            problems.append(f"{name} has no log group")
        elif (
            _text(groups[group]["LogGroupName"]) != f"/aws/lambda/{_text(function['FunctionName'])}"
        ):
            problems.append(f"{name} logs to {group}, which is named after something else")
    return problems


def policy_problems(template: Template) -> list[str]:
    """No statement allows every action, nor every resource outside `WILDCARD_RESOURCES`."""
    problems = []
    for owner, statement in statements(template):
        actions = as_list(statement.get("Action"))
        problems += [f"{owner} allows {action}" for action in actions if "*" in action]
        if "NotAction" in statement or "NotResource" in statement:
            problems.append(f"{owner} allows by exclusion")
        if statement["Effect"] == "Allow" and "*" in as_list(statement.get("Resource")):
            problems += [
                f"{owner} allows {action} on every resource"
                for action in actions
                if (owner, action) not in WILDCARD_RESOURCES
            ]
    publishing = {"Allow": set[str](), "Deny": set[str]()}
    for owner, statement in statements(template):
        if "sns:Publish" in as_list(statement.get("Action")):
            publishing[statement["Effect"]].add(owner)
    may_publish = publishing["Allow"] - publishing["Deny"]
    return problems + [f"{owner} may publish to topics" for owner in sorted(may_publish)]


def statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every statement of an identity policy, with the resource that holds it."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        documents = [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        identity_policies = properties.get("Policies", [])
        if resource["Type"] == "AWS::Cognito::UserPool":
            identity_policies = []  # rules for passwords
        for policy in identity_policies:
            documents.append(policy.get("PolicyDocument", policy))
        for document in documents:
            for statement in as_list(document.get("Statement", [])):
                yield name, statement


def function_problems(template: Template) -> list[str]:
    """Functions share one runtime and have names that compiled workflows and people can rely on."""
    problems = []
    for name, function in functions(template).items():
        if (function["Runtime"], function["Architectures"]) != ("python3.13", ["arm64"]):
            problems.append(f"{name} has another runtime or architecture")
        folder = function["CodeUri"].removeprefix("functions/").rstrip("/")
        if _text(function["FunctionName"]) != f"${{AWS::StackName}}-{folder}":
            problems.append(f"{name} is not named after its folder")
        if function["Handler"] != "app.handler":
            problems.append(f"{name} has another handler")
        problems += [
            f"{name}: {variable} is no name of ours"
            for variable in function["Environment"]["Variables"]
            if not ENVIRONMENT_NAME.match(variable) and variable not in OTHERS
        ]
    return problems


def loopback_problems(template: Template, prod_configuration: dict[str, Any]) -> list[str]:
    """Production can open no loopback address to webhooks, by the template nor by its settings."""
    problems = []
    refused = {"Fn::Equals": [{"Ref": "WebhookAllowedLoopback"}, ""]}
    guards = [
        rule
        for rule in template.get("Rules", {}).values()
        if rule.get("RuleCondition") == {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}
        and any(assertion["Assert"] == refused for assertion in rule["Assertions"])
    ]
    if not guards:
        problems.append("no rule refuses WebhookAllowedLoopback in prod")
    if template["Parameters"]["WebhookAllowedLoopback"].get("Default") != "":
        problems.append("WebhookAllowedLoopback is not empty by default")
    settings = json.dumps(prod_configuration)
    if "WebhookAllowedLoopback" in settings:
        problems.append("samconfig.toml sets WebhookAllowedLoopback for prod")
    if "Stage=prod" not in settings:
        problems.append("samconfig.toml deploys prod without Stage=prod")
    return problems


def as_list(value: Any) -> list[Any]:
    """Return IAM's one-or-many as many."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _variables(function: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = function.get("Environment", {}).get("Variables", {})
    return found


def _reported(alarm: dict[str, Any]) -> bool:
    return "AlarmTopic" in json.dumps(alarm.get("AlarmActions"))


def _target(value: object) -> str:
    """Return the logical name that a Ref or GetAtt points at, or an empty string."""
    if isinstance(value, dict):
        if "Ref" in value:
            return str(value["Ref"])
        if "Fn::GetAtt" in value:
            return str(value["Fn::GetAtt"][0])
    return ""


def _text(value: object) -> str:
    """Return a Sub's text as it is written, or the string itself."""
    return str(value["Fn::Sub"]) if isinstance(value, dict) else str(value)
