"""repeat - executes a notebook through the installed kernelspec and compares its outputs with the committed ones.

reproduce.py prints the result, test_notebooks.py asserts it. Adjacent pieces of one stream are joined, then the
outputs of a cell are compared one by one. Compared exactly: number and kinds of outputs, text, errors, and the bytes
of SVG pictures (SVG files of different gnuplot releases are not compared). Not compared: HTML (it repeats the text and
may contain times) and PNG.

Floating-point results may differ between processors. Tags in a cell's metadata allow this:

    rounding=0.3    numbers in the text may differ by this much, other text must be equal; the SVG may differ
    rounding=5%     the same, relative to the larger of the two numbers; with both tags, one of them must hold
    varies          only the number and kinds of outputs are compared (e.g. a list of the worst errors)
"""
import copy
import pathlib
import re

import nbclient
import nbformat

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
CELL_SECONDS = 900
EXACT, ALLOWED, DIFFERS = "repeats", "within tolerance", "DIFFERS"
NUMBER = re.compile(r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?")
LAYOUT = re.compile(r"[\s─━═│┃|+-]+|\.{2,}|#{2,}|█+")  # the widths of columns and bars depend on the numbers
GNUPLOT = re.compile(r"Produced by (GNUPLOT [^<]*?)\s*<")


class Verdict:
    """The result of a comparison: the worst state, and a line for each difference."""

    ORDER = [EXACT, ALLOWED, DIFFERS]

    def __init__(self):
        self.state, self.lines = EXACT, []

    def note(self, state, line):
        self.state = max(self.state, state, key=self.ORDER.index)
        self.lines.append(line)


class Tolerance:
    """The tolerance set by a cell's tags."""

    def __init__(self, tags):
        self.varies = "varies" in tags
        self.absolute = self.relative = None
        for tag in tags:
            if tag.startswith("rounding="):
                size = tag.removeprefix("rounding=")
                if size.endswith("%"):
                    self.relative = float(size[:-1]) / 100
                else:
                    self.absolute = float(size)

    @property
    def rounding(self):
        return self.absolute is not None or self.relative is not None

    def allows(self, a, b):
        size = abs(a - b)
        return (self.absolute is not None and size <= self.absolute + 1e-12) or (
            self.relative is not None and size <= self.relative * max(abs(a), abs(b)) + 1e-12)


def notebooks():
    return sorted(FOLDER.glob("[0-9]*.ipynb"))


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def execute(committed, on_cell=None):
    """A copy of the notebook with the outputs of a run in a new kernel. Failed cells have an error output."""
    notebook = copy.deepcopy(committed)
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    client = nbclient.NotebookClient(notebook, timeout=CELL_SECONDS, allow_errors=True, record_timing=False,
                                     resources={"metadata": {"path": str(FOLDER)}}, on_cell_executed=on_cell)
    client.execute()
    return notebook


def compare(before, now):
    """The Verdict on one code cell, from its committed and its new outputs."""
    verdict = Verdict()
    tolerance = Tolerance(before.metadata.get("tags", []))
    if before.execution_count != now.execution_count:
        verdict.note(DIFFERS, f"execution count {now.execution_count}, committed {before.execution_count}")
    old, new = join_streams(before.outputs), join_streams(now.outputs)
    if [kinds(output) for output in old] != [kinds(output) for output in new]:
        verdict.note(DIFFERS, "outputs " + describe(new) + ", committed " + describe(old))
        for output in new:
            if output.output_type == "error":
                verdict.note(DIFFERS, f"{output.ename}: {output.evalue}")
        return verdict
    for a, b in zip(old, new):
        compare_output(verdict, a, b, tolerance)
    return verdict


def join_streams(outputs):
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        streams = last is not None and last.output_type == output.output_type == "stream"
        if streams and last.name == output.name:
            last.text += output.text
        else:
            joined.append(copy.deepcopy(output))
    return joined


def kinds(output):
    if output.output_type == "stream":
        return ["stream", output.name]
    return [output.output_type] + sorted(output.get("data", {}))


def describe(outputs):
    return "[" + "; ".join(" ".join(kinds(output)) for output in outputs) + "]"


def compare_output(verdict, a, b, tolerance):
    if a.output_type == "stream":
        compare_text(verdict, a.name, a.text, b.text, tolerance)
    elif a.output_type == "error":
        compare_text(verdict, "error", f"{a.ename}: {a.evalue}", f"{b.ename}: {b.evalue}", tolerance)
    else:
        if "text/plain" in a.data:
            compare_text(verdict, "text", a.data["text/plain"], b.data["text/plain"], tolerance)
        if "image/svg+xml" in a.data:
            compare_svg(verdict, a.data["image/svg+xml"], b.data["image/svg+xml"], tolerance)


def compare_text(verdict, what, a, b, tolerance):
    if a == b:
        return
    if tolerance.varies:
        verdict.note(ALLOWED, f"{what}: differs, as its tag allows")
        return
    if not tolerance.rounding:
        verdict.note(DIFFERS, f"{what}: " + first_difference(a, b))
        return
    if skeleton(a) != skeleton(b):
        verdict.note(DIFFERS, f"{what}: other words: " + first_difference(skeleton(a), skeleton(b)))
        return
    pairs = [(number(x), number(y)) for x, y in zip(NUMBER.findall(a), NUMBER.findall(b))]
    wrong = [(x, y) for x, y in pairs if not tolerance.allows(x, y)]
    if wrong:
        verdict.note(DIFFERS, f"{what}: {wrong[0][1]:g}, committed {wrong[0][0]:g}: beyond the cell's tolerance"
                              + (f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""))
        return
    worst = max((pair for pair in pairs if pair[0] != pair[1]), key=lambda pair: abs(pair[0] - pair[1]), default=None)
    if worst:
        verdict.note(ALLOWED, f"{what}: largest difference {worst[1]:g}, committed {worst[0]:g}")


def compare_svg(verdict, a, b, tolerance):
    makers = [match.group(1) if (match := GNUPLOT.search(text)) else "" for text in (a, b)]
    if a == b:
        verdict.note(EXACT, "svg: the same bytes")
    elif tolerance.varies or tolerance.rounding:
        verdict.note(ALLOWED, "svg: other bytes, as its tag allows")
    elif makers[0] != makers[1]:
        verdict.note(ALLOWED, f"svg: not compared, drawn by {makers[1]}, committed by {makers[0]}")
    else:
        verdict.note(DIFFERS, "svg: " + first_difference(a, b))


def number(text):
    return float(text.replace(",", ""))


def skeleton(text):
    return LAYOUT.sub(" ", NUMBER.sub("0", text)).strip()


def first_difference(a, b):
    for line, (old, new) in enumerate(zip(a.splitlines(), b.splitlines()), 1):
        if old != new:
            at = next((i for i, (x, y) in enumerate(zip(old, new)) if x != y), min(len(old), len(new)))
            start = max(0, at - 30)
            return f"line {line}: \"{new[start:at + 50]}\", committed \"{old[start:at + 50]}\""
    return f"{len(b.splitlines())} lines, committed {len(a.splitlines())}"
