"""mnist_jupyter - support for the language of the mnist kernel in nbconvert and papermill.

nbconvert's default script export joins the sources of the code cells. The commands after a C cell
would then become part of that cell, because the separator line `%%` is missing; MnistExporter adds
it. nbconvert finds MnistExporter by its entry point and the name of the notebook's language.
parameters.py is for papermill.

Install it into Jupyter's environment with `pip install kernel/python`; `make lab` installs it in
.venv.
"""
from nbconvert.exporters import Exporter

__version__ = "0.1.0"


def script(cells):
    """The text of a command file, for `mnist run`; Markdown cells become comments."""
    parts = []
    for cell in cells:
        if cell.cell_type == "markdown":
            lines = [f"# {line}".rstrip() for line in cell.source.splitlines()]
            parts.append("\n".join(["%%", *lines]))
        elif cell.cell_type == "code" and cell.source.strip():
            source = cell.source.strip("\n")
            is_c = source.split(maxsplit=1)[0] == "%%c"
            parts.append(source if is_c else "%%\n" + source)
    return "\n\n".join(parts) + "\n"


class MnistExporter(Exporter):
    """`jupyter nbconvert --to script` for a notebook of the mnist kernel."""

    file_extension = ".mnist"
    output_mimetype = "text/x-mnist"

    def from_notebook_node(self, nb, resources=None, **kw):
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        resources["output_extension"] = self.file_extension
        return script(notebook.cells), resources
