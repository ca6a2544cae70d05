"""A committed notebook that is opened but not run shows every picture.

JupyterLab does not trust a notebook from elsewhere and shows neither its SVG nor its styles, so the file must also
contain each picture as PNG. Each picture output must be one loaded PNG, with the size of the output's metadata; the
cell numbers are those of the file, so no cell was run. """
import nbformat
import pytest

from lab_server import ROOT

NOTEBOOKS = [pytest.param(path, id=path.stem) for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))]


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def picture_sizes(outputs):
    """The size in the metadata of each picture."""
    return [(output["metadata"]["image/png"]["width"], output["metadata"]["image/png"]["height"])
            for output in outputs if "image/png" in output.get("data", {})]


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_pictures_before_the_first_run(path, lab, notebook):
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
