"""Notebooks as files of `mnist run`: the order of cells, the cell of an error, and files that are not valid
notebooks."""
import json
import pathlib

import pytest
from conftest import ROOT, mnist


def notebook(*cells, **changes):
    """JSON of a notebook: (type, source) or (type, source, tags)."""
    made = [{"cell_type": kind, "metadata": {"tags": list(tags)}, "source": source} for kind, source, *tags in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": made,
                       "metadata": {"kernelspec": {"name": "mnist", "language": "mnist"}}, **changes})


def run_notebook(home, text):
    (pathlib.Path(home["MNIST_HOME"]) / "x.ipynb").write_text(text)
    return mnist(home, "run", "x.ipynb")


def test_a_notebook_s_code_cells_run_in_order(home):
    text = notebook(("markdown", "# Title\ntrain epochs=ten"), ("code", ["a = 6\n", "b = $a + 1"]),
                    ("code", "%%c\n#include <stdio.h>\nputs(\"from C\");"), ("raw", "no code"), ("code", ""),
                    ("code", "$a * $b"))
    done = run_notebook(home, text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "from C\n42\n", "")
    assert mnist(home, "run", "-", input=text).stdout == "from C\n42\n"


def test_an_error_names_the_cell_of_the_notebook(home):
    done = run_notebook(home,
                        notebook(("code", "1"), ("markdown", "x"), ("code", "2\n\ntrain epochs=ten"), ("code", "3")))
    assert (done.returncode, done.stdout) == (2, "1\n")
    assert "UsageError in x.ipynb, code cell 2\n" in done.stderr and "train epochs=ten\n      ^^^^^^^^^^" in done.stderr
    done = run_notebook(home, notebook(("code", "1"), ("code", "%%c\n*(int *)0 = 1;")))
    assert "SIGSEGV in x.ipynb, code cell 2\n" in done.stderr and "cell 2, line 2" in done.stderr


def test_a_cell_tagged_raises_exception_may_fail(home):
    done = run_notebook(home, notebook(("code", "train epochs=ten", "raises-exception"), ("code", "6 * 7")))
    assert (done.returncode, done.stdout) == (0, "42\n") and "code cell 1" in done.stderr


@pytest.mark.parametrize("text, expected", [
    ("print 1", "line 1, column 5"),
    ("", "line 1"),
    ("[]", "a JSON object"),
    ("{}", "a JSON object"),
    (notebook(nbformat=3), "format 3"),
    (notebook(cells={}), "a list"),
    (notebook(cells=[{}]), "cell 1 has no"),
    (notebook(cells=[{"cell_type": "code"}]), "\"source\" of cell 1"),
    (notebook(("markdown", "x"), ("code", [1])), "\"source\" of cell 2"),
    (notebook(metadata={"kernelspec": {"name": "python3", "language": "python"}}), "for the language python"),
    (notebook(metadata={"language_info": {"name": "R"}}), "for the language R"),
    (notebook(("code", "6 * 7"))[:-1], "line 1"),
])
def test_invalid_notebooks_are_refused(home, text, expected):
    done = run_notebook(home, text)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("mnist: x.ipynb") and expected in done.stderr and done.stderr.count("\n") == 1


def test_a_committed_notebook_runs_like_its_outputs(home):
    """Notebook 2, whose cells show tables, pictures and text."""
    path = ROOT / "notebooks/02_preprocessing.ipynb"
    done = mnist(home, "run", str(path))
    assert done.returncode == 0, done.stderr
    shown = done.stdout.replace(f"{home['MNIST_HOME']}/", "")  # paths in the project folder are shown relative to it
    at = 0
    for cell in json.loads(path.read_text())["cells"]:
        for output in cell.get("outputs", []):
            text = "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
            at = shown.index(text, at)
