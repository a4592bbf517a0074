"""Starts a function as Lambda's runtime does, or something to compare it with, and prints what it took.

Usage: python -I -S starting_function.py WHAT FOLDER... ; the folders become `sys.path`.

Prints the processor time in seconds and the memory in MB. WHAT is `import` (app.py of the first
folder, and its table), `dispatcher` (with its two clients), `lean` or `naive`.
"""

# It runs by itself, by whichever Python: nothing of this repository but the function may be imported.
# mypy: ignore-errors

import time

began = time.process_time()

import os  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402


def lean():
    """What a function with the dispatcher's two clients and a log needs at least."""
    import boto3
    from aws_lambda_powertools import Logger

    Logger()
    for service in ("dynamodb", "stepfunctions"):
        boto3.client(service)


def naive():
    """What a function imports whose author takes all that might be useful, and four clients."""
    import boto3
    import httpx  # noqa: F401
    import jinja2  # noqa: F401
    from aws_lambda_powertools import Logger, Metrics, Tracer  # noqa: F401
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver  # noqa: F401
    from aws_lambda_powertools.utilities.batch import BatchProcessor  # noqa: F401
    from aws_lambda_powertools.utilities.data_classes import SQSEvent  # noqa: F401
    from aws_lambda_powertools.utilities.idempotency import idempotent  # noqa: F401
    from aws_lambda_powertools.utilities.parser import event_parser  # noqa: F401

    Logger()
    Metrics(namespace="Bookflow")
    for service in ("dynamodb", "stepfunctions", "events", "sqs"):
        boto3.client(service)


def function(*ports):
    """One of ours, with the clients behind these ports."""
    import app  # noqa: F401

    from bookflow.bootstrap import services

    for port in ports:
        getattr(services(), port)


def main(what, folders):
    """Start it and print the figures."""
    sys.dont_write_bytecode = True
    sys.path[:0] = folders
    match what:
        case "lean":
            lean()
        case "naive":
            naive()
        case "dispatcher":
            function("bookings", "machines")
        case _:
            function("bookings")
    seconds = time.process_time() - began
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(seconds, memory, flush=True)
    os._exit(0)


main(sys.argv[1], sys.argv[2:])
