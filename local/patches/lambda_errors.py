"""Gap: a Python exception's type is lost (`Runtime.HandlerError`) and ends the worker.

AWS answers a failed invocation with `errorMessage`, `errorType` (the exception's class name),
`requestId` and `stackTrace`, and keeps the execution environment warm. Step Functions matches
Retry and Catch by that `errorType`, and gives the JSON of the answer as the Cause. A process that
died is `Runtime.ExitError`, also at its start, and a throttled call is
`Lambda.TooManyRequestsException` ("Handle Lambda service exceptions").
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import threading

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

_HANDLER_CALL = """\
        try:
            result = handler_fn(event, context)
            _real_stdout.write(json.dumps({"status": "ok", "result": result}) + "\\n")
        except Exception as e:
            _real_stdout.write(json.dumps({"status": "error", "error": str(e), "trace": traceback.format_exc()}) + "\\n")
"""

_HANDLER_CALL_WITH_TYPE = """\
        try:
            result = handler_fn(event, context)
        except Exception as e:
            _failure = {
                "errorMessage": str(e),
                "errorType": type(e).__name__,
                "requestId": context.aws_request_id,
                "stackTrace": traceback.format_tb(e.__traceback__)[1:],
            }
            traceback.print_exc()
            sys.stderr.flush()
            _real_stdout.write(json.dumps({"status": "ok", "failure": _failure}) + "\\n")
        else:
            try:
                _answer = json.dumps({"status": "ok", "result": result})
            except (TypeError, ValueError) as e:
                _answer = json.dumps({"status": "ok", "failure": {
                    "errorMessage": "Unable to marshal response: " + str(e),
                    "errorType": "Runtime.MarshalError",
                    "requestId": context.aws_request_id,
                    "stackTrace": [],
                }})
            _real_stdout.write(_answer + "\\n")
"""

_INIT_ERROR = """\
    except Exception as e:
        _real_stdout.write(json.dumps({"status": "error", "error": str(e)}) + "\\n")
"""

_INIT_ERROR_WITH_TRACE = """\
    except Exception as e:
        _real_stdout.write(json.dumps({"status": "error", "error": traceback.format_exc()}) + "\\n")
"""

_INIT_FAILED = "Worker init failed: "
_DIED = ("Worker process died", "Worker process exited immediately", "[Errno 32] Broken pipe")

_NOT_STARTED = ("Failed to extract layer", "Failed to resolve layer")

_last = threading.local()


def apply() -> None:
    """Has the worker report the exception as data, and the service answer with it."""
    lambda_runtime._PYTHON_WORKER_SCRIPT = _replaced(
        _replaced(lambda_runtime._PYTHON_WORKER_SCRIPT, _HANDLER_CALL, _HANDLER_CALL_WITH_TYPE),
        _INIT_ERROR,
        _INIT_ERROR_WITH_TRACE,
    )
    invoke = lambda_runtime.Worker.invoke
    execute = lambda_svc._execute_function_warm

    def invoke_keeping_failure(self, event, request_id, **options):
        response = invoke(self, event, request_id, **options)
        _last.failure = response.get("failure") if isinstance(response, dict) else None
        return response

    def execute_with_failure(func, event, request_id):
        _last.failure = None
        result = execute(func, event, request_id)
        if _last.failure is not None:
            return {"body": _last.failure, "error": True, "log": result.get("log", "")}
        return _with_aws_error_type(result, request_id)

    throttled = lambda_svc._throttle_response

    def throttled_by_name(*args, **options):
        answer = throttled(*args, **options)
        answer["body"]["errorType"] = "Lambda.TooManyRequestsException"
        return answer

    lambda_svc._throttle_response = throttled_by_name
    lambda_runtime.Worker.invoke = invoke_keeping_failure
    lambda_svc._execute_function_warm = execute_with_failure


def _with_aws_error_type(result, request_id):
    body = result.get("body")
    if not result.get("error") or not isinstance(body, dict):
        return result
    message = str(body.get("errorMessage", ""))
    if message.startswith(_INIT_FAILED):
        trace = message.removeprefix(_INIT_FAILED).strip()
        reason = trace.splitlines()[-1] if trace else ""
        failed_import = reason.startswith(("ImportError", "ModuleNotFoundError", "SyntaxError"))
        body["errorType"] = "Runtime.ImportModuleError" if failed_import else reason.split(":")[0]
        body["errorMessage"] = reason
        result["log"] = f"{result.get('log', '')}\n{trace}"
    elif message.startswith(_NOT_STARTED):
        # A fault of the service, which AWS reports as its own.
        body["errorType"] = "Lambda.ServiceException"
    elif message.startswith(_DIED):
        body["errorType"] = "Runtime.ExitError"
        body["errorMessage"] = f"RequestId: {request_id} Error: Runtime exited"
    return result


def _replaced(script: str, old: str, new: str) -> str:
    if script.count(old) != 1:
        raise SystemExit("lambda_errors: the emulator's worker script is not the one expected")
    return script.replace(old, new)
