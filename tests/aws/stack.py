"""The roles, policies and resources that AWS makes of template.yaml: transformed and resolved.

SAM's own translator does the transform, in the environment of the SAM CLI, so that the roles are
the very ones of a deploy with what SAM adds by itself.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.aws.policies import Request, Statement, as_list
from tests.unit.template import checks

ACCOUNT = "123456789012"
REGION = "eu-central-1"
STACK = "bookflow-test"
SAM_PYTHON = checks.ROOT / ".local" / "venvs" / "sam" / "bin" / "python"

_TRANSLATE = """
import json, sys
from samtranslator.translator.transform import transform

class NoManagedPolicies:
    def load(self):
        return {}

json.dump(transform(json.load(sys.stdin), {}, NoManagedPolicies()), sys.stdout)
"""

_LOGS = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}
MANAGED: Mapping[str, list[Statement]] = {
    "AWSLambdaBasicExecutionRole": [_LOGS],
    "AWSLambdaSQSQueueExecutionRole": [
        _LOGS,
        {
            "Effect": "Allow",
            "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            "Resource": "*",
        },
    ],
}
"""The policies of AWS that SAM puts on roles (AWS Managed Policy Reference)."""

_NAMES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
}
_ARNS = {
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::Scheduler::Schedule": "scheduler:{region}:{account}:schedule/default/{name}",
}
_ABSENT = object()


@dataclass(frozen=True)
class Right:
    """An action that a role may do on a resource, as a line of the report.

    Attributes:
        owner: The function's folder, or the logical name of another role.
        resource: As the template writes it, such as `Table` or `Table/index/*`.
    """

    owner: str
    action: str
    resource: str

    def __str__(self) -> str:
        return f"{self.owner}: {self.action} on {self.resource}"


@dataclass(frozen=True)
class Deployed:
    """The stack under the names that a suite gives its resources.

    Attributes:
        names: Physical names, by logical ones, where a suite has its own.
        parameters: Values of the template's parameters in the place of the defaults.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    template: Mapping[str, Any] = field(default_factory=lambda: transformed())

    def of_type(self, kind: str) -> dict[str, Any]:
        """Return the resolved properties of the resources of one type that are made."""
        return {
            name: self.resolved(resource.get("Properties", {}))
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == kind and self._is_made(resource)
        }

    def arn(self, name: str) -> str:
        """Return a resource's ARN."""
        kind = self.template["Resources"][name]["Type"]
        form = _ARNS.get(kind, f"{kind.split('::')[1].lower()}:{{region}}:{{account}}:{{name}}")
        shown = self.name(name)
        if kind == "AWS::Events::Rule":
            bus = self.resolved(self._properties(name).get("EventBusName", "default"))
            shown = shown if bus == "default" else f"{bus}/{shown}"
        return "arn:aws:" + form.format(region=REGION, account=ACCOUNT, name=shown)

    def name(self, name: str) -> str:
        """Return a resource's physical name: the suite's, the template's or the logical one."""
        kind = self.template["Resources"][name]["Type"]
        own = self._properties(name).get(_NAMES.get(kind, ""))
        return self.names.get(name) or (str(self.resolved(own)) if own else name)

    def roles(self) -> dict[str, str]:
        """Return each role's logical name by its owner: a function's folder, or the role itself."""
        found = {}
        for properties in self._raw("AWS::Lambda::Function").values():
            folder = str(self.resolved(properties["FunctionName"])).removeprefix(f"{STACK}-")
            found[folder] = properties["Role"]["Fn::GetAtt"][0]
        others = set(self._raw("AWS::IAM::Role")) - set(found.values())
        return found | {name: name for name in others}

    def statements(self, owner: str) -> list[Statement]:
        """Return the resolved statements of a role's policies, each with its `rights`."""
        role = self._properties(self.roles()[owner])
        raw: list[Statement] = []
        for policy in role.get("Policies", []):
            raw += as_list(policy["PolicyDocument"]["Statement"])
        for managed in role.get("ManagedPolicyArns", []):
            if isinstance(managed, Mapping) and "Ref" in managed:
                raw += self._properties(managed["Ref"])["PolicyDocument"]["Statement"]
            else:
                raw += MANAGED[str(self.resolved(managed)).rpartition("/")[2]]
        return [statement for each in raw for statement in self._split(owner, each)]

    def invocation(self, function: str) -> Request:
        """Return what IAM is asked for a call of a function, with the function's tags."""
        (properties,) = (
            each
            for each in self.of_type("AWS::Lambda::Function").values()
            if each["FunctionName"] == f"{STACK}-{function}"
        )
        tags = {f"aws:resourcetag/{tag['Key']}".lower(): tag["Value"] for tag in properties["Tags"]}
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}-{function}"
        return Request("lambda:InvokeFunction", arn, tags)

    def trust(self, owner: str) -> list[Statement]:
        """Return the statements that say who may take the role."""
        document = self._properties(self.roles()[owner])["AssumeRolePolicyDocument"]
        found: list[Statement] = self.resolved(document)["Statement"]
        return found

    def rights(self) -> list[Right]:
        """Return what the roles allow, action by action and resource by resource."""
        found = {
            statement["Right"]
            for owner in self.roles()
            for statement in self.statements(owner)
            if statement["Effect"] == "Allow"
        }
        return sorted(found, key=lambda right: (right.owner, right.action, right.resource))

    def resolved(self, value: Any) -> Any:
        """Return a value with its intrinsic functions carried out."""
        if isinstance(value, list):
            items = [self.resolved(each) for each in value]
            return [each for each in items if each is not _ABSENT]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return self._ref(argument)
            if name == "Condition" and isinstance(argument, str):
                return self.resolved(self.template["Conditions"][argument])
            if name.startswith("Fn::"):
                return self._function(name.removeprefix("Fn::"), argument)
        members = {name: self.resolved(each) for name, each in value.items()}
        return {name: each for name, each in members.items() if each is not _ABSENT}

    def _split(self, owner: str, raw: Statement) -> Iterator[Statement]:
        """Yield a statement for each of its actions and resources, so that each is seen by itself."""
        condition = self.resolved(raw.get("Condition", {}))
        for action in as_list(raw["Action"]):
            for resource in as_list(raw["Resource"]):
                yield {
                    "Effect": raw["Effect"],
                    "Action": action,
                    "Resource": self.resolved(resource),
                    "Condition": condition,
                    "Right": Right(owner, action, _shown(resource)),
                }

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackName": STACK,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/id",
            "AWS::NoValue": _ABSENT,
        }
        if name in pseudo:
            return pseudo[name]
        parameters = self.template["Parameters"]
        if name in parameters:
            return self.parameters.get(name, parameters[name].get("Default", ""))
        return self.name(name)

    def _function(self, function: str, argument: Any) -> Any:
        if function == "If":
            name, yes, no = argument
            return self.resolved(yes if self._is_true(name) else no)
        if function == "GetAtt":
            name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            if attribute == "Arn":
                return self.arn(name)
            return self.name(name) if attribute.endswith("Name") else f"{name}.{attribute}"
        if function == "Sub":
            text = argument if isinstance(argument, str) else argument[0]
            return re.sub(r"\$\{([\w:.]+)\}", lambda found: self._in_text(found[1]), text)
        values = self.resolved(argument)
        if function == "Join":
            return values[0].join(values[1])
        if function == "Split":
            return values[1].split(values[0])
        if function == "Select":
            return values[1][int(values[0])]
        if function == "Equals":
            return values[0] == values[1]
        if function == "Not":
            return not values[0]
        raise NotImplementedError(f"the intrinsic function {function}")

    def _in_text(self, name: str) -> str:
        if "." in name:
            return str(self._function("GetAtt", name))
        return str(self._ref(name))

    def _is_true(self, condition: str) -> bool:
        return bool(self.resolved(self.template["Conditions"][condition]))

    def _is_made(self, resource: Mapping[str, Any]) -> bool:
        return "Condition" not in resource or self._is_true(resource["Condition"])

    def _properties(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.template["Resources"][name].get("Properties", {})
        return found

    def _raw(self, kind: str) -> dict[str, Mapping[str, Any]]:
        return {
            name: resource.get("Properties", {})
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == kind
        }


def transformed() -> Mapping[str, Any]:
    """Return the template as SAM hands it to CloudFormation."""
    return _translated(json.dumps(checks.load()))


def translate(template: checks.Template) -> Mapping[str, Any]:
    """Return a template, such as one that a test has broken, as SAM hands it on."""
    return _translated(json.dumps(template))


@cache
def _translated(text: str) -> Mapping[str, Any]:
    template = deepcopy(json.loads(text))
    # `sam package` would have put the code there.
    for resource in template["Resources"].values():
        if resource["Type"].startswith("AWS::Serverless::"):
            place = "ContentUri" if resource["Type"].endswith("LayerVersion") else "CodeUri"
            resource["Properties"][place] = "s3://bucket/key"
    if not SAM_PYTHON.exists():
        raise RuntimeError(f"{SAM_PYTHON} is missing. Run `make validate` once, which makes it.")
    finished = subprocess.run(
        [str(SAM_PYTHON), "-c", _TRANSLATE],
        input=json.dumps(template),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": REGION},
        cwd=Path(SAM_PYTHON).parent,
    )
    if finished.returncode:
        raise RuntimeError(f"SAM could not transform the template: {finished.stderr[-2000:]}")
    found: Mapping[str, Any] = json.loads(finished.stdout)
    return found


def _shown(resource: Any) -> str:
    """Return a resource as a reader of the template knows it."""
    if isinstance(resource, str):
        return resource
    if "Ref" in resource:
        return str(resource["Ref"])
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0])
    text = str(resource["Fn::Sub"]).replace("${AWS::StackName}", "<stack>")
    text = re.sub(r"^arn:\$\{AWS::Partition\}:", "", text)
    text = text.replace("${AWS::Region}:${AWS::AccountId}:", "").replace(".Arn}", "}")
    return re.sub(r"\$\{(\w+)\}", r"\1", text)
