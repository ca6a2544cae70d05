"""Run > Run All Cells of every notebook: the cells end in order and without an error, and their outputs are readable.

Every picture output is one loaded SVG, shown at its own size, not wider than the page, and opaque at every pixel, so
that it looks the same in the dark theme. No word in it is cut off or overlaps another word. The contrast of every word
of an output is at least 4.5 (WCAG) in both themes.

Notebook 3 trains on a fifth of the images for one epoch here; tests/notebooks trains it without changes.
"""
import re

import pytest

from lab_server import ROOT

RUN_ALL_S = 240  # on a busy machine; each takes 5 to 40 s on two idle cores
CONTRAST_MIN = 4.5

# The lowest opacity of any pixel of each picture in an output.
OPACITY = """() => [...window.panel.node.querySelectorAll('.jp-OutputArea-output img')].map(image => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let lowest = 255;
    for (let i = 3; i < pixels.length; i += 4)
        lowest = Math.min(lowest, pixels[i]);
    return lowest;
})"""

# The words of an SVG that extend beyond its edge, and pairs of words that overlap, each by more than half a pixel.
BAD_WORDS = """source => {
    const frame = document.createElement('div');
    frame.style.cssText = 'position:absolute;left:0;top:0;visibility:hidden';
    document.body.append(frame);
    frame.append(document.importNode(new DOMParser().parseFromString(source, 'image/svg+xml').documentElement, true));
    const edge = frame.firstChild.getBoundingClientRect();
    const words = [...frame.querySelectorAll('text')].filter(t => t.textContent.trim())
        .map(t => ({text: t.textContent.trim(), box: t.getBoundingClientRect()}));
    const bad = words.filter(({box}) => box.left < edge.left - 0.5 || box.right > edge.right + 0.5
        || box.top < edge.top - 0.5 || box.bottom > edge.bottom + 0.5).map(word => 'cut off: ' + word.text);
    const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5 * Math.min(a.height, b.height);
    words.forEach((a, i) => words.slice(i + 1).filter(b => meet(a.box, b.box))
        .forEach(b => bad.push(`on each other: ${a.text} | ${b.text}`)));
    frame.remove();
    return bad;
}"""

# The words of the outputs with a contrast below the limit: [contrast, words].
PALE_WORDS = """limit => {
    const colour = text => {
        const parts = text.match(/[\\d.]+/g).map(Number);
        return parts.length < 4 ? [...parts.slice(0, 3), 1] : parts;
    };
    const over = (top, ground) => top.slice(0, 3).map((c, i) => c * top[3] + ground[i] * (1 - top[3]));
    const luminance = c => c.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const chain = node => { const all = []; for (; node; node = node.parentElement) all.unshift(node); return all; };
    const pale = [];
    for (const output of window.panel.node.querySelectorAll('.jp-OutputArea-output')) {
        const walker = document.createTreeWalker(output, NodeFilter.SHOW_TEXT);
        for (let text = walker.nextNode(); text; text = walker.nextNode()) {
            if (!text.textContent.trim() || text.parentElement.closest('style, script'))
                continue;
            let ground = [255, 255, 255], opacity = 1;
            for (const node of chain(text.parentElement)) {
                const style = getComputedStyle(node);
                ground = over(colour(style.backgroundColor), ground);
                opacity *= Number(style.opacity);
            }
            const ink = colour(getComputedStyle(text.parentElement).color);
            const [a, b] = [luminance(over([...ink.slice(0, 3), ink[3] * opacity], ground)), luminance(ground)];
            const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (contrast < limit)
                pale.push([contrast, text.textContent.trim().slice(0, 80)]);
        }
    }
    return pale;
}"""


def quickly(source):
    """Shortens the trainings of notebook 3."""
    source = re.sub(r"\bepochs=\d+", "epochs=1", source)
    return source.replace("validation=5000", "validation=49000")


NOTEBOOKS = [
    pytest.param(path, quickly if path.name.startswith("03") else str, id=path.stem)
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
]


def says(cell):
    """The text of an output, for the message of a failed test."""
    return cell["source"] + "\n" + "\n".join(cell["texts"])


@pytest.mark.slow
@pytest.mark.parametrize("path, change", NOTEBOOKS)
def test_run_all(path, change, lab, notebook):
    notebook.open(lab.copy_notebook(path, f"run-{path.name}", change))
    notebook.run_all(RUN_ALL_S)
    cells = notebook.cells()
    check_cells(cells)
    check_pictures(notebook, cells)
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.set_theme(theme)
        assert notebook.page.evaluate(PALE_WORDS, CONTRAST_MIN) == [], theme


def check_cells(cells):
    for cell in cells:
        meant = "raises-exception" in cell["tags"]  # a crash that the notebook demonstrates
        assert ("error" in [output["output_type"] for output in cell["outputs"]]) == meant, says(cell)
    assert [cell["prompt"] for cell in cells] == [f"[{number}]:" for number in range(1, len(cells) + 1)]
    silent = [cell["source"] for cell in cells if not cell["outputs"]]
    assert not silent, "these cells of the notebook show nothing"


def check_pictures(notebook, cells):
    room = notebook.output_width()
    for cell in cells:
        wanted = [output for output in cell["outputs"] if "image/svg+xml" in output.get("data", {})]
        assert [picture["type"] for picture in cell["pictures"]] == ["image/svg+xml"] * len(wanted), says(cell)
        for picture in cell["pictures"]:
            assert picture["loaded"] and min(picture["natural"]) > 0, says(cell)
            assert list(map(round, picture["shown"])) == picture["natural"], says(cell)
            assert picture["natural"][0] <= room, says(cell)
        for output in wanted:
            assert notebook.page.evaluate(BAD_WORDS, "".join(output["data"]["image/svg+xml"])) == [], says(cell)
    opacities = notebook.page.evaluate(OPACITY)
    assert opacities and set(opacities) == {255}
