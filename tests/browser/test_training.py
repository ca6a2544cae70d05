"""The display of a training: the progress bar moves in place, the stop button stops it, restart starts a new session.

These trainings would take minutes, with ten seconds per epoch; each is stopped as soon as its progress bar has moved.
"""
import time

from lab_notebook import CELL_S

READY = "load mnist\npreprocess normalize validation=5000\nmodel best"
TRAIN = "train epochs=50"
STOP_S = 5  # from the click to the end of the cell; one batch takes 0.1 s, and the machine may be busy

# Records a cell's outputs whenever the page changes: each text once, the largest number of outputs, each height
# while text is shown (the progress display is initially empty).
WATCH = """number => {
    const area = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[number].querySelector('.jp-OutputArea');
    const seen = window.seen = {texts: [], most: 0, heights: []};
    new MutationObserver(() => {
        const outputs = [...area.querySelectorAll('.jp-OutputArea-output')];
        const text = outputs.map(o => o.innerText).join('\\n'), height = text.trim() ? area.offsetHeight : 0;
        if (text && !seen.texts.includes(text)) seen.texts.push(text);
        if (height && !seen.heights.includes(height)) seen.heights.push(height);
        seen.most = Math.max(seen.most, outputs.length);
    }).observe(area, {childList: true, subtree: true, characterData: true});
}"""


def start_training(notebook, number):
    """Starts the cell; returns when its progress bar has moved a few times."""
    notebook.page.evaluate(WATCH, number)
    notebook.start_cell(number)
    notebook.page.wait_for_function("window.seen.texts.filter(t => /images\\/s/.test(t)).length >= 4",
                                    timeout=CELL_S * 1000)


def stop(notebook, number):
    """Clicks the stop button. Returns the cell, which must end with a KeyboardInterrupt within the limit."""
    before = time.monotonic()
    notebook.press_toolbar("interrupt")
    notebook.wait_numbered(number, STOP_S)
    took = time.monotonic() - before
    cell = notebook.cells()[number]
    assert cell["outputs"][-1]["output_type"] == "error" and cell["outputs"][-1]["ename"] == "KeyboardInterrupt"
    assert took < STOP_S
    return cell


def test_progress_moves_in_place_and_stop_stops(cells):
    notebook = cells(READY, TRAIN, "info", "train resume", "6 * 7")
    notebook.run_cell(0)
    start_training(notebook, 1)
    seen = notebook.page.evaluate("window.seen")
    assert seen["most"] == 1, "progress is one output that changes, not many"
    assert len(seen["heights"]) == 1, f"the page jumps: {seen['heights']}"
    assert "epoch 1 of 50" in seen["texts"][-1]
    assert "train resume" in stop(notebook, 1)["texts"][-1], "the message says how to go on"

    output = notebook.run_cell(2, CELL_S)["texts"][0]
    assert "best, 356,298 parameters" in output, "the next cell works, and nothing is lost"
    start_training(notebook, 3)
    assert "of 50" in notebook.page.evaluate("window.seen.texts.at(-1)"), "resume goes on with the same training"
    stop(notebook, 3)
    assert notebook.run_cell(4)["texts"] == ["42"]


def test_help_is_available_during_training(cells):
    notebook = cells(READY, TRAIN, "")
    notebook.run_cell(0)
    start_training(notebook, 1)
    notebook.write(2, "expl")
    notebook.page.keyboard.press("Tab")
    assert notebook.offers() == {"explore": "command"}
    notebook.page.keyboard.press("Enter")
    notebook.wait_source(2, "explore")
    notebook.page.keyboard.press("Shift+Tab")
    assert "Summarise the data" in notebook.tooltip()
    assert notebook.indicator() == "busy"
    stop(notebook, 1)


def test_stop_aborts_the_queued_cells(cells):
    notebook = cells(READY, TRAIN, 'print "must not run"', "6 * 7")
    notebook.run_cell(0)
    start_training(notebook, 1)
    notebook.start_cell(2)
    assert notebook.prompt(2).text_content() == "[*]:"
    stop(notebook, 1)
    notebook.wait_idle()
    notebook.wait_aborted(2)
    assert notebook.cells()[2]["outputs"] == []
    assert notebook.run_cell(3)["texts"] == ["42"]


def test_stop_ends_a_question(cells):
    notebook = cells('ask name "Your name? "', "6 * 7")
    notebook.start_cell(0)
    notebook.cell(0).locator("input.jp-Stdin-input").wait_for(timeout=CELL_S * 1000)
    stop(notebook, 0)
    assert notebook.run_cell(1)["texts"] == ["42"]


def test_restart_clears_the_state(cells):
    notebook = cells("x = 5", "$x", "6 * 7")
    notebook.run_cell(0)
    assert notebook.run_cell(1)["texts"] == ["5"]
    notebook.restart()
    cell = notebook.run_cell(1)
    assert cell["prompt"] == "[1]:" and cell["outputs"][0]["output_type"] == "error", "the variable is gone"
    assert notebook.run_cell(2)["texts"] == ["42"]


def test_restart_ends_a_training(cells):
    notebook = cells(READY, TRAIN, "6 * 7")
    notebook.run_cell(0)
    start_training(notebook, 1)
    notebook.restart()
    cell = notebook.run_cell(2)
    assert cell["prompt"] == "[1]:" and cell["texts"] == ["42"]
