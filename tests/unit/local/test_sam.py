"""When the template is built and deployed anew, and what is shown when that fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from local.console import LocalError
from local.paths import LocalPaths
from local.sam import SamDeployer, digest_of, digest_of_files, meaningful_tail

ENDPOINT = "http://127.0.0.1:1"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "functions" / "api").mkdir(parents=True)
    (tmp_path / "functions" / "api" / "app.py").write_text("a = 1\n")
    (tmp_path / "layers").mkdir()
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    return tmp_path


def digest(repository: Path) -> str:
    return digest_of_files(repository, ("template.yaml", "functions", "layers", "absent"))


def test_the_digest_follows_contents_and_names(repository: Path) -> None:
    before = digest(repository)
    assert digest(repository) == before
    (repository / "functions" / "api" / "app.py").write_text("a = 2\n")
    changed = digest(repository)
    assert changed != before
    (repository / "functions" / "api" / "app.py").rename(repository / "functions" / "main.py")
    assert digest(repository) not in (before, changed)


def test_the_digest_ignores_what_python_caches(repository: Path) -> None:
    before = digest(repository)
    cache = repository / "functions" / "api" / "__pycache__"
    cache.mkdir()
    (cache / "app.cpython-311.pyc").write_bytes(b"x")
    assert digest(repository) == before


def test_the_digest_of_values_does_not_depend_on_the_order_of_keys() -> None:
    assert digest_of([{"a": "1", "b": "2"}]) == digest_of([{"b": "2", "a": "1"}])
    assert digest_of([{"a": "1"}]) != digest_of([{"a": "2"}])


def test_the_tail_leaves_rulers_and_progress_out() -> None:
    output = """
-------------------------------------------------
CREATE_IN_PROGRESS   AWS::SQS::Queue   Queue
CREATE_FAILED        AWS::SQS::Queue   Queue   bad attribute
-------------------------------------------------
Error: Failed to create the stack

    Commands you can use next
"""
    assert meaningful_tail(output).splitlines() == [
        "CREATE_FAILED        AWS::SQS::Queue   Queue   bad attribute",
        "Error: Failed to create the stack",
    ]


def fake_sam(repository: Path, script: str) -> SamDeployer:
    sam = repository / "venv" / "bin" / "sam"
    sam.parent.mkdir(parents=True)
    sam.write_text(f"#!/bin/sh\n{script}\n")
    sam.chmod(0o755)
    return SamDeployer(LocalPaths.of(root=repository), venv=repository / "venv")


def test_a_failed_build_shows_the_tools_last_lines_and_is_not_remembered(repository: Path) -> None:
    deployer = fake_sam(repository, 'echo "Build Failed"; echo "Error: no rule"; exit 1')
    for _ in range(2):
        with pytest.raises(LocalError, match="sam build") as caught:
            deployer.deploy(ENDPOINT, {})
        assert caught.value.detail.splitlines() == ["Build Failed", "Error: no rule"]
    assert "Error: no rule" in LocalPaths.of(root=repository).sam_log.read_text()


def test_the_build_cannot_ask_questions_and_sees_no_account(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("MAKEFLAGS", "-j")
    deployer = fake_sam(repository, "env; read answer && echo answered; exit 1")
    with pytest.raises(LocalError):
        deployer.deploy(ENDPOINT, {})
    output = LocalPaths.of(root=repository).sam_log.read_text()
    assert "BOOKFLOW_BUILD_TARGET=host" in output
    for unwanted in ("AWS_PROFILE", "MAKEFLAGS", "answered"):
        assert unwanted not in output


def test_a_missing_tool_says_how_to_get_it(repository: Path) -> None:
    with pytest.raises(LocalError, match=r"environment .local/venvs/sam is not") as caught:
        SamDeployer(LocalPaths.of(root=repository)).deploy(ENDPOINT, {})
    assert "rm -rf " in caught.value.todo


def test_a_build_of_the_same_sources_is_not_made_again(repository: Path) -> None:
    build_dir = LocalPaths.of(root=repository).build_dir
    deployer = fake_sam(
        repository,
        f"echo x >> {repository}/builds; mkdir -p {build_dir}; touch {build_dir}/template.yaml",
    )
    for content in ("a = 2", "a = 2", "a = 3"):
        (repository / "functions" / "api" / "app.py").write_text(content)
        # Nothing listens there: after the build the deploy ends the call.
        with pytest.raises(EndpointConnectionError):
            deployer.deploy(ENDPOINT, {})
    assert (repository / "builds").read_text() == "x\nx\n"
