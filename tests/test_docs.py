"""The documentation keeps its word: every block of code in it runs."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", "docs/guide.md", "docs/cookbook.md"]
EXCERPT = ROOT / "media" / "sintel_excerpt.mp4"
# Programs of others that a block may show; they run quietly, so that what the cookbook compares with is true as well.
FOREIGN = {"ffmpeg": ["-v", "error", "-nostdin", "-y"], "ffprobe": ["-v", "error"]}


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: str
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [Block(page, text[: match.start()].count("\n") + 2, match[1], match[2]) for match in found]


BLOCKS = [block for page in PAGES for block in blocks(page)]


def of(*languages: str) -> list[Block]:
    """The blocks in one of these languages."""
    return [block for block in BLOCKS if block.language in languages]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a reader has: an empty folder with `input.mp4` in it."""
    shutil.copy(EXCERPT, tmp_path / "input.mp4")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", of("python"), ids=str)
@pytest.mark.usefixtures("folder")
def test_python_block_runs(block: Block) -> None:
    # Line numbers of the page in the traceback.
    code = compile("\n" * (block.line - 1) + block.code, str(ROOT / block.page), "exec")
    exec(code, {"__name__": "__main__"})


def test_python_blocks_are_typed(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    for number, block in enumerate(of("python")):
        (tmp_path / f"block_{number}.py").write_text(f"# {block}\n{block.code}", encoding="utf-8")
    words = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*words, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("block", of("sh"), ids=str)
@pytest.mark.usefixtures("folder")
def test_shell_block_runs(block: Block) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in block.code.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[0] in FOREIGN:
            program = [words[0], *FOREIGN[words[0]], *words[1:]]
            subprocess.run(program, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            continue
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= targets, line
            continue
        assert words[0] == "transcode", f"{block}: not a command that this test knows: {line}"
        subprocess.run([sys.executable, "-m", "transcode_py", *words[1:]], check=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("page", PAGES)
def test_page_has_only_blocks_that_are_run(page: str) -> None:
    languages = {block.language for block in blocks(page)}
    assert languages, "no block of code was found"
    assert languages <= {"python", "sh", "toml"}


def written() -> list[Path]:
    """Every page of the repository."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("media/*.md")])


@pytest.mark.parametrize("page", written(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not page.parent.joinpath(link).exists()]
    assert not missing
