"""What the dashboard's function answers: files with their headers, and nothing outside its folder."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bookflow.dashboard import Dashboard, SignIn
from bookflow.domain.shared.errors import PermanentError

PAGE = b"<!doctype html><title>Bookflow</title>"
SCRIPT = b"console.log('hello');" * 50
FONT = b"wOF2" + bytes(range(256))
SIGN_IN = SignIn("https://login.example.com/tenant", "dashboard", "openid profile")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "assets").mkdir(parents=True)
    (site / "index.html.gz").write_bytes(gzip.compress(PAGE, mtime=0))
    (site / "assets" / "index-3f9a.js.gz").write_bytes(gzip.compress(SCRIPT, mtime=0))
    (site / "assets" / "inter-77aa.woff2").write_bytes(FONT)
    (tmp_path / "secret.txt").write_text("not for you")
    return site


@pytest.fixture
def dashboard(folder: Path) -> Dashboard:
    return Dashboard(folder, SIGN_IN)


def get(dashboard: Dashboard, name: str = "", **headers: str) -> dict[str, Any]:
    """Ask for a file as API Gateway passes it on, from a browser that takes gzip."""
    spelled = {key.replace("_", "-"): value for key, value in headers.items()}
    return dashboard(
        {
            "version": "2.0",
            "rawPath": f"/dashboard/{name}",
            "pathParameters": {"proxy": name},
            "headers": {"accept-encoding": "gzip, deflate, br", **spelled},
        }
    )


def body(answer: dict[str, Any]) -> bytes:
    assert answer["isBase64Encoded"]
    return base64.b64decode(answer["body"])


def test_the_page_is_sent_packed_and_asked_for_again_each_time(dashboard: Dashboard) -> None:
    answer = get(dashboard)
    assert answer["statusCode"] == 200
    assert gzip.decompress(body(answer)) == PAGE
    headers = answer["headers"]
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("assets/index-3f9a.js", "text/javascript; charset=utf-8"),
        ("assets/inter-77aa.woff2", "font/woff2"),
    ],
)
def test_files_with_a_digest_in_their_name_are_kept_for_ever(
    dashboard: Dashboard, name: str, kind: str
) -> None:
    headers = get(dashboard, name)["headers"]
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["Content-Type"] == kind


def test_a_font_is_sent_as_it_is(dashboard: Dashboard) -> None:
    answer = get(dashboard, "assets/inter-77aa.woff2")
    assert body(answer) == FONT
    assert "Content-Encoding" not in answer["headers"]
    assert "Vary" not in answer["headers"]


@pytest.mark.parametrize("accepted", ["", "br", "identity", "gzip;q=0", "gzip; q=0.0, br"])
def test_clients_without_gzip_get_it_unpacked(dashboard: Dashboard, accepted: str) -> None:
    answer = get(dashboard, "assets/index-3f9a.js", accept_encoding=accepted)
    assert body(answer) == SCRIPT
    assert "Content-Encoding" not in answer["headers"]
    assert "ETag" not in answer["headers"]
    assert answer["headers"]["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "accepted", ["gzip", "br;q=1.0, gzip;q=0.8", "GZIP;q=1", "*", "gzip;q=0.05"]
)
def test_clients_with_gzip_get_it_packed(dashboard: Dashboard, accepted: str) -> None:
    answer = get(dashboard, "assets/index-3f9a.js", accept_encoding=accepted)
    assert answer["headers"]["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("spelling", ["{}", "W/{}", '"other", {}', "*"])
@pytest.mark.parametrize("name", ["", "config.json", "assets/inter-77aa.woff2"])
def test_what_is_known_is_not_sent_again(dashboard: Dashboard, name: str, spelling: str) -> None:
    etag = get(dashboard, name)["headers"]["ETag"]
    answer = get(dashboard, name, if_none_match=spelling.format(etag))
    assert answer["statusCode"] == 304
    assert body(answer) == b""
    assert answer["headers"]["ETag"] == etag
    assert "Content-Type" not in answer["headers"]
    assert "Content-Security-Policy" in answer["headers"]


def test_what_has_changed_is_sent(dashboard: Dashboard, folder: Path) -> None:
    etag = get(dashboard)["headers"]["ETag"]
    (folder / "index.html.gz").write_bytes(gzip.compress(b"new", mtime=0))
    answer = get(dashboard, if_none_match=etag)
    assert answer["statusCode"] == 200
    assert gzip.decompress(body(answer)) == b"new"


def test_the_configuration_says_where_to_sign_in(dashboard: Dashboard) -> None:
    answer = get(dashboard, "config.json")
    assert json.loads(body(answer)) == {
        "api": "..",
        "issuer": "https://login.example.com/tenant",
        "client_id": "dashboard",
        "scope": "openid profile",
    }
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["headers"]["Cache-Control"] == "no-cache"


def test_the_configuration_comes_from_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOKFLOW_ISSUER", "https://pool.example.com/p-1")
    monkeypatch.setenv("BOOKFLOW_CLIENT_ID", "c-1")
    monkeypatch.setenv("BOOKFLOW_SCOPE", "openid")
    monkeypatch.setenv("BOOKFLOW_TOKEN_ORIGIN", "https://tokens.example.com")
    answer = get(Dashboard(folder), "config.json")
    assert json.loads(body(answer))["client_id"] == "c-1"
    policy = answer["headers"]["Content-Security-Policy"]
    assert "connect-src 'self' https://pool.example.com https://tokens.example.com;" in policy


@pytest.mark.parametrize("missing", ["BOOKFLOW_ISSUER", "BOOKFLOW_CLIENT_ID", "BOOKFLOW_SCOPE"])
def test_a_missing_setting_is_named(missing: str) -> None:
    environment = {
        "BOOKFLOW_ISSUER": "https://login.example.com",
        "BOOKFLOW_CLIENT_ID": "c-1",
        "BOOKFLOW_SCOPE": "openid",
        missing: "",
    }
    with pytest.raises(PermanentError, match=missing):
        SignIn.from_environment(environment)


@pytest.mark.parametrize("name", ["", "nothing.js", "config.json"])
def test_every_answer_carries_the_guards(dashboard: Dashboard, name: str) -> None:
    headers = get(dashboard, name)["headers"]
    policy = headers["Content-Security-Policy"]
    for rule in (
        "default-src 'self'",
        "connect-src 'self' https://login.example.com",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    ):
        assert f"{rule};" in f"{policy};"
    assert "script-src" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("prefix", ["", "/ops/bookflow"])
def test_the_bare_address_leads_to_the_page_under_any_prefix(
    dashboard: Dashboard, prefix: str
) -> None:
    answer = dashboard({"rawPath": f"{prefix}/dashboard"})
    assert answer["statusCode"] == 308
    assert answer["headers"]["Location"] == "dashboard/"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "assets/../../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "..\\secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "./index.html",
        "assets",
        "assets/",
        "index.html.gz",
        "index.html\x00.js",
        "nothing.js",
    ],
)
def test_no_name_leads_out_of_the_folder(dashboard: Dashboard, name: str) -> None:
    answer = get(dashboard, name)
    assert answer["statusCode"] == 404
    assert body(answer) == b"This file does not exist.\n"
    assert answer["headers"]["Cache-Control"] == "no-store"


def test_importing_it_costs_no_heavy_library() -> None:
    code = "import sys, bookflow.dashboard; print(*sys.modules)"
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(__file__).parents[3] / "layers/bookflow/python")},
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"aws_lambda_powertools", "boto3", "botocore", "httpx", "jinja2", "pydantic"}
    assert heavy.isdisjoint(finished.stdout.split())
