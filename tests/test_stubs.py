"""One table of options, four faces; and what type checkers and `help()` are told is true."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import transcode_py
from transcode_py import TranscodeOptions, _native
from transcode_py.cli.flags import Parser, add_options
from transcode_py.typed import OptionValues

PACKAGE = Path(inspect.getfile(transcode_py)).parent
TABLE = {row["name"]: row for row in _native.table()}
NAMES = set(TABLE)
# What TranscodeOptions has beside the options.
OWN_METHODS = {"from_dict", "from_file", "get", "replace", "to_dict", "to_json"}


def stub(name: str) -> ast.Module:
    return ast.parse((PACKAGE / name).read_text(encoding="utf-8"))


def functions(body: list[ast.stmt]) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def classes(module: ast.Module) -> dict[str, ast.ClassDef]:
    return {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}


TRANSCODE = functions(stub("calls.pyi").body)["transcode"]
METHODS = functions(classes(stub("options.pyi"))["TranscodeOptions"].body)


def keywords() -> dict[str, ast.expr | None]:
    """The keywords of transcode() in the stub, with their defaults."""
    arguments = TRANSCODE.args
    missing: list[ast.expr | None] = [None] * (len(arguments.args) - len(arguments.defaults))
    found = dict(zip([a.arg for a in arguments.args], [*missing, *arguments.defaults], strict=True))
    found |= dict(zip([a.arg for a in arguments.kwonlyargs], arguments.kw_defaults, strict=True))
    return found


def test_keywords_of_transcode() -> None:
    assert set(keywords()) - {"progress", "progress_callback"} == NAMES


def test_methods_of_the_options() -> None:
    described = {name for name in METHODS if not name.startswith("_")}
    real = {name for name in dir(TranscodeOptions) if not name.startswith("_")}
    assert described == real
    assert described - OWN_METHODS == NAMES


def test_keys_of_from_dict() -> None:
    assert set(OptionValues.__annotations__) == NAMES
    for name in NAMES:
        assert TranscodeOptions.from_dict({name: None}) == TranscodeOptions()
    with pytest.raises(transcode_py.InvalidOptionError):
        TranscodeOptions.from_dict({"progress": None})


def test_flags_of_the_command() -> None:
    parser = Parser("transcode", None, "")
    add_options(parser)
    flags = {flag for action in parser._actions for flag in action.option_strings}
    positional = {action.dest for action in parser._actions if not action.option_strings}
    assert positional == {"input", "output"}
    assert {flag for flag in flags if not flag.startswith(("--no-", "-h", "--help"))} == {
        "--" + name.replace("_", "-") for name in NAMES - positional
    }


def test_defaults_of_the_stub_are_those_of_the_table() -> None:
    for name, expression in keywords().items():
        if expression is not None and name in TABLE:
            default = json.loads(TABLE[name]["default"])
            # None stands for the table's 0, which has the machine choose.
            assert ast.literal_eval(expression) == (None if name == "threads" else default), name


def test_every_option_is_explained() -> None:
    text = ast.get_docstring(TRANSCODE)
    assert text is not None
    for name in keywords():
        assert f"\n    {name}: " in text, name
    for name in NAMES:
        method = getattr(TranscodeOptions, name)
        assert method.__name__ == name
        assert TABLE[name]["help"] in method.__doc__


def undocumented(module: ast.Module) -> list[str]:
    missing = []
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            private = node.name.startswith("_")
            if not private and ast.get_docstring(node) is None:
                missing.append(node.name)
        if isinstance(node, ast.ClassDef) and ("Value" in map(ast.unparse, node.bases) or node.name.endswith("Stream")):
            for field, after in zip(node.body, [*node.body[1:], None], strict=True):
                plain = isinstance(field, ast.AnnAssign) and not ast.unparse(field.target).startswith("_")
                if plain and not (isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)):
                    missing.append(f"{node.name}.{ast.unparse(field.target)}")  # type: ignore[attr-defined]
    return missing


@pytest.mark.parametrize("name", ["calls.pyi", "options.pyi", "_native.pyi", "errors.py", "info.py", "media.py"])
def test_everything_public_has_a_docstring(name: str) -> None:
    assert undocumented(stub(name)) == []


@pytest.mark.parametrize(
    "name", ["batch/__init__.py", "comparing.py", "comparison.py", "reports.py", "transcoder.py", "typed.py"]
)
def test_everything_public_beside_has_a_docstring(name: str) -> None:
    assert undocumented(stub(name)) == []


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()


def test_the_stub_exports_what_the_package_does() -> None:
    exports = next(
        node.value
        for node in stub("__init__.pyi").body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    assert ast.literal_eval(exports) == transcode_py.__all__
    for name in transcode_py.__all__:
        assert getattr(transcode_py, name) is not None
    assert set(transcode_py.__all__) <= set(dir(transcode_py))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        transcode_py.nothing  # type: ignore[attr-defined]  # noqa: B018 - reading it is the test


def test_version() -> None:
    assert transcode_py.version() == transcode_py.__version__
    manifest = (Path(__file__).parent.parent / "Cargo.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{transcode_py.version()}"\n' in manifest


def child(code: str) -> Any:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_import_does_no_work() -> None:
    code = "import sys, json; before = set(sys.modules); {}; print(json.dumps(sorted(set(sys.modules) - before)))"
    assert child(code.format("import transcode_py")) == ["transcode_py"]
    heavy = {"asyncio", "dataclasses", "inspect", "logging", "numpy", "rich", "tqdm", "typing", "argparse"}
    loaded = child(code.format("import transcode_py; transcode_py.Transcoder; transcode_py.probe"))
    assert "transcode_py._native" in loaded
    assert heavy.isdisjoint(loaded)


@pytest.mark.parametrize("name", sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__main__"))
def test_modules_list_what_they_offer(name: str) -> None:
    module = importlib.import_module("transcode_py" if name == "__init__" else f"transcode_py.{name}")
    for public in getattr(module, "__all__", ()):
        assert hasattr(module, public), public
