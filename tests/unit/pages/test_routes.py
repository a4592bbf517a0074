"""The template's routes to the pages: open to everybody, throttled, and nothing beside them."""

from __future__ import annotations

from tests.unit.template import checks

PUBLIC = {
    "GET /s/{proxy+}",
    "POST /s/{proxy+}",
    "GET /u/{proxy+}",
    "POST /u/{proxy+}",
    "GET /c/{proxy+}",
}


def test_the_pages_have_their_routes_and_no_authorizer() -> None:
    template = checks.load()
    routes = checks.resources(template, "AWS::ApiGatewayV2::Route")
    ours = {
        route["RouteKey"]: route["AuthorizationType"]
        for route in routes.values()
        if "PagesIntegration" in str(route["Target"])
    }
    assert ours == dict.fromkeys(PUBLIC, "NONE")


def test_each_of_them_is_throttled_below_the_api() -> None:
    template = checks.load()
    (stage,) = checks.resources(template, "AWS::ApiGatewayV2::Stage").values()
    default = stage["DefaultRouteSettings"]
    for name in PUBLIC:
        for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
            assert 0 < stage["RouteSettings"][name][limit] < default[limit]


def test_the_pages_may_read_and_write_records_and_tell_the_bus_and_nothing_else() -> None:
    function = checks.functions(checks.load())["PagesFunction"]
    shared, own = function["Policies"]
    assert shared == {"Ref": "PutEventsPolicy"}
    (statement,) = own["Statement"]
    assert statement["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}
    assert statement["Action"] == ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"]
