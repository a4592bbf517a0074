"""What AWS refuses and an AWS in memory or an emulator lets pass, call by call.

Each operation that the product calls is listed here with the constraints that were checked, and
their source. "Model" is botocore's service model of that operation (`service-2.json`): its
lengths, ranges, patterns and enumerations are checked for every call by `model_problem`, since
botocore itself checks only what is required, types and lower bounds. The rest is stated in the
model's words or in the guides of AWS, and checked by a function of its own below.

DynamoDB (Developer Guide, "Quotas", "Constraints", "Item sizes and formats"; models)
    BatchGetItem        1-100 keys over all tables, none twice, none empty.
    DeleteItem          keys not empty, 2,048 and 1,024 bytes; expressions (see below).
    GetItem             keys as above.
    PutItem             an item of 400 KB, 32 levels deep; key attributes, those of indexes too:
                        texts, not empty, 2,048 and 1,024 bytes; expressions.
    Query               no consistent read of a global index; no empty text against a key;
                        BETWEEN low and high in order; a limit of 1 or more; expressions.
    TransactWriteItems  1-100 actions, none twice on one item, 4 MB in all; each as PutItem.
    UpdateItem          keys as above, no key attribute set empty; expressions.
    Expressions         4 KB each, not empty; every name and value that is given is used, every
                        one that is used is given.
Step Functions (models; Developer Guide, "Quotas")
    CreateStateMachine  name 1-80 characters without the special ones; definition of 1 MB; a log
                        group's ARN ends with ":*"; 50 tags, of letters, digits and _ . : / = + - @.
    DeleteStateMachine  model.
    DescribeExecution   model.
    ListExecutions      a machine or a map run and not both; PENDING_REDRIVE with a map run only;
                        at most 1,000 a page.
    ListStateMachines   model: at most 1,000 a page.
    ListTagsForResource model.
    SendTaskSuccess     output: JSON of 262,144 bytes.
    StartExecution      name as a machine's; input: JSON of 262,144 bytes.
    StopExecution       model: error 256 and cause 32,768 characters.
    TagResource         tags as above.
    UntagResource       model.
EventBridge (model; User Guide, "Calculating PutEvents event entry size")
    PutEvents           1-10 entries, 256 KiB in all. The model says 1 MB, the guide 256 KB, by
                        Region; the smaller works in both. A detail type of 128 characters, a
                        detail that is a JSON object, no source of `aws.`.
SQS (model; Developer Guide, "Message quotas")
    SendMessage         1 byte to 1 MiB with attributes; XML's characters; 0-900 s of delay; ten
                        attributes, whose names keep to letters, digits, - _ . and whose values
                        are not empty.
EventBridge Scheduler (models; User Guide, "Schedule types")
    CreateSchedule      an `at` expression without fractions or zone, or rate or cron; an input of
                        256 KB; no window with the mode OFF; model.
    DeleteSchedule      model.
    GetSchedule         model.
    ListSchedules       model: at most 100 a page.
    UpdateSchedule      as CreateSchedule.
SES v2 (model; Developer Guide, "Service quotas in Amazon SES")
    SendEmail           one kind of content; 50 recipients; addresses of 320 characters in ASCII;
                        a header's name and value 996 characters together; 15 headers; tags of
                        letters, digits, _ and -, up to 256. Raw content: headers and a body with
                        an empty line between them, the headers of RFC 5322, parts in ASCII, lines
                        of 1,000 characters with their ends, 40 MB in base64.
SNS (model; Developer Guide, "Publishing SMS messages to a mobile phone")
    CheckIfPhoneNumberIsOptedOut  a number in E.164.
    Publish             one target; a number in E.164; a text of 1-1,600 characters; a sender id of
                        1-11 letters and digits with a letter; the type of SMS is one of two.
Systems Manager (models; "Managing parameter tiers")
    DeleteParameter     name as PutParameter.
    GetParametersByPath model: at most 10 a page; a path of 15 levels.
    PutParameter        a name of letters, digits and _ . - /, 1,011 characters, 15 levels, none of
                        `aws` or `ssm`; a value of 4 KB in the standard tier, not empty, without
                        another parameter in double braces.
Lambda (model; Developer Guide, "Quotas")
    Invoke              a payload of 6,291,556 bytes; model.
    an answer           6,291,556 bytes of JSON: `answer_problem`.
Step Functions, of a Task state
    an answer           262,144 bytes of JSON, as any state's output: `state_problem`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Refusal:
    """The error that AWS answers.

    Attributes:
        code: The error's code, as `error_code` finds it in botocore's error.
    """

    code: str
    message: str


KIB = 1024
ITEM_BYTES = 400 * KIB
TRANSACTION_BYTES = 4 * KIB * KIB
TRANSACTION_ACTIONS = 100
BATCH_KEYS = 100
EXPRESSION_BYTES = 4 * KIB
ITEM_LEVELS = 32
STATE_BYTES = 256 * KIB
DEFINITION_BYTES = 1024 * KIB
EVENTS_BYTES = 256 * KIB
MESSAGE_BYTES = 1024 * KIB
SCHEDULE_INPUT_BYTES = 256 * KIB
PARAMETER_BYTES = 4 * KIB
ANSWER_BYTES = 6_291_556
RAW_BYTES = 40 * 1000 * 1000

_VALIDATION = "ValidationException"

# Key attributes of our tables and their indexes, as template.yaml names them.
_HASH_KEYS = frozenset({"PK", "id", *(f"GSI{number}PK" for number in range(1, 6))})
_RANGE_KEYS = frozenset({"SK", *(f"GSI{number}SK" for number in range(1, 6))})

_E164 = re.compile(r"\+[1-9]\d{1,14}")
_SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")
_SFN_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff]+")
_SFN_TAG = re.compile(r"[\w\s.:/=+\-@]*")
_XML = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
_SQS_ATTRIBUTE = re.compile(r"(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)")
_SES_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SSM_NAME = re.compile(r"/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
_AT = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)")
_EXPRESSION_PART = re.compile(r"[#:]\w+")


def refusal(service: str, operation: str, params: Params) -> Refusal | None:
    """Return how AWS refuses a call, or None if it takes it.

    Args:
        service: botocore's name of the service.
        operation: The operation's name in the API.
        params: The request's parameters as botocore takes them.
    """
    check = _CHECKS.get((service, operation))
    found = check(params) if check else None
    return found or model_problem(service, operation, params)


def checked_operations() -> frozenset[tuple[str, str]]:
    """Return the operations that have a check of their own beside the model's."""
    return frozenset(_CHECKS)


# --- Answers ---------------------------------------------------------------------------------------


def answer_problem(answer: Any) -> Refusal | None:
    """Return the error that Lambda makes of a function's answer that is too large."""
    if _bytes(json.dumps(answer)) <= ANSWER_BYTES:
        return None
    return Refusal(
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({ANSWER_BYTES} bytes).",
    )


def state_problem(output: Any) -> Refusal | None:
    """Return the error that Step Functions makes of a state's output that is too large."""
    if _bytes(json.dumps(output, ensure_ascii=False, separators=(",", ":"))) <= STATE_BYTES:
        return None
    return Refusal(
        "States.DataLimitExceeded",
        "The state returned a result with a size exceeding the maximum number of bytes.",
    )


# --- What the service models state -------------------------------------------------------------------

_CODES = {
    "dynamodb": _VALIDATION,
    "events": _VALIDATION,
    "lambda": "InvalidParameterValueException",
    "scheduler": _VALIDATION,
    "sesv2": "BadRequestException",
    "sns": "InvalidParameter",
    "sqs": "InvalidParameterValue",
    "ssm": _VALIDATION,
    "stepfunctions": _VALIDATION,
}


def model_problem(service: str, operation: str, params: Params) -> Refusal | None:
    """Return the refusal of a value that breaks the service model's bounds."""
    shape = _input_shape(service, operation)
    problem = next(_broken(shape, params, ""), None)
    if problem is None:
        return None
    return Refusal(_CODES.get(service, _VALIDATION), f"1 validation error detected: {problem}")


@cache
def _loaded(service: str) -> Any:
    # Here and not above: a patch of the emulator reads the other checks without botocore's models.
    from botocore.session import get_session

    return get_session().get_service_model(service)


@cache
def _input_shape(service: str, operation: str) -> Any:
    return _loaded(service).operation_model(operation).input_shape


def _broken(shape: Any, value: Any, place: str) -> Iterator[str]:
    """Yield what is wrong with a value and all that is in it."""
    kind, bounds = shape.type_name, shape.metadata
    if kind == "structure" and isinstance(value, Mapping):
        for name, each in value.items():
            if name in shape.members:
                yield from _broken(shape.members[name], each, f"{place}.{name}".lstrip("."))
    elif kind == "list" and isinstance(value, list | tuple):
        yield from _out_of_bounds(len(value), bounds, place, "members")
        for number, each in enumerate(value):
            yield from _broken(shape.member, each, f"{place}[{number}]")
    elif kind == "map" and isinstance(value, Mapping):
        yield from _out_of_bounds(len(value), bounds, place, "members")
        for name, each in value.items():
            yield from _broken(shape.value, each, f"{place}[{name}]")
    elif kind == "string" and isinstance(value, str):
        yield from _out_of_bounds(len(value), bounds, place, "characters")
        if shape.enum and value not in shape.enum:
            yield f"{place} must be one of {shape.enum}"
        pattern = _compiled(bounds.get("pattern"))
        if pattern and not pattern.fullmatch(value):
            yield f"{place} must match {pattern.pattern}"
    elif kind in ("integer", "long", "float", "double") and not isinstance(value, bool):
        yield from _out_of_bounds(value, bounds, place, "")


def _out_of_bounds(size: float, bounds: Params, place: str, unit: str) -> Iterator[str]:
    if size < bounds.get("min", size):
        yield f"{place} must have at least {bounds['min']} {unit}".rstrip()
    if size > bounds.get("max", size):
        yield f"{place} must have at most {bounds['max']} {unit}".rstrip()


@cache
def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    """Return Java's pattern as Python's, None if there is none or Python cannot read it."""
    if pattern is None or r"\p{" in pattern:
        return None
    return re.compile(pattern)


# --- DynamoDB ----------------------------------------------------------------------------------------


def _put_item(params: Params) -> Refusal | None:
    return _item_problem(params["Item"]) or _expressions(params, "ConditionExpression")


def _update_item(params: Params) -> Refusal | None:
    return (
        _key_problem(params["Key"])
        or _expressions(params, "ConditionExpression", "UpdateExpression")
        or _empty_key_update(params)
    )


def _delete_item(params: Params) -> Refusal | None:
    return _key_problem(params["Key"]) or _expressions(params, "ConditionExpression")


def _get_item(params: Params) -> Refusal | None:
    return _key_problem(params["Key"]) or _expressions(params, "ProjectionExpression")


def _query(params: Params) -> Refusal | None:
    if params.get("IndexName") and params.get("ConsistentRead"):
        return Refusal(
            _VALIDATION, "Consistent reads are not supported on global secondary indexes"
        )
    if params.get("Limit", 1) < 1:
        return Refusal(_VALIDATION, "Limit must be greater than or equal to 1")
    return (
        _expressions(params, "KeyConditionExpression", "FilterExpression", "ProjectionExpression")
        or _key_condition(params)
        or _key_problem(params.get("ExclusiveStartKey", {}))
    )


def _batch_get_item(params: Params) -> Refusal | None:
    total = 0
    for asked in params["RequestItems"].values():
        keys = [json.dumps(key, sort_keys=True, default=str) for key in asked["Keys"]]
        total += len(keys)
        if len(set(keys)) < len(keys):
            return Refusal(_VALIDATION, "Provided list of item keys contains duplicates")
        for key in asked["Keys"]:
            if problem := _key_problem(key):
                return problem
    if not 1 <= total <= BATCH_KEYS:
        return Refusal(_VALIDATION, "Too many items requested for the BatchGetItem call")
    return None


def _transact_write_items(params: Params) -> Refusal | None:
    actions = params["TransactItems"]
    if not 1 <= len(actions) <= TRANSACTION_ACTIONS:
        return Refusal(_VALIDATION, "Member must have length between 1 and 100")
    touched: list[str] = []
    size = 0
    for action in actions:
        ((kind, request),) = action.items()
        if kind == "Put":
            key = {name: request["Item"].get(name) for name in ("PK", "SK", "id")}
            size += item_bytes(request["Item"])
            problem = _put_item(request)
        else:
            key = {name: request["Key"].get(name) for name in ("PK", "SK", "id")}
            problem = _update_item(request) if kind == "Update" else _delete_item(request)
        if problem:
            return problem
        touched.append(json.dumps([request["TableName"], key], default=str))
    if len(set(touched)) < len(touched):
        return Refusal(
            _VALIDATION, "Transaction request cannot include multiple operations on one item"
        )
    if size > TRANSACTION_BYTES:
        return Refusal(_VALIDATION, "Transaction request size has exceeded the 4 MB limit")
    return None


def item_bytes(item: Params) -> int:
    """Return an item's size as DynamoDB counts it (Developer Guide, "Item sizes and formats")."""
    return sum(_bytes(name) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Params) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return _bytes(content)
    if kind == "B":
        return len(content)
    if kind == "N":
        return len(content.strip("-").replace(".", "").strip("0")) // 2 + 2
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "M":
        return 3 + len(content) + item_bytes(content)
    if kind == "L":
        return 3 + len(content) + sum(map(_value_bytes, content))
    return sum(_value_bytes({kind[0]: each}) for each in content)


def _item_problem(item: Params) -> Refusal | None:
    if item_bytes(item) > ITEM_BYTES:
        return Refusal(_VALIDATION, "Item size has exceeded the maximum allowed size")
    if any(_levels(value) > ITEM_LEVELS for value in item.values()):
        return Refusal(
            _VALIDATION, "Nesting Levels have exceeded supported limits: 32 levels in an item"
        )
    return _key_problem(
        {name: value for name, value in item.items() if name in _HASH_KEYS | _RANGE_KEYS}
    )


def _levels(value: Params) -> int:
    ((kind, content),) = value.items()
    inner = content.values() if kind == "M" else content if kind == "L" else ()
    return 1 + max(map(_levels, inner), default=0)


def _key_problem(key: Params) -> Refusal | None:
    for name, value in key.items():
        text = value.get("S")
        if text is None:
            return Refusal(_VALIDATION, f"Type mismatch for key {name} expected: S")
        if not text:
            return Refusal(
                _VALIDATION,
                "One or more parameter values are not valid. The AttributeValue for a key attribute"
                f" cannot contain an empty string value. Key: {name}",
            )
        limit = 1024 if name in _RANGE_KEYS else 2048
        if _bytes(text) > limit:
            return Refusal(
                _VALIDATION,
                f"One or more parameter values were invalid: Size of key {name} has exceeded"
                f" the maximum size limit of {limit} bytes",
            )
    return None


def _expressions(params: Params, *names: str) -> Refusal | None:
    texts = [params[name] for name in names if name in params]
    for text in texts:
        if not text.strip():
            return Refusal(_VALIDATION, "Invalid expression: The expression can not be empty;")
        if _bytes(text) > EXPRESSION_BYTES:
            return Refusal(
                _VALIDATION, "Invalid expression: Expression size has exceeded the maximum 4 KB"
            )
    used = {part for text in texts for part in _EXPRESSION_PART.findall(text)}
    given = {
        *params.get("ExpressionAttributeNames", {}),
        *params.get("ExpressionAttributeValues", {}),
    }
    for attribute in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        if attribute in params and not params[attribute]:
            return Refusal(_VALIDATION, f"{attribute} must not be empty")
    if given - used:
        return Refusal(
            _VALIDATION,
            f"Value provided in expression attributes unused in expressions: {given - used}",
        )
    if used - given:
        return Refusal(
            _VALIDATION,
            f"An expression attribute used in expression is not defined: {used - given}",
        )
    return None


def _key_condition(params: Params) -> Refusal | None:
    values = params.get("ExpressionAttributeValues", {})
    text = params.get("KeyConditionExpression", "")
    for name in re.findall(r":\w+", text):
        if values[name].get("S") == "":
            return Refusal(
                _VALIDATION,
                "One or more parameter values are not valid. The AttributeValue for a key attribute"
                " cannot contain an empty string value.",
            )
    found = re.search(r"BETWEEN\s+(:\w+)\s+AND\s+(:\w+)", text, re.IGNORECASE)
    if found:
        low, high = (values[name].get("S", "").encode() for name in found.groups())
        if low > high:
            return Refusal(
                _VALIDATION,
                "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be"
                " greater than or equal to lower bound",
            )
    return None


def _empty_key_update(params: Params) -> Refusal | None:
    names = params.get("ExpressionAttributeNames", {})
    values = params.get("ExpressionAttributeValues", {})
    for left, right in re.findall(r"(#?\w+)\s*=\s*(:\w+)", params.get("UpdateExpression", "")):
        attribute = names.get(left, left)
        if attribute in _HASH_KEYS | _RANGE_KEYS and right in values:
            problem = _key_problem({attribute: values[right]})
            if problem:
                return problem
    return None


# --- Step Functions ----------------------------------------------------------------------------------


def _create_state_machine(params: Params) -> Refusal | None:
    if not _SFN_NAME.fullmatch(params["name"]):
        return Refusal("InvalidName", f"Invalid Name: '{params['name']}'")
    if _bytes(params["definition"]) > DEFINITION_BYTES:
        return Refusal("InvalidDefinition", "Invalid State Machine Definition: larger than 1 MB")
    for destination in params.get("loggingConfiguration", {}).get("destinations", []):
        arn = destination.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
        if not arn.endswith(":*"):
            return Refusal("InvalidLoggingConfiguration", "Log group's ARN must end with ':*'")
    return _sfn_tags(params)


def _sfn_tags(params: Params) -> Refusal | None:
    tags = params.get("tags", [])
    if len(tags) > 50:
        return Refusal("TooManyTags", "A resource has at most 50 tags")
    for tag in tags:
        if not _SFN_TAG.fullmatch(tag["key"] + tag["value"]):
            return Refusal(_VALIDATION, f"The tag '{tag['key']}' holds a character that is refused")
    return None


def _start_execution(params: Params) -> Refusal | None:
    if not _SFN_NAME.fullmatch(params.get("name", "-")):
        return Refusal("InvalidName", f"Invalid Name: '{params['name']}'")
    text = params.get("input", "{}")
    if _bytes(text) > STATE_BYTES:
        return Refusal("InvalidExecutionInput", "Input is larger than 262144 bytes")
    if not _is_json(text):
        return Refusal("InvalidExecutionInput", "Invalid State Machine Execution Input")
    return None


def _send_task_success(params: Params) -> Refusal | None:
    if _bytes(params["output"]) > STATE_BYTES or not _is_json(params["output"]):
        return Refusal("InvalidOutput", "Invalid output: not JSON, or larger than 262144 bytes")
    return None


def _list_executions(params: Params) -> Refusal | None:
    has_machine, has_map_run = "stateMachineArn" in params, "mapRunArn" in params
    if has_machine == has_map_run:
        return Refusal(_VALIDATION, "Specify either a stateMachineArn or a mapRunArn")
    if params.get("statusFilter") == "PENDING_REDRIVE" and not has_map_run:
        return Refusal(_VALIDATION, "PENDING_REDRIVE is a filter of map runs only: give mapRunArn")
    return None


# --- EventBridge, SQS, Scheduler ---------------------------------------------------------------------


def _put_events(params: Params) -> Refusal | None:
    """Refuse the whole call; what AWS refuses entry by entry, moto does as well."""
    entries = params["Entries"]
    if sum(map(entry_bytes, entries)) > EVENTS_BYTES:
        return Refusal(_VALIDATION, "Total size of the entries in the request is over the limit.")
    if any(len(entry.get("DetailType", "")) > 128 for entry in entries):
        return Refusal(_VALIDATION, "DetailType has at most 128 characters")
    if any(entry.get("Source", "").startswith("aws.") for entry in entries):
        return Refusal("NotAuthorizedForSourceException", "Not authorized for the source.")
    return None


def _invoke(params: Params) -> Refusal | None:
    if len(params.get("Payload", b"")) <= ANSWER_BYTES:
        return None
    return Refusal("RequestTooLargeException", "Request must be smaller than 6291556 bytes.")


def entry_bytes(entry: Params) -> int:
    """Return the size of an entry as EventBridge counts it."""
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    size = sum(map(_bytes, [*texts, *entry.get("Resources", [])]))
    return size + (14 if "Time" in entry else 0)


def _send_message(params: Params) -> Refusal | None:
    code = "InvalidParameterValue"
    body, attributes = params["MessageBody"], params.get("MessageAttributes", {})
    if not body:
        return Refusal("MissingParameter", "The request must contain the parameter MessageBody.")
    if len(attributes) > 10:
        return Refusal(code, "Number of message attributes exceeds the allowed maximum [10].")
    size = _bytes(body)
    for name, attribute in attributes.items():
        value = attribute.get("StringValue", attribute.get("BinaryValue", ""))
        if not value:
            return Refusal(code, f"Message attribute '{name}' must contain a non-empty value.")
        if not _SQS_ATTRIBUTE.fullmatch(name) or re.match(r"(?i)(aws|amazon)\.", name):
            return Refusal(code, f"Message attribute name '{name}' is invalid.")
        size += _bytes(name) + _bytes(attribute["DataType"])
        size += _bytes(value) if isinstance(value, str) else len(value)
    if size > MESSAGE_BYTES:
        return Refusal(code, "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.")  # fmt: skip
    texts = [body, *(each.get("StringValue", "") for each in attributes.values())]
    if not all(map(_XML.fullmatch, texts)):
        return Refusal("InvalidMessageContents", "The message contains characters outside the allowed set.")  # fmt: skip
    if not 0 <= params.get("DelaySeconds", 0) <= 900:
        return Refusal(code, "DelaySeconds must be >= 0 and <= 900.")
    return None


def _put_schedule(params: Params) -> Refusal | None:
    expression = params["ScheduleExpression"]
    if expression.startswith("at(") and not _AT.fullmatch(expression):
        return Refusal(_VALIDATION, f"Invalid Schedule Expression {expression}.")
    if not expression.startswith(("at(", "rate(", "cron(")):
        return Refusal(_VALIDATION, f"Invalid Schedule Expression {expression}.")
    if _bytes(params["Target"].get("Input", "")) > SCHEDULE_INPUT_BYTES:
        return Refusal(_VALIDATION, "Input must be at most 262144 bytes")
    window = params["FlexibleTimeWindow"]
    if (window["Mode"] == "OFF") == ("MaximumWindowInMinutes" in window):
        return Refusal(_VALIDATION, "Flexible time window: OFF has no maximum, FLEXIBLE needs one")
    return None


# --- Messages ----------------------------------------------------------------------------------------


def _send_email(params: Params) -> Refusal | None:
    code = "BadRequestException"
    content = params["Content"]
    if len(content) != 1:
        return Refusal(code, "Content is one of Simple, Raw and Template.")
    destination = params.get("Destination", {})
    recipients = [address for group in destination.values() for address in group]
    if not 1 <= len(recipients) <= 50:
        return Refusal("MessageRejected", "Recipient count is between 1 and 50.")
    for address in [*recipients, *params.get("ReplyToAddresses", []), params["FromEmailAddress"]]:
        if not address.isascii():
            return Refusal(code, "Local address contains control or whitespace, or is not ASCII")
        if len(address) > 320:
            return Refusal(code, "An address has at most 320 characters.")
    for header in content.get("Simple", {}).get("Headers", []):
        if len(header["Name"]) + len(header["Value"]) > 996:
            return Refusal(code, "A header's name and value have at most 996 characters.")
    if "Raw" in content and (problem := _raw_problem(bytes(content["Raw"]["Data"]))):
        return Refusal(code, problem)
    for tag in params.get("EmailTags", []):
        if not (_SES_TAG.fullmatch(tag["Name"]) and _SES_TAG.fullmatch(tag["Value"])):
            return Refusal(code, f"Invalid tag {tag['Name']}.")
    return None


def _raw_problem(data: bytes) -> str:
    if len(data) * 4 // 3 > RAW_BYTES:
        return "Message length is more than 40 MB."
    if not data.isascii():
        return "A part has characters beyond ASCII."
    head, empty, body = data.partition(b"\r\n\r\n")
    if not (empty and body):
        return "No empty line between header and body."
    if any(len(line) > 998 or b"\n" in line or b"\r" in line for line in data.split(b"\r\n")):
        return "A line is longer than 1,000 characters, or ends otherwise than with CR LF."
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1].strip()]
    for name in (b"from", b"to", b"subject", b"mime-version"):
        if names.count(name) != 1:
            return f"The header {name.decode()} stands {names.count(name)} times."
    return ""


def _publish(params: Params) -> Refusal | None:
    code = "InvalidParameter"
    if sum(name in params for name in ("PhoneNumber", "TopicArn", "TargetArn")) != 1:
        return Refusal(code, "Invalid parameter: one of TopicArn, TargetArn and PhoneNumber")
    if not params["Message"]:
        return Refusal(code, "Invalid parameter: Empty message")
    if "PhoneNumber" not in params:
        return None
    if len(params["Message"]) > 1600:
        return Refusal(code, "Invalid parameter: Message too long")
    attributes = params.get("MessageAttributes", {})
    sender = attributes.get("AWS.SNS.SMS.SenderID", {}).get("StringValue", "Bookflow")
    kind = attributes.get("AWS.SNS.SMS.SMSType", {}).get("StringValue", "Promotional")
    if not _SENDER_ID.fullmatch(sender) or kind not in ("Promotional", "Transactional"):
        return Refusal("InvalidParameterValue", "Invalid parameter: MessageAttributes")
    return _phone_number(params["PhoneNumber"])


def _check_opted_out(params: Params) -> Refusal | None:
    return _phone_number(params["phoneNumber"])


def _phone_number(number: str) -> Refusal | None:
    if _E164.fullmatch(number):
        return None
    return Refusal("InvalidParameter", "Invalid parameter: PhoneNumber is not in E.164 format")


# --- Parameter Store ---------------------------------------------------------------------------------


def _put_parameter(params: Params) -> Refusal | None:
    value = params["Value"]
    if not value:
        return Refusal(_VALIDATION, "Value must have length greater than or equal to 1")
    if params.get("Tier", "Standard") == "Standard" and _bytes(value) > PARAMETER_BYTES:
        return Refusal(_VALIDATION, "Standard tier parameters support a maximum parameter value of 4096 characters.")  # fmt: skip
    if re.search(r"\{\{.*\}\}", value, re.DOTALL):
        return Refusal(_VALIDATION, 'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.')  # fmt: skip
    return _parameter_name(params["Name"])


def _delete_parameter(params: Params) -> Refusal | None:
    return _parameter_name(params["Name"])


def _parameters_by_path(params: Params) -> Refusal | None:
    path = params["Path"]
    if path == "/":
        return None
    if not path.startswith("/"):
        return Refusal(_VALIDATION, "The parameter doesn't meet the parameter name requirements.")
    return _parameter_name(path.rstrip("/"))


def _parameter_name(name: str) -> Refusal | None:
    parts = name.strip("/").split("/")
    if len(parts) > 15:
        return Refusal("HierarchyLevelLimitExceededException", "A hierarchy has at most 15 levels.")
    if (
        not _SSM_NAME.fullmatch(name)
        or len(name) > 1011
        or re.match(r"(?i)(aws|ssm)", parts[0])
        or ("/" in name and not name.startswith("/"))
    ):
        return Refusal(_VALIDATION, "Parameter name: can't be prefixed with \"aws\" or \"ssm\", and holds only a-zA-Z0-9_.-/")  # fmt: skip
    return None


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


_CHECKS: dict[tuple[str, str], Callable[[Params], Refusal | None]] = {
    ("dynamodb", "BatchGetItem"): _batch_get_item,
    ("dynamodb", "DeleteItem"): _delete_item,
    ("dynamodb", "GetItem"): _get_item,
    ("dynamodb", "PutItem"): _put_item,
    ("dynamodb", "Query"): _query,
    ("dynamodb", "TransactWriteItems"): _transact_write_items,
    ("dynamodb", "UpdateItem"): _update_item,
    ("events", "PutEvents"): _put_events,
    ("lambda", "Invoke"): _invoke,
    ("scheduler", "CreateSchedule"): _put_schedule,
    ("scheduler", "UpdateSchedule"): _put_schedule,
    ("sesv2", "SendEmail"): _send_email,
    ("sns", "CheckIfPhoneNumberIsOptedOut"): _check_opted_out,
    ("sns", "Publish"): _publish,
    ("sqs", "SendMessage"): _send_message,
    ("ssm", "DeleteParameter"): _delete_parameter,
    ("ssm", "GetParametersByPath"): _parameters_by_path,
    ("ssm", "PutParameter"): _put_parameter,
    ("stepfunctions", "CreateStateMachine"): _create_state_machine,
    ("stepfunctions", "ListExecutions"): _list_executions,
    ("stepfunctions", "SendTaskSuccess"): _send_task_success,
    ("stepfunctions", "StartExecution"): _start_execution,
    ("stepfunctions", "TagResource"): _sfn_tags,
}
