"""The committed notebooks are what a fresh kernel makes of them: every one is executed once by nbclient through the installed
kernelspec, and every code cell's outputs are compared with the committed ones (repeat.py says how). Beside it, what a
reader relies on before running anything: cells numbered from 1 without a gap, every picture there as SVG, PNG and words."""
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
    """Executed once for all tests of a notebook; a failure to do so is kept too, and fails each of them."""
    try:
        return repeat.execute(repeat.read(path))
    except Exception as error:  # the kernel did not start, died, or hung
        return error


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("path, index", CELLS)
def test_cell_repeats(path, index):
    now = executed(path)
    assert not isinstance(now, Exception), f"{path.name} cannot be executed: {now}"
    verdict = repeat.compare(repeat.code_cells(repeat.read(path))[index], repeat.code_cells(now)[index])
    assert verdict.state != repeat.DIFFERS, "\n".join(verdict.lines)


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_links_lead_to_files_that_jupyterlab_serves(path):
    """`make lab` serves one folder; a relative link out of it, or to a file that is not there, is dead."""
    project = path.resolve().parents[1]
    served = re.search(r"--ServerApp\.root_dir=(\S+)", (project / ".make/lab").read_text()).group(1)
    root = (project / served).resolve()
    for cell in repeat.read(path).cells:
        for link in re.findall(r"\]\(([^)\s]+)\)", cell.source) if cell.cell_type == "markdown" else []:
            if "://" not in link:
                target = (path.parent / link.split("#")[0]).resolve()
                assert target.is_file() and root in target.parents, f"{link} in {path.name}"


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_committed_notebook_is_whole(path):
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
