"""The layer's bytecode: which Python makes it, that Lambda will take it, and how it is without one."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.template.checks import ROOT, load

LAYER = ROOT / "layers" / "bookflow"
HASH_BASED_UNCHECKED = (1).to_bytes(4, "little")
"""The flags of such a file, its bytes 4 to 8 (PEP 552)."""


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the build's scripts import each other, as they do in the folder that SAM copies."""
    monkeypatch.syspath_prepend(str(LAYER))
    yield
    for name in ("build", "bytecode"):
        sys.modules.pop(name, None)


@pytest.fixture
def bytecode(scripts: None) -> ModuleType:
    return importlib.import_module("bytecode")


@pytest.fixture
def build(scripts: None) -> ModuleType:
    return importlib.import_module("build")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any Python but one that is not the runtime's; return a folder of its path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", f"{folder}:{tmp_path / 'bin2'}")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return folder


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def answering(path: Path, answer: str) -> Path:
    return program(path, f"echo '{answer}'")


def test_it_is_for_the_runtime_of_the_template(bytecode: ModuleType) -> None:
    template = load()
    runtime = f"python{bytecode.LAMBDA_PYTHON}"
    assert template["Globals"]["Function"]["Runtime"] == runtime
    layer = template["Resources"]["BookflowLayer"]["Properties"]
    assert layer["CompatibleRuntimes"] == [runtime]


def test_a_python_that_does_not_run_is_passed_over(
    bytecode: ModuleType, bare: Path, tmp_path: Path
) -> None:
    program(bare / "python3.13", "echo 'python3.13: command not found' >&2; exit 127")
    good = answering(tmp_path / "bin2" / "python3.13", "cpython 3.13 final")
    assert bytecode.runtime_python(tmp_path) == good


@pytest.mark.parametrize(
    "answer", ["cpython 3.13 beta", "pypy 3.13 final", "cpython 3.12 final", ""]
)
def test_other_bytecode_than_the_runtimes_is_not_made(
    bytecode: ModuleType, bare: Path, tmp_path: Path, answer: str
) -> None:
    answering(bare / "python3.13", answer)
    assert bytecode.runtime_python(tmp_path) is None


def test_one_of_pyenv_is_found_when_it_is_not_on_the_path(
    bytecode: ModuleType, bare: Path, tmp_path: Path
) -> None:
    good = answering(
        tmp_path / "pyenv" / "versions" / "3.13.2" / "bin" / "python3.13", "cpython 3.13 final"
    )
    assert bytecode.runtime_python(tmp_path) == good


def test_uv_gets_one_where_there_is_none(bytecode: ModuleType, bare: Path, tmp_path: Path) -> None:
    kept = tmp_path / ".local" / "python"
    made = f'printf \'#!/bin/sh\\necho "cpython 3.13 final"\\n\' > "{kept}/python3.13"'
    program(
        tmp_path / ".local" / "venvs" / "uv" / "bin" / "uv",
        f'[ "$UV_PYTHON_INSTALL_DIR" = "{kept}" ] || exit 1\n'
        f'if [ "$2" = install ]; then /bin/mkdir -p {kept}; {made}; /bin/chmod +x {kept}/python3.13\n'
        f'elif [ -e "{kept}/python3.13" ]; then echo "{kept}/python3.13"; else exit 2; fi',
    )
    assert bytecode.runtime_python(tmp_path) == kept / "python3.13"


def test_without_one_the_layer_is_built_and_one_line_says_what_it_costs(
    build: ModuleType,
    bare: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program(bare / "uv", "exit 2")
    layer = built(build, tmp_path, monkeypatch)
    assert not list(layer.rglob("*.pyc"))
    (line,) = capsys.readouterr().out.splitlines()
    assert "without bytecode, so each cold start takes about twice the processor time" in line
    assert "Install it, then build again." in line


def test_with_one_every_module_of_the_layer_has_bytecode_of_the_runtime(
    build: ModuleType,
    bytecode: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    python = bytecode.runtime_python(ROOT)
    if python is None:
        pytest.skip(f"no Python {bytecode.LAMBDA_PYTHON} on this machine, and uv cannot get one")
    layer = built(build, tmp_path, monkeypatch)
    ask = "import importlib.util, sys; sys.stdout.buffer.write(importlib.util.MAGIC_NUMBER)"
    magic = subprocess.run([python, "-c", ask], capture_output=True, check=True).stdout
    modules = sorted(layer.rglob("*.py"))
    assert len(modules) > 100
    for module in modules:
        stored = module.parent / "__pycache__" / f"{module.stem}.cpython-313.pyc"
        assert stored.read_bytes()[:8] == magic + HASH_BASED_UNCHECKED
    assert "MB unzipped, with bytecode." in capsys.readouterr().out


def test_bytecode_holds_when_zips_change_the_files_times(
    bytecode: ModuleType, tmp_path: Path
) -> None:
    module = tmp_path / "code" / "one.py"
    module.parent.mkdir()
    module.write_text("def where(): return where.__code__.co_filename\nanswer = 1\n")
    bytecode.store_bytecode(Path(sys.executable), module.parent, "/opt/python")
    module.write_text("raise SystemExit('compiled from its source')\n")
    os.utime(module, (315532800, 315532800))
    ask = "import one; print(one.answer)"
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=module.parent, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("1\n", "")
    (stored,) = module.parent.rglob("*.pyc")
    assert b"/opt/python/one.py" in stored.read_bytes()


def test_equal_sources_give_equal_bytes_wherever_they_are_built(
    bytecode: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        members = ", ".join(repr(f"member {number}") for number in range(30))
        (folder / "one.py").write_text(f"def holds(x): return x in {{{members}}}\n")
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        bytecode.store_bytecode(Path(sys.executable), folder, "/opt/python")
        made.append(next(folder.rglob("*.pyc")).read_bytes())
    assert made[0] == made[1]


def test_functions_get_bytecode_after_sam_built_them(
    bytecode: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "$(SAM) build\n\t@$(PYTHON) -B layers/bookflow/bytecode.py .aws-sam/build" in makefile
    monkeypatch.setattr(bytecode, "runtime_python", lambda root: Path(sys.executable))
    code = tmp_path / "DispatcherFunction" / "app.py"
    code.parent.mkdir()
    code.write_text("answer = 1\n")
    assert bytecode.main([str(tmp_path)]) == 0
    (stored,) = code.parent.rglob("*.pyc")
    assert stored.read_bytes()[4:8] == HASH_BASED_UNCHECKED
    assert b"/var/task/app.py" in stored.read_bytes()


def built(build: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The layer for Lambda with one dependency in the place of what pip would install."""

    def install(target: Path, *_: object) -> None:
        target.mkdir()
        (target / "dependency.py").write_text("answer = 1\n")

    monkeypatch.setattr(build, "install", install)
    monkeypatch.setenv("BOOKFLOW_ROOT", str(folder))
    monkeypatch.setenv("BOOKFLOW_BUILD_TARGET", "lambda")
    assert build.main([str(folder / "layer")]) == 0
    return folder / "layer" / "python"
