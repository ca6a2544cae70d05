"""The committed outputs are those of a new kernel: nbclient executes every notebook once through the installed
kernelspec, and the outputs of every code cell are compared with the committed ones (see repeat.py). The files are also
checked: cells are numbered from 1 without a gap, and every picture is present as SVG, PNG and text."""
import functools
import re

import pytest

import repeat

CELLS = [
    pytest.param(path, index, id=f"{path.stem}-cell{index + 1}")
    for path in repeat.notebooks()
    for index in range(len(repeat.code_cells(repeat.read(path))))
]
NOTEBOOKS = [pytest.param(path, id=path.stem) for path in repeat.notebooks()]


@functools.cache
def executed(path):
    """Executes a notebook once for all its tests; an exception is cached and fails all of them."""
    try:
        return repeat.execute(repeat.read(path))
    except Exception as error:  # the kernel did not start, died or hung
        return error


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("path, index", CELLS)
def test_cell_is_reproducible(path, index):
    now = executed(path)
    assert not isinstance(now, Exception), f"{path.name} cannot be executed: {now}"
    verdict = repeat.compare(repeat.code_cells(repeat.read(path))[index], repeat.code_cells(now)[index])
    assert verdict.state != repeat.DIFFERS, "\n".join(verdict.lines)


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_links_point_to_files_that_jupyterlab_serves(path):
    """`make lab` serves one folder; a relative link must lead to an existing file in it."""
    project = path.resolve().parents[1]
    served = re.search(r"--ServerApp\.root_dir=(\S+)", (project / ".make/lab").read_text()).group(1)
    root = (project / served).resolve()
    for cell in repeat.read(path).cells:
        for link in re.findall(r"\]\(([^)\s]+)\)", cell.source) if cell.cell_type == "markdown" else []:
            if "://" not in link:
                target = (path.parent / link.split("#")[0]).resolve()
                assert target.is_file() and root in target.parents, f"{link} in {path.name}"


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_committed_notebook_is_complete(path):
    notebook = repeat.read(path)
    cells = repeat.code_cells(notebook)
    assert notebook.metadata.kernelspec.name == "mnist"
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert notebook.cells[0].cell_type == "markdown"
    for cell in cells:
        for output in cell.outputs:
            data = output.get("data", {})
            if "image/png" in data or "image/svg+xml" in data:
                assert {"image/png", "image/svg+xml", "text/plain"} <= set(data)
