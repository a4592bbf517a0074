"""Gap: for three calls a role is asked about another resource than in AWS, or about none.

GetParametersByPath is about the parameters below its path, a schedule belongs to its group, and
SendEmail is about the sender's identity and the configuration set, with the sender as condition key
(Service Authorization Reference).
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import json
from email.utils import parseaddr

from ministack import app
from ministack.core import iam_actions
from ministack.core.responses import get_account_id
from ministack.core.router import extract_region


def apply() -> None:
    """Names the resources as AWS does."""
    extract = iam_actions.extract_resource_arn
    enforce_ses = app._enforce_ses_v2

    def extract_as_aws(service, method, path, headers, body, query_params, region, account_id):
        arn = extract(service, method, path, headers, body, query_params, region, account_id)
        if service == "ssm" and headers.get("x-amz-target", "").endswith(".GetParametersByPath"):
            return f"arn:aws:ssm:{region}:{account_id}:parameter{json.loads(body)['Path']}"
        if service == "scheduler" and ":schedule/default/" in arn:
            group = _one(query_params.get("groupName")) or (
                json.loads(body).get("GroupName") if body else None
            )
            return arn.replace(":schedule/default/", f":schedule/{group or 'default'}/")
        return arn

    def enforce_ses_as_aws(method, path, headers, body, query_params, request_id):
        if method != "POST" or not path.rstrip("/").endswith("/outbound-emails"):
            return enforce_ses(method, path, headers, body, query_params, request_id)
        email = json.loads(body)
        sender = parseaddr(email["FromEmailAddress"])[1]
        names = [f"identity/{sender}"]
        if "ConfigurationSetName" in email:
            names.append(f"configuration-set/{email['ConfigurationSetName']}")
        for name in names:
            denied = app._enforce_data_plane(
                "sesv2",
                "ses:SendEmail",
                headers,
                query_params,
                request_id,
                resource_arn=f"arn:aws:ses:{extract_region(headers, query_params)}:{get_account_id()}:{name}",
                service_context={"ses:FromAddress": sender},
            )
            if denied:
                return denied
        return None

    iam_actions.extract_resource_arn = extract_as_aws
    app._enforce_ses_v2 = enforce_ses_as_aws


def _one(value):
    return value[0] if isinstance(value, list) else value
