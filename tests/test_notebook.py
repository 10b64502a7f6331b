"""Bars in a Jupyter notebook: a real kernel runs the cells, and their outputs are looked at."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from media import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("ipywidgets")
pytest.importorskip("matplotlib")
# The first start of a kernel on a slow machine takes its time.
pytestmark = pytest.mark.timeout(300)

CELLS = {
    "begin": f"""
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
import transcode_py
from reported import batch, running
from transcode_py.progress import batch_watcher

def job(how):
    clip = {str(ROOT / "media" / "sintel_excerpt.mp4")!r}
    transcode_py.transcode(clip, None, format="matroska", preset="ultrafast", width=160, audio=False, progress=how)

def jobs(how, *reports):
    with batch_watcher(how, 200) as show:
        for report in reports:
            show(report)

REPORTS = batch(10.0, running(0, "<a>.mkv", 33.3)), batch(40.0, running(0, "<a>.mkv", 66.6), running(1, "b.mkv", None))
""",
    "own": "job(True)",
    "imports": "print([name for name in ('tqdm', 'rich') if name in sys.modules])",
    "tqdm": "job('tqdm')",
    "rich": "job('rich')",
    "own batch": "jobs(True, *REPORTS)",
    "own batch to its end": "jobs(True, *REPORTS, batch(100.0, eta=0.0))",
    "tqdm batch": "jobs('tqdm', *REPORTS, batch(100.0, eta=0.0))",
    "plot": f"transcode_py.compare({str(ROOT / 'media' / 'sintel_excerpt.mp4')!r}, "
    f"{str(ROOT / 'media' / 'sintel_excerpt.mp4')!r}, 'psnr').plot()",
    "await": "stats = await transcode_py.transcode_async("
    f"{str(ROOT / 'media' / 'sintel_excerpt.mp4')!r}, None, format='matroska', preset='ultrafast', width=160, "
    "audio=False, progress=True)",
}

# In a process of its own: what Jupyter's packages warn of is not ours to mend.
RUN = """
import json, sys
import nbformat
from nbclient import NotebookClient

cells = [nbformat.v4.new_code_cell(code) for code in json.load(sys.stdin)]
book = nbformat.v4.new_notebook(cells=cells)
NotebookClient(book, timeout=120, kernel_name="python3").execute()
widgets = book.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
print(json.dumps({"outputs": [cell.outputs for cell in book.cells], "widgets": widgets}))
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The outputs of the cells by their names, and under `widgets` the state of all widgets."""
    home: Path = tmp_path_factory.mktemp("jupyter")
    own = {name: str(home) for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}
    command = [sys.executable, "-c", RUN]
    code = json.dumps(list(CELLS.values()))
    done = subprocess.run(command, input=code, capture_output=True, text=True, env=os.environ | own, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    found: dict[str, Any] = dict(zip(CELLS, answer["outputs"], strict=True))
    return found | {"widgets": answer["widgets"]}


def shown(outputs: list[dict[str, Any]]) -> list[tuple[float, str]]:
    """The bars of the one display of a cell: how far each is, and all the text beside it."""
    (output,) = outputs
    assert output["output_type"] == "display_data"
    rows = re.findall(r'<progress max="100" value="([\d.]+)"></progress>(.*?)</div>', output["data"]["text/html"])
    return [(float(value), re.sub(r"(<[^>]*>)+", " ", text).strip()) for value, text in rows]


@pytest.mark.parametrize("cell", ["own", "await"])
def test_our_bar_is_one_display_that_ends_at_100(cell: str, book: dict[str, Any]) -> None:
    ((value, text),) = shown(book[cell])
    assert value == 100.0
    assert re.fullmatch(r"100\.0% [\d.]+x, \d+ fps, [\d.]+ k?B, \d+ kbit/s, eta 0:00", text)
    assert book[cell][0]["data"]["text/plain"].startswith("100.0%  ")


def test_our_bar_imports_no_other(book: dict[str, Any]) -> None:
    assert [output["text"] for output in book["imports"]] == ["[]\n"]


def test_our_bars_of_a_batch(book: dict[str, Any]) -> None:
    assert shown(book["own batch"]) == [
        (40.0, "40.0% 80/200 done, eta 0:31"),
        (66.6, "66.6% &lt;a&gt;.mkv 2.0x, eta 1:01"),
        (0.0, "0.0% b.mkv"),
    ]
    assert shown(book["own batch to its end"]) == [(100.0, "100.0% 200/200 done, eta 0:00")]


def bars_of(model: str, widgets: dict[str, Any]) -> list[float]:
    """How far the bars in a box of widgets are."""
    state = widgets[model]["state"]
    if "value" in state and "max" in state:
        return [state["value"]]
    return [
        value for child in state.get("children", ()) for value in bars_of(child.removeprefix("IPY_MODEL_"), widgets)
    ]


def test_the_bar_of_tqdm_is_its_widget(book: dict[str, Any]) -> None:
    (output,) = book["tqdm"]
    model = output["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert bars_of(model, book["widgets"]) == [100.0]


def test_the_bars_of_tqdm_for_a_batch_are_used_again(book: dict[str, Any]) -> None:
    # One of the whole, and two for the jobs; those are hidden in the end.
    models = [output["data"]["application/vnd.jupyter.widget-view+json"]["model_id"] for output in book["tqdm batch"]]
    assert [bars_of(model, book["widgets"]) for model in models] == [[100.0]] * 3


def test_a_plot_is_one_picture(book: dict[str, Any]) -> None:
    (output,) = book["plot"]
    assert output["output_type"] == "execute_result"
    assert output["data"]["image/png"]


def test_the_bar_of_rich(book: dict[str, Any]) -> None:
    assert "100%" in json.dumps([book["rich"], book["widgets"]])
