"""Help while typing: completion, tooltips, help pages, input requests; and the display of an error.

The tests press keys and read the page; each response must arrive within ANSWER_S.
"""
from lab_notebook import CELL_S


def test_tab_completes_a_command(cells):
    notebook = cells("")
    notebook.write(0, "expl")
    notebook.page.keyboard.press("Tab")
    assert notebook.offers() == {"explore": "command"}
    notebook.page.keyboard.press("Enter")
    notebook.wait_source(0, "explore")


def test_tab_offers_parameters(cells):
    notebook = cells("")
    notebook.write(0, "train ")
    notebook.page.keyboard.press("Tab")
    offers = notebook.offers()
    assert offers["epochs="] == offers["batch="] == offers["optimizer="] == "parameter"
    assert "explore" not in offers


def test_tab_offers_choices_with_their_type(cells):
    notebook = cells("")
    notebook.write(0, "train optimizer=")
    notebook.page.keyboard.press("Tab")
    assert notebook.offers() == {"sgd": "choice", "adam": "choice", "adamw": "choice"}


def test_tab_offers_variables_of_the_session(cells):
    notebook = cells("learning_speed = 0.02", "")
    notebook.run_cell(0)
    notebook.write(1, "train rate=$lea")
    notebook.page.keyboard.press("Tab")
    assert list(notebook.offers()) == ["$learning_speed"]


def test_tab_completes_inside_a_block(cells):
    notebook = cells("model mine:\n    conv 6 5x5\n    maxp")
    notebook.editor(0).click()
    notebook.page.keyboard.press("Control+End")
    notebook.page.keyboard.press("Tab")
    assert notebook.offers()["maxpool"] == "layer"


def test_shift_tab_explains_a_command(cells):
    notebook = cells("")
    notebook.write(0, "train")
    notebook.page.keyboard.press("Shift+Tab")
    words = notebook.tooltip()
    assert "train [resume] [epochs=5]" in words and "Train the network" in words


def test_shift_tab_explains_a_parameter(cells):
    notebook = cells("")
    notebook.write(0, "train epochs")
    notebook.page.keyboard.press("Shift+Tab")
    assert "an integer from 1 to 10000" in notebook.tooltip()


def test_question_mark_shows_help(cells):
    notebook = cells("train?")
    cell = notebook.run_cell(0)
    assert len(cell["texts"]) == 1
    assert "Train the network" in cell["texts"][0] and "Example:" in cell["texts"][0]


def test_ask_waits_for_input(cells):
    notebook = cells('ask name "Your name? "\nprint "Good day," $name')
    notebook.start_cell(0)
    box = notebook.cell(0).locator("input.jp-Stdin-input")
    box.wait_for(timeout=CELL_S * 1000)
    assert "Your name? " in notebook.cell(0).locator(".jp-Stdin-prompt").inner_text()
    box.fill("Ada Lovelace")
    box.press("Enter")
    notebook.wait_words(0, "Good day, Ada Lovelace")
    notebook.wait_idle()


def test_an_error_marks_its_position(cells):
    """One error output, in a fixed-width font, with the caret below the first character of the wrong word."""
    notebook = cells('print "first"\ntrain epochs=ten', "6 * 7")
    cell = notebook.run_cell(0)
    assert [output["output_type"]
            for output in cell["outputs"]] == ["error"], "nothing runs before the whole cell is right"
    lines = cell["texts"][0].rstrip().split("\n")
    at = next(i for i, line in enumerate(lines) if line == "train epochs=ten")
    assert lines[at + 1].index("^") == lines[at].index("epochs=ten")
    assert 'epochs must be an integer from 1 to 10000, not "ten"' in lines[at + 1]
    assert "monospace" in notebook.output(0).locator("pre").evaluate("node => getComputedStyle(node).fontFamily")
    assert notebook.run_cell(1)["texts"] == ["42"]


def test_an_error_stops_run_all(cells):
    """JupyterLab sends the cells one millisecond apart: the cells after a failed cell are aborted even if they arrive
    after its reply was sent. The order varies, so the test runs twenty times."""
    notebook = cells("1 + 1", "explor", "2 + 2")
    for _ in range(20):
        notebook.clear_outputs()
        notebook.run_all(CELL_S)
        first, second, third = notebook.cells()
        assert first["texts"] == ["2"] and "did you mean `explore`?" in second["texts"][0]
        assert third["outputs"] == [] and third["prompt"] == "[ ]:"


def test_help_is_not_rendered_as_mathematics(cells):
    """Dollar signs mark variables. `explore` has subjects, `train` has none; both help pages are a block of code, a
    bold line and tables."""
    notebook = cells("")
    for line, words in (("train", "Sets $loss"), ("evaluate ensemble", "Sets $accuracy"),
                        ("explore", "explore samples"), ("train loss", "crossentropy")):
        notebook.write(0, line)
        notebook.page.keyboard.press("Shift+Tab")
        assert words in notebook.tooltip()
        box = notebook.page.locator(".jp-Tooltip")
        assert box.locator("mjx-container, .MathJax, merror").count() == 0, line
        assert box.locator("pre").count() >= 1 and box.locator("table").count() >= 1, line
        notebook.page.keyboard.press("Escape")
