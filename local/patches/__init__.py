"""The disclosed patches of the emulator: each file names the gap to AWS that it closes.

They run inside the emulator's own virtual environment (`python -m local.patches`), never in the
product's code or tests. Each module has an `apply()`; `docs/local-emulator.md` lists the gaps.
"""

from __future__ import annotations

PATCHED_VERSION = "1.5.33"
"""The one release of ministack that the patches were written against and tried with."""

PATCHES = (
    "lambda_failed_start",
    "lambda_errors",
    "lambda_runtime_path",
    "lambda_unpack_once",
    "lambda_concurrency",
    "sfn_paths",
    "sfn_retry",
    "sfn_branches",
    "sfn_lifecycle",
    "sfn_definitions",
    "sfn_callback",
    "scheduler_firing",
    "scheduler_api",
    "events_limits",
    "http_api",
    "identity",
    "call_counts",
    "http_api_address",
    "outbox_fields",
    "sns_opt_out",
    "aws_refusals",
    "iam_denials",
    "iam_resources",
    "alarm_math",
)
