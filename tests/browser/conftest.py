"""Fixtures of the browser tests: one JupyterLab and one Chromium for all tests, one page and one kernel for each test.

A failed test writes build/browser/TEST.png, a screenshot of the page, and TEST.txt, the server's log and the messages
of the page's console. Chromium is $CHROMIUM, or the system's; no browser is downloaded. """
import os
import re
import shutil

import pytest
from playwright.sync_api import sync_playwright

from lab_notebook import LabNotebook
from lab_server import ROOT, LabServer

FAILURES = ROOT / "build/browser"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update"]
WINDOW = {"width": 1280, "height": 900}
OUTCOME = pytest.StashKey[list]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.stash.setdefault(OUTCOME, []).append(report)
    return report


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    server = LabServer(tmp_path_factory.mktemp("lab"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def browser():
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") \
        or shutil.which("google-chrome")
    assert program, "no Chromium here: set CHROMIUM to the program, or install the package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def notebook(lab, browser, request):
    """A new page, browser profile and $MNIST_HOME. Afterwards the console must contain no error; the kernel is shut
    down."""
    lab.make_home()
    context = browser.new_context(viewport=WINDOW)
    notebook = LabNotebook(context.new_page(), lab)
    yield notebook
    failed = any(report.failed for report in request.node.stash.get(OUTCOME, [])) or notebook.complaints
    if failed:
        save_failure(request.node.name, notebook)
    context.close()
    lab.end_kernels()
    assert not notebook.complaints, "errors in the browser's console:\n" + "\n".join(notebook.complaints)


def save_failure(name, notebook):
    FAILURES.mkdir(parents=True, exist_ok=True)
    file = FAILURES / re.sub(r"[^\w.-]+", "_", name)
    notebook.page.screenshot(path=f"{file}.png")
    words = ["console:", *notebook.complaints, "", "server:", notebook.server.log_text()]
    file.with_name(file.name + ".txt").write_text("\n".join(words))


@pytest.fixture
def cells(lab, notebook):
    """Opens a notebook with the given code cells and a running kernel: cells("load mnist", "explore")."""
    return lambda *sources: notebook.open(lab.write_notebook("test.ipynb", sources))
