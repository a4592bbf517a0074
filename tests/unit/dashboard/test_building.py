"""When the dashboard is built, what happens without npm, and how small its first view is."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bookflow.dashboard import Dashboard, SignIn
from scripts.build_dashboard import (
    DECIDE_INSTALL,
    SOURCES,
    STAMP,
    DashboardError,
    build,
    digest_of,
    install,
    package,
)

DIST = Path(__file__).parents[3] / "dashboard" / "dist"
FIRST_VIEW_LIMIT_BYTES = 200_000

FakeNpm = Callable[[str], Path]

NPM = """#!/bin/sh
echo "$@" >> calls
case "$1" in
  ci) mkdir -p node_modules ;;
  exec) rm -rf dist; mkdir dist; echo "<title>$(cat src/main.tsx)</title>" > dist/index.html ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dashboard with next to nothing in it."""
    folder = tmp_path / "dashboard"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.tsx").write_text("one")
    for name in SOURCES:
        if "." in name:
            (folder / name).write_text("{}")
    return folder


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNpm:
    """Put a program called npm first on the path."""

    def put(script: str) -> Path:
        program = tmp_path / "bin" / "npm"
        program.parent.mkdir(exist_ok=True)
        program.write_text(script)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        return program

    return put


@pytest.fixture
def no_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def calls(folder: Path) -> list[str]:
    return [line.split()[0] for line in (folder / "calls").read_text().splitlines()]


def test_the_same_sources_are_installed_and_built_once(folder: Path, npm: FakeNpm) -> None:
    npm(NPM)
    for _ in range(2):
        built = build(folder)
        assert (built / "index.html").read_text() == "<title>one</title>\n"
    assert calls(folder) == ["ci", "exec"]


def test_changed_sources_are_built_again_without_installing(folder: Path, npm: FakeNpm) -> None:
    npm(NPM)
    build(folder)
    (folder / "src" / "main.tsx").write_text("two")
    assert (build(folder) / "index.html").read_text() == "<title>two</title>\n"
    assert calls(folder) == ["ci", "exec", "exec"]


def test_a_changed_lock_file_is_installed(folder: Path, npm: FakeNpm) -> None:
    npm(NPM)
    build(folder)
    (folder / "package-lock.json").write_text('{"packages": {}}')
    build(folder)
    assert calls(folder) == ["ci", "exec", "ci", "exec"]


def test_a_build_installs_no_checks_and_checks_install_all(folder: Path, npm: FakeNpm) -> None:
    npm(NPM)
    build(folder)
    install(folder)
    (folder / "src" / "main.tsx").write_text("two")
    build(folder)
    installs = [line for line in (folder / "calls").read_text().splitlines() if line[:2] == "ci"]
    assert ["--omit=dev" in line for line in installs] == [True, False]


@pytest.mark.usefixtures("no_npm")
def test_what_is_built_needs_no_node(folder: Path) -> None:
    (folder / "dist").mkdir()
    (folder / "dist" / "index.html").write_text("built elsewhere")
    (folder / "dist" / STAMP).write_text(digest_of(folder, SOURCES))
    assert (build(folder) / "index.html").read_text() == "built elsewhere"


@pytest.mark.usefixtures("no_npm")
def test_what_is_older_is_used_with_a_warning_where_it_cannot_be_built(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "dist").mkdir()
    (folder / "dist" / "index.html").write_text("older")
    assert (build(folder) / "index.html").read_text() == "older"
    assert "was built before is used. npm was not found" in capsys.readouterr().err
    assert not (folder / "dist" / STAMP).exists()


@pytest.mark.usefixtures("no_npm")
def test_neither_node_nor_a_built_dashboard_is_reported_with_what_to_do(folder: Path) -> None:
    with pytest.raises(DashboardError, match=r"install Node 20.19 or newer, or put a built"):
        build(folder)


def test_a_failed_installation_is_not_remembered(folder: Path, npm: FakeNpm) -> None:
    npm("#!/bin/sh\nexit 1\n")
    with pytest.raises(DashboardError, match="npm ci failed"):
        build(folder)
    npm(NPM)
    assert (build(folder) / STAMP).exists()


def test_the_digest_follows_names_and_contents(folder: Path) -> None:
    before = digest_of(folder, SOURCES)
    (folder / "dist").mkdir()
    (folder / "dist" / "index.html").write_text("built")
    assert digest_of(folder, SOURCES) == before
    (folder / "src" / "main.tsx").rename(folder / "src" / "start.tsx")
    assert digest_of(folder, SOURCES) != before
    assert set(DECIDE_INSTALL) < set(SOURCES)


def test_text_is_packed_the_same_each_time_and_pictures_are_left(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<p>page")
    (dist / "assets" / "a-1.woff2").write_bytes(b"wOF2")
    (dist / STAMP).write_text("digest")
    targets = [tmp_path / "one", tmp_path / "two"]
    for target in targets:
        package(dist, target)
        names = {path.relative_to(target).as_posix() for path in target.rglob("*.*")}
        assert names == {"index.html.gz", "assets/a-1.woff2"}
    packed, again = ((target / "index.html.gz").read_bytes() for target in targets)
    assert packed == again
    assert gzip.decompress(packed) == b"<p>page"


class _Links(HTMLParser):
    """Collects what a page loads at once."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and given.get("src"):
            self.found.append(str(given["src"]))
        if tag == "link" and given.get("href"):
            self.found.append(str(given["href"]))


def test_the_first_view_is_small(tmp_path: Path) -> None:
    """The page, what it names, and the one font that English needs, as they go over the wire."""
    if not (DIST / "index.html").is_file():
        pytest.skip("the dashboard is not built; make dashboard builds it")
    site = tmp_path / "site"
    package(DIST, site)
    page = (DIST / "index.html").read_text(encoding="utf-8")
    links = _Links()
    links.feed(page)
    names = ["", "config.json", *(link.removeprefix("./") for link in links.found)]
    styles = "".join(path.read_text(encoding="utf-8") for path in DIST.glob("assets/index-*.css"))
    fonts = re.findall(r"url\(\.?/?(?:assets/)?(inter-latin-wght-normal-[\w-]+\.woff2)\)", styles)
    assert len(set(fonts)) == 1
    names.append(f"assets/{fonts[0]}")
    dashboard = Dashboard(site, SignIn("https://login.example.com", "c", "openid"))
    sizes = {}
    for name in names:
        answer = dashboard.answer(f"/dashboard/{name}", name, {"accept-encoding": "gzip"})
        assert answer.status == 200, name
        sizes[name] = len(answer.body)
    assert any(name.endswith(".js") for name in names)
    assert sum(sizes.values()) < FIRST_VIEW_LIMIT_BYTES, sizes
