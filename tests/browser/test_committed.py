"""A reader who opens a committed notebook and runs nothing sees every picture.

A notebook that came from elsewhere is not trusted: JupyterLab then shows neither SVG nor styles, so a picture is there
only if the file holds it as PNG too. Each picture output must have become one PNG that is loaded, has a size, and is shown
at the size the output's metadata asks for; the cells' numbers are the file's, so nothing was run.
"""
import nbformat
import pytest

from lab_server import ROOT

NOTEBOOKS = [pytest.param(path, id=path.stem) for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))]


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def picture_sizes(outputs):
    """What each picture's metadata asks for."""
    return [(output["metadata"]["image/png"]["width"], output["metadata"]["image/png"]["height"])
            for output in outputs if "image/png" in output.get("data", {})]


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_pictures_before_anything_is_run(path, lab, notebook):
    committed = code_cells(path)
    assert all(cell.execution_count for cell in committed), f"{path.name} is committed without outputs"
    notebook.open(lab.copy_notebook(path, path.name, keep_outputs=True), kernel=False)
    notebook.wait_shown()
    shown = notebook.cells()
    assert len(shown) == len(committed)
    for cell, seen in zip(committed, shown):
        wanted = picture_sizes(cell.outputs)
        assert [picture["type"] for picture in seen["pictures"]] == ["image/png"] * len(wanted), cell.source
        for picture, size in zip(seen["pictures"], wanted):
            assert picture["loaded"] and min(picture["natural"]) > 0, cell.source
            assert tuple(map(round, picture["shown"])) == size, cell.source
        assert seen["prompt"] == f"[{cell.execution_count}]:"
    assert sum(len(seen["pictures"]) for seen in shown) > 0
