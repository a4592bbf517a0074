"""Gap: CloudFormation refuses an alarm over several metrics (`Metrics`), which AWS takes.

The alarm is kept with the first of its metrics. The emulator measures nothing that could set it off.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

from ministack.services.cloudformation import provisioners


def apply() -> None:
    """Takes such alarms."""
    alarm = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
    create = alarm["create"]

    def create_with_one_metric(logical_id, props, stack_name):
        queries = props.get("Metrics") or []
        if queries:
            first = next(each["MetricStat"] for each in queries if "MetricStat" in each)
            plain = {name: value for name, value in props.items() if name != "Metrics"}
            props = {
                **plain,
                **{name: first["Metric"].get(name) for name in ("Namespace", "MetricName")},
                "Period": first["Period"],
                "Statistic": first["Stat"],
            }
        return create(logical_id, props, stack_name)

    alarm["create"] = create_with_one_metric
