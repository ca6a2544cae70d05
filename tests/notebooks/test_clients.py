"""Other programs that run or convert notebooks: nbval, papermill, nbconvert, `jupyter execute`.

All of them use a copy of the notebooks in a temporary folder, and the kernelspec installed in .venv.
"""
import html.parser
import json
import os
import subprocess
import sys

import nbformat
import nbformat.v4 as v4
import pytest

import repeat

WAIT_S = 1200
KERNELSPEC = {"name": "mnist", "display_name": "MNIST (C)", "language": "mnist"}
LANGUAGE = {"name": "mnist", "file_extension": ".mnist"}
MNIST = repeat.ROOT / "build/mnist"


def run(folder, *command, status=0):
    """Runs a program in the folder. Returns its stdout and stderr as one text."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=WAIT_S,
                          env=dict(os.environ, MPLBACKEND="agg"))
    output = done.stdout + done.stderr
    assert done.returncode == status, output[-4000:]
    return output


def jupyter(folder, *arguments, **options):
    return run(folder, sys.executable, "-m", "jupyter", *arguments, **options)


def write(folder, *cells, name="a.ipynb"):
    """Writes a notebook with these cells; a tuple is (source, tag)."""
    notebook = v4.new_notebook(metadata={"kernelspec": KERNELSPEC, "language_info": LANGUAGE})
    for cell in cells:
        source, *tags = cell if isinstance(cell, tuple) else (cell,)
        notebook.cells.append(v4.new_markdown_cell(source) if source.startswith("## ") else
                              v4.new_code_cell(source, metadata={"tags": tags}))
    nbformat.write(notebook, folder / name)
    return name


def outputs(path):
    """The printed and shown text of each code cell."""
    cells = repeat.code_cells(repeat.read(path))
    return ["".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in cell.outputs)
            for cell in cells]


# ---- nbval ----

# test_notebooks.py compares the outputs of all notebooks; the others take minutes.
NBVAL_NOTEBOOKS = [path for path in repeat.notebooks() if path.stem[:2] in ("02", "04")]


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("path", NBVAL_NOTEBOOKS, ids=lambda path: path.stem)
def test_nbval_reproduces_the_committed_outputs(path, tmp_path):
    """nbval does not support `update_display_data` and also compares HTML. It runs cells without history, so they have
    no number (nbval.cfg). Cells tagged `varies` (repeat.py) are run, but not compared."""
    notebook = repeat.read(path)
    for cell in repeat.code_cells(notebook):
        tags = cell.metadata.get("tags", [])
        if "varies" in tags:
            cell.metadata["tags"] = tags + ["nbval-ignore-output"]
    nbformat.write(notebook, tmp_path / path.name)
    settings = repeat.ROOT / "tests/notebooks/nbval.cfg"
    run(tmp_path, sys.executable, "-m", "pytest", "--nbval", f"--nbval-sanitize-with={settings}",
        f"--nbval-cell-timeout={repeat.CELL_SECONDS}", "-p", "no:cacheprovider", "-q", path.name)


# ---- papermill ----

PARAMETERS = {"whole": 3, "real": 0.5, "small": 1e-7, "no": False, "nothing": None, "words": "two words",
              "money": "5 $ for $name and ${name}", "marks": "a \"quote\" it's \\ é 数 \n", "items": [1, "x$y", [True]],
              "nan": float("nan"), "infinite": float("inf"), "negative": float("-inf")}
SHOWN = ["3", "0.5", "1e-07", "False", "None", "two words", "5 $ for $name and ${name}", "a \"quote\" it's \\ é 数 \n",
         '[1, "x\\$y", [True]]', "-", "inf", "-inf"]  # `print` shows NaN as -


# papermill without kernel/python, and therefore without a translator for the kernel's language.
WITHOUT_OURS = """
from papermill.cli import papermill
from papermill.translators import papermill_translators
papermill_translators._translators.pop("mnist", None)
papermill()
"""


def papermill(folder, *cells, parameters=None, ours=True, status=0):
    write(folder, *cells)
    (folder / "parameters.json").write_text(json.dumps(parameters or {}))  # JSON with NaN and Infinity is YAML's .nan
    text = (folder / "parameters.json").read_text().replace("NaN", ".nan").replace("Infinity", ".inf")
    (folder / "parameters.yaml").write_text(text)
    program = ("-m", "papermill") if ours else ("-c", WITHOUT_OURS, "-l", "python")
    return run(folder, sys.executable, *program, "a.ipynb", "b.ipynb", "-f", "parameters.yaml", "--no-progress-bar",
               status=status)


@pytest.mark.parametrize("ours", [True, False], ids=["own translator", "-l python"])
def test_papermill_passes_parameters_unchanged(ours, tmp_path):
    papermill(tmp_path, ("whole = 1", "parameters"), *[f"print ${name}" for name in PARAMETERS],
              parameters=PARAMETERS, ours=ours)
    assert outputs(tmp_path / "b.ipynb")[2:] == [text + "\n" for text in SHOWN]


def test_papermill_lists_parameters(tmp_path):
    write(tmp_path, ("epochs = 3  # how often", "parameters"))
    assert "epochs" in run(tmp_path, sys.executable, "-m", "papermill", "--help-notebook", "a.ipynb")


def test_papermill_refuses_a_dictionary(tmp_path):
    wrong = {"settings": {"a": 1}}
    assert "has no dictionaries" in papermill(tmp_path, "6 * 7", parameters=wrong, status=1)
    assert "dictionaries are not supported" in papermill(tmp_path, "6 * 7", parameters=wrong, ours=False, status=1)


def test_papermill_stops_at_a_failed_cell_and_keeps_it(tmp_path):
    assert "epochs must be" in papermill(tmp_path, "6 * 7", "train epochs=ten", "1", status=1)
    cells = repeat.code_cells(repeat.read(tmp_path / "b.ipynb"))
    assert any(output.output_type == "error" for cell in cells for output in cell.outputs)


# ---- nbconvert ----

TRAINING = ("preprocess normalize validation=45000", "model fast", "train epochs=1", "evaluate", "plot loss")


class Pictures(html.parser.HTMLParser):
    """The alternative texts of an HTML page's images; None for an image without."""

    def __init__(self, text):
        super().__init__()
        self.alts = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.alts.append(dict(attributes).get("alt"))


def test_nbconvert_executes_and_shows_results_as_html(tmp_path):
    name = write(tmp_path, *TRAINING, "set plot.format=png", "plot accuracy")
    jupyter(tmp_path, "nbconvert", "--to", "html", "--template", "classic", "--execute", name)
    page = (tmp_path / "a.html").read_text()
    assert "hash of the weights" in page and "weighted by images" in page and "images/s" not in page
    assert [alt for alt in Pictures(page).alts
            if alt and "Accuracy" in alt], "a picture has its sentence as alternative text"


def test_nbconvert_executes_and_shows_results_as_markdown(tmp_path):
    name = write(tmp_path, *TRAINING)
    jupyter(tmp_path, "nbconvert", "--to", "markdown", "--execute", name)
    page = (tmp_path / "a.md").read_text()
    assert "hash of the weights" in page and "weighted by images" in page and "training [" not in page
    assert list((tmp_path / "a_files").glob("*.svg")) or list((tmp_path / "a_files").glob("*.png"))


def test_nbconvert_s_script_runs(tmp_path):
    """The cells of the script are cells again, and errors have the numbers of the notebook's code cells."""
    name = write(tmp_path, "## A title\n%%c", "a = 6",
                 '%%c\n#include <stdio.h>\n#include <mnist.h>\nint seven = 7;\nputs("C");', "## More\n\ntext",
                 "print $a", "%%c\n42", "model mine:\n    dense 10", "print \"end\"", "%%c\n*(int *)0 = 1;")
    jupyter(tmp_path, "nbconvert", "--to", "script", name)
    done = subprocess.run([MNIST, "run", "a.mnist"], cwd=tmp_path, capture_output=True, text=True, timeout=WAIT_S)
    assert done.stdout.startswith("C\n6\n42\nNetwork mine") and done.stdout.endswith("end\n"), done.stdout + done.stderr
    assert done.returncode == 1 and "in cell 7, line 2" in done.stderr


# ---- jupyter execute ----


def test_jupyter_execute_saves_the_outputs(tmp_path):
    name = write(tmp_path, *TRAINING, "6 * 7")
    jupyter(tmp_path, "execute", "--inplace", name)
    texts = outputs(tmp_path / name)
    assert "hash of the weights" in texts[2] and "Accuracy on the test set" in texts[3] and texts[5] == "42"
    data = repeat.code_cells(repeat.read(tmp_path / name))[2].outputs[0].data
    assert data == {"text/html": ""}, "of the progress nothing is left"
