"""Pictures on narrow and wide pages are neither cut off nor enlarged, and the SVG looks like the PNG.

JupyterLab shows an SVG as an <img> without shrinking it, so the picture itself must fit (plots/picture.h).
"""
import pytest

NARROW = {"width": 900, "height": 900}
WIDE = {"width": 1920, "height": 1000}
PICTURES = ["load mnist\nexplore samples", "explore image 7", "explore outliers count=20", "explore mean"]

# The first SVG output of a cell as text.
SVG = """number => [].concat(window.panel.content.widgets[number].model.sharedModel.getOutputs()
    .map(o => o.data && o.data['image/svg+xml']).find(s => s)).join('')"""

# Width and height of the SVG as part of a page, in a box of this width.
INLINE = """([source, width]) => {
    const box = document.createElement('div');
    box.style.width = width + 'px';
    document.body.append(box);
    box.innerHTML = source.slice(source.indexOf('<svg'));
    const {width: w, height: h} = box.firstChild.getBoundingClientRect();
    box.remove();
    return [w, h];
}"""

# The number of pixels near a colour, in the SVG and in the PNG of each output, both drawn at the same size.
COLOURED = """async colour => {
    const outputs = window.panel.content.widgets[0].model.sharedModel.getOutputs();
    const data = outputs.map(o => o.data).find(d => d['image/png']);
    const text = key => [].concat(data[key]).join('');
    const draw = async source => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [1440, 1440];
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0, 1440, 1440);
        const p = context.getImageData(0, 0, 1440, 1440).data;
        let count = 0;
        for (let i = 0; i < p.length; i += 4)
            count += Math.abs(p[i] - colour[0]) + Math.abs(p[i + 1] - colour[1]) + Math.abs(p[i + 2] - colour[2]) < 60;
        return count;
    };
    return [await draw('data:image/svg+xml,' + encodeURIComponent(text('image/svg+xml'))),
            await draw('data:image/png;base64,' + text('image/png'))];
}"""

POINTS = """%%c
#include <mnist.h>
float x[] = {0, 1, 2, 3}, y[] = {0, 2, 1, 3};
mnist_scatter("Four points", "x", "y", x, y, 0, 4);"""


@pytest.mark.parametrize("window", [NARROW, WIDE], ids=["narrow", "wide"])
def test_pictures_are_complete_and_have_their_natural_size(window, lab, notebook):
    notebook.page.set_viewport_size(window)
    notebook.open(lab.write_notebook("test.ipynb", PICTURES))
    notebook.run_all(120)
    room = notebook.output_width()
    pictures = [picture for cell in notebook.cells() for picture in cell["pictures"]]
    assert len(pictures) == len(PICTURES)
    for picture in pictures:
        assert picture["shown"] == picture["natural"] and picture["shown"][0] <= room, (picture, room)


def test_a_picture_shrinks_with_the_page(cells):
    notebook = cells(PICTURES[0])
    notebook.run_cell(0)
    source = notebook.page.evaluate(SVG, 0)
    whole, half = (notebook.page.evaluate(INLINE, [source, width]) for width in (1000, 360))
    assert whole[0] == 720 and half[0] == 360
    assert half[1] == pytest.approx(whole[1] / 2, abs=1)


def test_markers_of_svg_and_png_are_equally_large(cells):
    """Only the points are blue."""
    notebook = cells(POINTS)
    notebook.run_cell(0)
    svg, png = notebook.page.evaluate(COLOURED, [0, 114, 178])
    assert svg > 200 and png == pytest.approx(svg, rel=0.05)


def test_a_picture_has_an_alternative_text(cells):
    notebook = cells(PICTURES[1])
    output = next(o for o in notebook.run_cell(0)["outputs"] if "image/png" in o.get("data", {}))
    sentence = "".join(output["data"]["text/plain"])
    assert output["metadata"]["image/png"]["alt"] == output["metadata"]["image/svg+xml"]["alt"] == sentence
    assert "28 x 28 pixels" in sentence
