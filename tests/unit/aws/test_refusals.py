"""Each refusal refuses a wrong call, and lets one pass that is right, up to the very limit."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from moto import mock_aws

from tests.aws.referee import Referee
from tests.aws.refusals import (
    ANSWER_BYTES,
    ITEM_BYTES,
    answer_problem,
    checked_operations,
    item_bytes,
    refusal,
    state_problem,
)

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:m"
KEY = {"PK": {"S": "a"}, "SK": {"S": "b"}}
V = "ValidationException"

CREATE = {"name": "m", "definition": "{}", "roleArn": MACHINE}
START = {"stateMachineArn": MACHINE, "name": "ex-1"}
EVENT = {"Source": "s", "DetailType": "d", "Detail": "{}"}
MESSAGE = {"QueueUrl": "q", "MessageBody": "b"}
ROLE = "arn:aws:iam::123456789012:role/r"
SCHEDULE = {
    "Name": "n",
    "ScheduleExpression": "at(2026-12-01T09:00:00)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": "a", "RoleArn": ROLE, "Input": "{}"},
}
EMAIL = {
    "FromEmailAddress": "a@example.com",
    "Destination": {"ToAddresses": ["b@example.com"]},
    "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {}}},
}
SMS = {"PhoneNumber": "+4930123456", "Message": "m"}
PARAMETER = {"Name": "/bookflow/s/l/n", "Value": "v", "Type": "SecureString"}


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"BOOL": True}
    for _ in range(levels - 1):
        value = {"M": {"a": value}}
    return value


def query(condition: str, **values: str) -> dict[str, Any]:
    return {
        "TableName": "t",
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {f":{name}": {"S": each} for name, each in values.items()},
    }


def put(**item: Any) -> dict[str, Any]:
    return {"TableName": "t", "Item": {**KEY, **item}}


def sets(name: str, value: str) -> dict[str, Any]:
    return {
        "TableName": "t",
        "Key": KEY,
        "UpdateExpression": f"SET {name} = :v",
        "ExpressionAttributeValues": {":v": {"S": value}},
    }


def keys(count: int) -> dict[str, Any]:
    asked = [{"PK": {"S": "a"}, "SK": {"S": str(number)}} for number in range(count)]
    return {"RequestItems": {"t": {"Keys": asked}}}


def puts(count: int, **item: Any) -> dict[str, Any]:
    return {"TransactItems": [{"Put": put(SK={"S": str(n)}, **item)} for n in range(count)]}


RAW = "From: a@example.com\r\nTo: b@example.com\r\nSubject: s\r\nMIME-Version: 1.0\r\n\r\nHello\r\n"


def raw(data: bytes = RAW.encode()) -> dict[str, Any]:
    return {**EMAIL, "Content": {"Raw": {"Data": data}}}


def header(length: int) -> dict[str, Any]:
    simple = {**EMAIL["Content"]["Simple"], "Headers": [{"Name": "X", "Value": "v" * length}]}  # type: ignore[index]
    return {**EMAIL, "Content": {"Simple": simple}}


# Service, operation, code of the refusal, a wrong call, a right one.
RULES: list[tuple[str, str, str, Any, Any]] = [
    (
        "dynamodb",
        "PutItem",
        V,
        put(a={"S": "x" * (ITEM_BYTES - 6)}),
        put(a={"S": "x" * (ITEM_BYTES - 7)}),
    ),
    ("dynamodb", "PutItem", V, put(a=nested(33)), put(a=nested(32))),
    ("dynamodb", "PutItem", V, put(GSI1PK={"S": ""}), put(GSI1PK={"S": "x"})),
    ("dynamodb", "PutItem", V, put(PK={"S": "x" * 2049}), put(PK={"S": "x" * 2048})),
    ("dynamodb", "PutItem", V, put(GSI2SK={"S": "x" * 1025}), put(GSI2SK={"S": "x" * 1024})),
    ("dynamodb", "PutItem", V, put(GSI2SK={"N": "1"}), put(other={"N": "1"})),
    (
        "dynamodb",
        "PutItem",
        V,
        {**put(), "ConditionExpression": "attribute_not_exists(#a)"},
        {
            **put(),
            "ConditionExpression": "attribute_not_exists(#a)",
            "ExpressionAttributeNames": {"#a": "PK"},
        },
    ),
    (
        "dynamodb",
        "PutItem",
        V,
        {**put(), "ConditionExpression": "a > b", "ExpressionAttributeNames": {"#a": "PK"}},
        {**put(), "ConditionExpression": "a > b"},
    ),
    ("dynamodb", "UpdateItem", V, sets("GSI1PK", ""), sets("other", "")),
    ("dynamodb", "UpdateItem", V, sets("a" * 4096, "x"), sets("a" * 4000, "x")),
    (
        "dynamodb",
        "GetItem",
        V,
        {"TableName": "t", "Key": {"PK": {"S": ""}}},
        {"TableName": "t", "Key": KEY},
    ),
    (
        "dynamodb",
        "DeleteItem",
        V,
        {"TableName": "t", "Key": {"PK": {"S": ""}}},
        {"TableName": "t", "Key": KEY},
    ),
    ("dynamodb", "BatchGetItem", V, keys(101), keys(100)),
    ("dynamodb", "BatchGetItem", V, {"RequestItems": {"t": {"Keys": [KEY, KEY]}}}, keys(1)),
    ("dynamodb", "TransactWriteItems", V, puts(101), puts(100)),
    (
        "dynamodb",
        "TransactWriteItems",
        V,
        {"TransactItems": [{"Put": put()}, {"Delete": {"TableName": "t", "Key": KEY}}]},
        puts(2),
    ),
    (
        "dynamodb",
        "TransactWriteItems",
        V,
        puts(11, a={"S": "x" * 390_000}),
        puts(10, a={"S": "x" * 390_000}),
    ),
    (
        "dynamodb",
        "Query",
        V,
        {**query("PK = :a", a="x"), "IndexName": "GSI1", "ConsistentRead": True},
        {**query("PK = :a", a="x"), "IndexName": "GSI1"},
    ),
    ("dynamodb", "Query", V, query("PK = :a", a=""), query("PK = :a", a="x")),
    (
        "dynamodb",
        "Query",
        V,
        query("PK = :a AND SK BETWEEN :l AND :h", a="x", l="2", h="1"),
        query("PK = :a AND SK BETWEEN :l AND :h", a="x", l="1", h="1"),
    ),
    ("stepfunctions", "CreateStateMachine", "InvalidName", {**CREATE, "name": "a b"}, CREATE),
    (
        "stepfunctions",
        "CreateStateMachine",
        V,
        {**CREATE, "name": "a" * 81},
        {**CREATE, "name": "a" * 80},
    ),
    (
        "stepfunctions",
        "CreateStateMachine",
        "InvalidDefinition",
        {**CREATE, "definition": "ä" * 524_289},
        {**CREATE, "definition": "ä" * 524_288},
    ),
    (
        "stepfunctions",
        "CreateStateMachine",
        "InvalidLoggingConfiguration",
        {
            **CREATE,
            "loggingConfiguration": {
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": "a"}}]
            },
        },
        {
            **CREATE,
            "loggingConfiguration": {
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": "a:*"}}]
            },
        },
    ),
    (
        "stepfunctions",
        "TagResource",
        V,
        {"resourceArn": MACHINE, "tags": [{"key": "k", "value": "(v)"}]},
        {"resourceArn": MACHINE, "tags": [{"key": "k:k", "value": "2026-12-01T09:00:00+00:00"}]},
    ),
    (
        "stepfunctions",
        "TagResource",
        "TooManyTags",
        {"resourceArn": MACHINE, "tags": [{"key": str(n), "value": ""} for n in range(51)]},
        {"resourceArn": MACHINE, "tags": [{"key": str(n), "value": ""} for n in range(50)]},
    ),
    ("stepfunctions", "StartExecution", "InvalidName", {**START, "name": "a:b"}, START),
    (
        "stepfunctions",
        "StartExecution",
        "InvalidExecutionInput",
        {**START, "input": json.dumps("ä" * 131_072, ensure_ascii=False)},
        {**START, "input": json.dumps("ä" * 131_071, ensure_ascii=False)},
    ),
    ("stepfunctions", "StartExecution", "InvalidExecutionInput", {**START, "input": "{"}, START),
    (
        "stepfunctions",
        "SendTaskSuccess",
        "InvalidOutput",
        {"taskToken": "t", "output": json.dumps("x" * 262_143)},
        {"taskToken": "t", "output": json.dumps("x" * 262_142)},
    ),
    (
        "stepfunctions",
        "StopExecution",
        V,
        {"executionArn": MACHINE, "cause": "c" * 32_769},
        {"executionArn": MACHINE, "cause": "c" * 32_768},
    ),
    (
        "stepfunctions",
        "ListExecutions",
        V,
        {"stateMachineArn": MACHINE, "statusFilter": "PENDING_REDRIVE"},
        {"stateMachineArn": MACHINE, "statusFilter": "RUNNING"},
    ),
    (
        "stepfunctions",
        "ListExecutions",
        V,
        {"stateMachineArn": MACHINE, "mapRunArn": MACHINE},
        {"mapRunArn": MACHINE, "statusFilter": "PENDING_REDRIVE"},
    ),
    (
        "stepfunctions",
        "ListExecutions",
        V,
        {"stateMachineArn": MACHINE, "maxResults": 1001},
        {"stateMachineArn": MACHINE, "maxResults": 1000},
    ),
    ("stepfunctions", "ListStateMachines", V, {"maxResults": 1001}, {"maxResults": 1000}),
    (
        "lambda",
        "Invoke",
        "RequestTooLargeException",
        {"FunctionName": "f", "Payload": b"x" * 6_291_557},
        {"FunctionName": "f", "Payload": b"x" * 6_291_556},
    ),
    ("events", "PutEvents", V, {"Entries": [EVENT] * 11}, {"Entries": [EVENT] * 10}),
    (
        "events",
        "PutEvents",
        V,
        {"Entries": [{**EVENT, "Detail": "x" * 262_143}]},
        {"Entries": [{**EVENT, "Detail": "x" * 262_142}]},
    ),
    (
        "events",
        "PutEvents",
        V,
        {"Entries": [{**EVENT, "DetailType": "x" * 129}]},
        {"Entries": [{**EVENT, "DetailType": "x" * 128}]},
    ),
    (
        "events",
        "PutEvents",
        "NotAuthorizedForSourceException",
        {"Entries": [{**EVENT, "Source": "aws.states"}]},
        {"Entries": [{**EVENT, "Source": "bookflow"}]},
    ),
    (
        "sqs",
        "SendMessage",
        "InvalidParameterValue",
        {**MESSAGE, "MessageBody": "x" * 1_048_577},
        {**MESSAGE, "MessageBody": "x" * 1_048_576},
    ),
    ("sqs", "SendMessage", "MissingParameter", {**MESSAGE, "MessageBody": ""}, MESSAGE),
    (
        "sqs",
        "SendMessage",
        "InvalidMessageContents",
        {**MESSAGE, "MessageBody": "a\x00"},
        {**MESSAGE, "MessageBody": "a\t"},
    ),
    (
        "sqs",
        "SendMessage",
        "InvalidParameterValue",
        {**MESSAGE, "DelaySeconds": 901},
        {**MESSAGE, "DelaySeconds": 900},
    ),
    (
        "sqs",
        "SendMessage",
        "InvalidParameterValue",
        {**MESSAGE, "MessageAttributes": {"reason": text("")}},
        {**MESSAGE, "MessageAttributes": {"reason": text("r")}},
    ),
    (
        "sqs",
        "SendMessage",
        "InvalidParameterValue",
        {**MESSAGE, "MessageAttributes": {"aws.reason": text("r")}},
        {**MESSAGE, "MessageAttributes": {"re.ason": text("r")}},
    ),
    (
        "sqs",
        "SendMessage",
        "InvalidParameterValue",
        {**MESSAGE, "MessageAttributes": {f"r{n}": text("r") for n in range(11)}},
        {**MESSAGE, "MessageAttributes": {f"r{n}": text("r") for n in range(10)}},
    ),
    ("scheduler", "CreateSchedule", V, {**SCHEDULE, "Name": "a:b"}, SCHEDULE),
    (
        "scheduler",
        "CreateSchedule",
        V,
        {**SCHEDULE, "Name": "n" * 65},
        {**SCHEDULE, "Name": "n" * 64},
    ),
    (
        "scheduler",
        "CreateSchedule",
        V,
        {**SCHEDULE, "ScheduleExpression": "at(2026-12-01T09:00:00.5)"},
        SCHEDULE,
    ),
    ("scheduler", "UpdateSchedule", V, {**SCHEDULE, "ScheduleExpression": "daily"}, SCHEDULE),
    (
        "scheduler",
        "UpdateSchedule",
        V,
        {**SCHEDULE, "Target": {"Arn": "a", "RoleArn": ROLE, "Input": "x" * 262_145}},
        {**SCHEDULE, "Target": {"Arn": "a", "RoleArn": ROLE, "Input": "x" * 262_144}},
    ),
    (
        "scheduler",
        "CreateSchedule",
        V,
        {**SCHEDULE, "FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}},
        {**SCHEDULE, "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}},
    ),
    ("scheduler", "GetSchedule", V, {"Name": "a b"}, {"Name": "a-b"}),
    ("scheduler", "DeleteSchedule", V, {"Name": "a b"}, {"Name": "a-b"}),
    ("scheduler", "ListSchedules", V, {"MaxResults": 101}, {"MaxResults": 100}),
    (
        "sesv2",
        "SendEmail",
        "MessageRejected",
        {**EMAIL, "Destination": {"ToAddresses": ["b@example.com"] * 51}},
        {**EMAIL, "Destination": {"ToAddresses": ["b@example.com"] * 50}},
    ),
    (
        "sesv2",
        "SendEmail",
        "BadRequestException",
        {**EMAIL, "Destination": {"ToAddresses": ["bäcker@example.com"]}},
        EMAIL,
    ),
    (
        "sesv2",
        "SendEmail",
        "BadRequestException",
        {**EMAIL, "FromEmailAddress": "a" * 309 + "@example.com"},
        {**EMAIL, "FromEmailAddress": "a" * 308 + "@example.com"},
    ),
    ("sesv2", "SendEmail", "BadRequestException", header(996), header(995)),
    (
        "sesv2",
        "SendEmail",
        "BadRequestException",
        {**EMAIL, "EmailTags": [{"Name": "a:b", "Value": "v"}]},
        {**EMAIL, "EmailTags": [{"Name": "a_b", "Value": "v-1"}]},
    ),
    ("sesv2", "SendEmail", "BadRequestException", {**EMAIL, "Content": {}}, EMAIL),
    ("sesv2", "SendEmail", "BadRequestException", raw(RAW.encode() + b"\xc3\xa4"), raw()),
    ("sesv2", "SendEmail", "BadRequestException", raw(b"x" * 999), raw(RAW.encode() + b"x" * 998)),
    ("sesv2", "SendEmail", "BadRequestException", raw(RAW.replace("\r", "").encode()), raw()),
    ("sesv2", "SendEmail", "BadRequestException", raw(RAW.replace("From", "X").encode()), raw()),
    (
        "sesv2",
        "SendEmail",
        "BadRequestException",
        raw(b"To: b@example.com\r\n" + RAW.encode()),
        raw(),
    ),
    ("sns", "Publish", "InvalidParameter", {**SMS, "PhoneNumber": "030 123456"}, SMS),
    (
        "sns",
        "Publish",
        "InvalidParameter",
        {**SMS, "Message": "m" * 1601},
        {**SMS, "Message": "m" * 1600},
    ),
    ("sns", "Publish", "InvalidParameter", {**SMS, "Message": ""}, SMS),
    ("sns", "Publish", "InvalidParameter", {**SMS, "TopicArn": "t"}, SMS),
    (
        "sns",
        "Publish",
        "InvalidParameterValue",
        {**SMS, "MessageAttributes": {"AWS.SNS.SMS.SenderID": text("1234")}},
        {**SMS, "MessageAttributes": {"AWS.SNS.SMS.SenderID": text("Kayaks2")}},
    ),
    (
        "sns",
        "CheckIfPhoneNumberIsOptedOut",
        "InvalidParameter",
        {"phoneNumber": "030"},
        {"phoneNumber": "+4930"},
    ),
    (
        "ssm",
        "PutParameter",
        V,
        {**PARAMETER, "Value": "x" * 4097},
        {**PARAMETER, "Value": "x" * 4096},
    ),
    (
        "ssm",
        "PutParameter",
        V,
        {**PARAMETER, "Value": "a{{b}}"},
        {**PARAMETER, "Value": '{"a": "{"}'},
    ),
    ("ssm", "PutParameter", V, {**PARAMETER, "Value": ""}, PARAMETER),
    (
        "ssm",
        "PutParameter",
        "HierarchyLevelLimitExceededException",
        {**PARAMETER, "Name": "/a" * 16},
        {**PARAMETER, "Name": "/a" * 15},
    ),
    ("ssm", "PutParameter", V, {**PARAMETER, "Name": "/aws/a"}, PARAMETER),
    ("ssm", "DeleteParameter", V, {"Name": "/a:b"}, {"Name": "/a_b"}),
    (
        "ssm",
        "GetParametersByPath",
        V,
        {"Path": "/a", "MaxResults": 11},
        {"Path": "/a", "MaxResults": 10},
    ),
    ("ssm", "GetParametersByPath", V, {"Path": "a"}, {"Path": "/"}),
]


@pytest.mark.parametrize(("service", "operation", "code", "wrong", "right"), RULES)
def test_a_wrong_call_is_refused_and_a_right_one_passes(
    service: str, operation: str, code: str, wrong: Any, right: Any
) -> None:
    found = refusal(service, operation, wrong)
    assert found is not None
    assert found.code == code
    assert refusal(service, operation, right) is None


def test_every_check_is_seen_to_refuse() -> None:
    assert checked_operations() <= {(service, operation) for service, operation, *_ in RULES}


def test_every_operation_with_a_check_exists_at_aws() -> None:
    session = get_session()
    for service, operation in checked_operations():
        assert operation in session.get_service_model(service).operation_names


def test_the_error_codes_of_step_functions_are_those_of_its_model() -> None:
    model = get_session().get_service_model("stepfunctions")
    for service, operation, code, *_ in RULES:
        if service == "stepfunctions" and code != V:
            errors = {shape.name for shape in model.operation_model(operation).error_shapes}
            assert code in errors, operation


def test_an_item_is_as_large_as_dynamodb_counts_it() -> None:
    item = {
        "PK": {"S": "ä"},
        "l": {"L": [{"BOOL": True}]},
        "m": {"M": {}},
        "s": {"SS": ["a", "bc"]},
    }
    assert item_bytes(item) == (2 + 2) + (1 + 3 + 1 + 1) + (1 + 3) + (1 + 3)


def test_an_answer_of_lambda_is_refused_over_its_limit() -> None:
    assert answer_problem("x" * (ANSWER_BYTES - 2)) is None
    found = answer_problem("x" * (ANSWER_BYTES - 1))
    assert found is not None
    assert found.code == "Function.ResponseSizeTooLarge"


def test_the_output_of_a_state_is_refused_over_its_limit() -> None:
    assert state_problem({"a": "x" * (262_144 - 8)}) is None
    found = state_problem({"a": "x" * (262_144 - 7)})
    assert found is not None
    assert found.code == "States.DataLimitExceeded"


def test_the_referee_answers_in_the_place_of_moto_with_the_service_s_own_error() -> None:
    session = boto3.Session("testing", "testing", region_name="eu-central-1")
    referee = Referee()
    with mock_aws():
        client = referee.watch(session).client("stepfunctions")
        arn = client.create_state_machine(name="m", definition=DEFINITION, roleArn=ROLE)[
            "stateMachineArn"
        ]
        with pytest.raises(client.exceptions.ValidationException) as caught:
            client.list_executions(stateMachineArn=arn, statusFilter="PENDING_REDRIVE")
        assert isinstance(caught.value, ClientError)
        assert (
            client.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"] == []
        )
    assert referee.calls == 3


DEFINITION = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}})
