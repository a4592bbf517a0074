"""What a Python function finds in AWS besides the standard library, its own code and its layers."""

from __future__ import annotations

RUNTIME_PACKAGES = (
    "boto3",
    "botocore",
    "s3transfer",
    "jmespath",
    "dateutil",
    "urllib3",
    "six.py",
)
"""The runtime's own packages: boto3 with its dependencies."""
