"""lab_notebook - a notebook in a JupyterLab page, controlled with keys and clicks like a user does it.

window.jupyterapp is used only for actions without a gesture (opening a file without dialogs, reading the outputs of a
cell). All waits wait for a condition, with a named time limit.
"""
import re

LOAD_S = 90  # start of JupyterLab and of the kernel; about 5 s on an idle machine
CELL_S = 60  # a cell with little computation
ANSWER_S = 20  # a completion, a tooltip or a help page, which must appear immediately

OPEN = """async path => {
    const app = window.jupyterapp;
    await app.restored;
    const panel = await app.commands.execute('docmanager:open', {path, factory: 'Notebook'});
    await panel.context.ready;
    await panel.revealed;
    app.shell.collapseLeft();
    window.panel = panel;
}"""

# The page's indicator shows "idle" while the kernel is still starting, so a request to the kernel is necessary.
KERNEL_ANSWERS = """async () => {
    await window.panel.sessionContext.ready;
    await window.panel.sessionContext.session.kernel.info;
}"""

NEXT_KERNEL = """() => {
    window.restarted = false;
    let gone = false;
    window.panel.sessionContext.statusChanged.connect((_, status) => {
        gone = gone || status.includes('restarting');
        window.restarted = gone && status === 'idle';
    });
}"""

# The outputs of every code cell, in the model and as shown by the page.
CELLS = """() => window.panel.content.widgets.filter(w => w.model.type === 'code').map(w => ({
    source: w.model.sharedModel.getSource(),
    prompt: w.node.querySelector('.jp-InputPrompt').textContent.trim(),
    tags: w.model.sharedModel.getMetadata('tags') || [],
    outputs: w.model.sharedModel.getOutputs().map(o => JSON.parse(JSON.stringify(o))),
    texts: [...w.node.querySelectorAll('.jp-OutputArea-output')].map(n => n.innerText),
    pictures: [...w.node.querySelectorAll('.jp-OutputArea-output img')].map(i => ({
        type: i.src.slice(5, i.src.search(/[;,]/)), loaded: i.complete, natural: [i.naturalWidth, i.naturalHeight],
        shown: [i.getBoundingClientRect().width, i.getBoundingClientRect().height],
    })),
}))"""

RUN_ALL = """() => {
    window.ran = null;
    window.jupyterapp.commands.execute('notebook:run-all-cells').then(
        () => { window.ran = 'done'; }, error => { window.ran = 'error: ' + error; });
}"""

# True if all cells and outputs are on the page, and all pictures are loaded or have failed.
ALL_SHOWN = """() => window.panel.content.widgets.filter(w => w.model.type === 'code').every(w =>
    w.node.querySelector('.jp-InputPrompt')
    && w.node.querySelectorAll('.jp-OutputArea-output').length >= w.model.outputs.length
    && [...w.node.querySelectorAll('.jp-OutputArea-output img')].every(i => i.src && i.complete))"""


class LabNotebook:
    """A page with one open notebook."""

    def __init__(self, page, server):
        self.page, self.server = page, server
        self.complaints = []  # errors of the page's console
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error.stack or error}"))

    def _on_console(self, message):
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def open(self, path, kernel=True):
        """Opens the notebook as the only one on the page. With `kernel`, waits until its kernel is idle."""
        self.page.goto(f"{self.server.url}/lab?reset&token={self.server.token}")
        self.page.wait_for_function("window.jupyterapp !== undefined", timeout=LOAD_S * 1000)
        self.page.evaluate(OPEN, path)
        if kernel:
            self.page.evaluate(KERNEL_ANSWERS)
            self.wait_idle(LOAD_S)
        return self

    # ---- content of the page ----

    def cells(self):
        return self.page.evaluate(CELLS)

    def cell(self, number):
        """The code cell of this number, from 0, in a notebook that contains only code cells."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def output(self, number):
        return self.cell(number).locator(".jp-OutputArea-output")

    def prompt(self, number):
        return self.cell(number).locator(".jp-InputPrompt").first

    def editor(self, number):
        return self.cell(number).locator(".cm-content")

    def output_width(self):
        """The width that is available for a picture."""
        return self.page.locator(".jp-OutputArea-output").first.evaluate("node => node.parentElement.clientWidth")

    def indicator(self):
        """The state of the kernel indicator: idle, busy..."""
        return self.page.locator(".jp-Notebook-ExecutionIndicator").first.get_attribute("data-status")

    def offers(self):
        """The entries of the open completer, each with its type."""
        items = self.page.locator(".jp-Completer:visible .jp-Completer-item")
        items.first.wait_for(timeout=ANSWER_S * 1000)
        return dict(items.evaluate_all("""all => all.map(item =>
            ['match', 'typeExtended'].map(part => item.querySelector('.jp-Completer-' + part).innerText))"""))

    def tooltip(self):
        """The text of the open tooltip."""
        box = self.page.locator(".jp-Tooltip").filter(has_text=re.compile(r"\S"))
        box.wait_for(timeout=ANSWER_S * 1000)
        return box.inner_text()

    # ---- actions ----

    def write(self, number, text):
        """Clears the cell and types the text key by key; afterwards the cursor is at its end."""
        self.editor(number).click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)

    def start_cell(self, number):
        """Shift-Enter in the cell; returns at once."""
        self.editor(number).click()
        self.page.keyboard.press("Shift+Enter")

    def run_cell(self, number, seconds=CELL_S):
        """Presses Shift-Enter in the cell and waits until it has its number. Returns its entry of cells()."""
        before = self.prompt(number).text_content()
        self.start_cell(number)
        self.wait_numbered(number, seconds, before)
        return self.cells()[number]

    def run_all(self, seconds):
        """Run > Run All Cells; waits until the last cell is done, the kernel is idle and all pictures are loaded."""
        self.page.evaluate(RUN_ALL)
        self.page.wait_for_function("window.ran !== null", timeout=seconds * 1000)
        assert self.page.evaluate("window.ran") == "done"  # the indicator may show idle early if a cell fails
        self.wait_idle(seconds)
        self.wait_shown()

    def clear_outputs(self):
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")

    def press_toolbar(self, name):
        self.page.locator(f'.jp-NotebookPanel-toolbar [data-jp-item-name="{name}"] >> css=jp-button').first.click()

    def restart(self):
        """Clicks the restart button, confirms, and waits until the new kernel responds."""
        self.page.evaluate(NEXT_KERNEL)
        self.press_toolbar("restart")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.page.wait_for_function("window.restarted", timeout=LOAD_S * 1000)
        self.page.evaluate(KERNEL_ANSWERS)
        self.wait_idle(LOAD_S)

    def set_theme(self, theme):
        self.page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        self.page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme,
                                    timeout=ANSWER_S * 1000)

    # ---- waits ----

    def wait_idle(self, seconds=CELL_S):
        self.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first.wait_for(
            state="attached", timeout=seconds * 1000)

    def wait_numbered(self, number, seconds=CELL_S, before="[ ]:"):
        """Waits until the cell's prompt has a number other than before."""
        self.page.wait_for_function(
            """([number, before]) => {
                const cell = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[number];
                const prompt = cell.querySelector('.jp-InputPrompt');
                return /\\[\\d+\\]/.test(prompt.textContent) && prompt.textContent !== before;
            }""", arg=[number, before], timeout=seconds * 1000)

    def wait_aborted(self, number):
        """Waits until a queued cell is no longer queued and has not been run."""
        self.page.wait_for_function(
            "number => document.querySelectorAll('.jp-CodeCell')[number].innerText.trim().startsWith('[ ]:')",
            arg=number, timeout=ANSWER_S * 1000)

    def wait_source(self, number, text):
        """Waits until the cell's editor contains exactly this text."""
        self.page.wait_for_function(
            "([number, text]) => document.querySelectorAll('.jp-CodeCell .cm-content')[number].innerText === text",
            arg=[number, text], timeout=ANSWER_S * 1000)

    def wait_words(self, number, words, seconds=CELL_S):
        """Waits until the cell's output contains this text."""
        self.output(number).filter(has_text=words).first.wait_for(timeout=seconds * 1000)

    def wait_shown(self, seconds=CELL_S):
        """Waits until the whole notebook is on the page, with its pictures."""
        self.page.wait_for_function(ALL_SHOWN, timeout=seconds * 1000)
