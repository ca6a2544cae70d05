"""The comparison of notebooks: each case is a committed output, a new output, and the expected state."""
import nbformat.v4 as v4
import pytest

import repeat

SVG = '<svg>\n<desc>Produced by GNUPLOT 5.4 patchlevel 4 </desc>\n<path d="M1,%s"/></svg>'


def cell(outputs, tags=(), count=1):
    return v4.new_code_cell("evaluate", outputs=outputs, execution_count=count, metadata={"tags": list(tags)})


def stream(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


def display(**data):
    names = {"text": "text/plain", "svg": "image/svg+xml", "png": "image/png", "html": "text/html"}
    return v4.new_output("display_data", data={names[name]: value for name, value in data.items()})


def judge(before, now, *tags):
    return repeat.compare(cell(before, tags), cell(now, tags)).state


@pytest.mark.parametrize("before, now, tags, state", [
    ([stream("a 1\n")], [stream("a 1\n")], [], repeat.EXACT),
    ([stream("a 1\n")], [stream("a "), stream("1\n")], [], repeat.EXACT),
    ([stream("a 1\n")], [stream("a 2\n")], [], repeat.DIFFERS),
    ([stream("a")], [stream("a", "stderr")], [], repeat.DIFFERS),
    ([stream("a")], [], [], repeat.DIFFERS),
    ([display(text="a")], [display(text="a", html="b")], [], repeat.DIFFERS),
    ([display(text="a", html="took 1 s")], [display(text="a", html="took 2 s")], [], repeat.EXACT),
    ([display(text="a", png="AA")], [display(text="a", png="BB")], [], repeat.EXACT),
    ([display(text="a", svg=SVG % 1)], [display(text="a", svg=SVG % 1)], [], repeat.EXACT),
    ([display(text="a", svg=SVG % 1)], [display(text="a", svg=SVG % 2)], [], repeat.DIFFERS),
    ([display(text="a", svg=SVG % 1)], [display(text="a", svg=(SVG % 1).replace("5.4", "6.0"))], [], repeat.ALLOWED),
    ([display(text="a", svg=SVG % 1)], [display(text="a", svg=SVG % 2)], ["rounding=1"], repeat.ALLOWED),
    ([display(text="accuracy 99.10 %")], [display(text="accuracy 99.18 %")], [], repeat.DIFFERS),
    ([display(text="accuracy 99.10 %")], [display(text="accuracy 99.18 %")], ["rounding=0.1"], repeat.ALLOWED),
    ([display(text="accuracy 99.10 %")], [display(text="accuracy 99.21 %")], ["rounding=0.1"], repeat.DIFFERS),
    ([display(text="10,000 images")], [display(text="10,400 images")], ["rounding=5%"], repeat.ALLOWED),
    ([display(text="10,000 images")], [display(text="9,400 images")], ["rounding=5%"], repeat.DIFFERS),
    ([display(text="0.001 and 100")], [display(text="0.002 and 104")], ["rounding=5%", "rounding=0.1"], repeat.ALLOWED),
    ([display(text="| 9.8 |\n|-----|")], [display(text="| 10.1 |\n|------|")], ["rounding=1"], repeat.ALLOWED),
    ([display(text="class 3: 9.8")], [display(text="class 3: nan")], ["rounding=1"], repeat.DIFFERS),
    ([display(text="best class 3")], [display(text="worst class 3")], ["rounding=1"], repeat.DIFFERS),
    ([display(text="errors 1 5 9")], [display(text="errors 2 7")], ["varies"], repeat.ALLOWED),
    ([display(text="errors 1 5 9")], [stream("errors 2 7")], ["varies"], repeat.DIFFERS),
    ([], [v4.new_output("error", ename="StateError", evalue="no data", traceback=[])], [], repeat.DIFFERS),
])
def test_state(before, now, tags, state):
    assert judge(before, now, *tags) == state


def test_execution_count_is_compared():
    assert repeat.compare(cell([], count=1), cell([], count=2)).state == repeat.DIFFERS


def test_error_is_named():
    failed = v4.new_output("error", ename="StateError", evalue="no data", traceback=[])
    assert any("no data" in line for line in repeat.compare(cell([stream("a")]), cell([failed])).lines)
