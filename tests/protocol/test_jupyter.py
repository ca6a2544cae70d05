"""test_jupyter - Jupyter's test suite for kernels, jupyter_kernel_test, with every sample
defined: 13 tests, none skipped.
"""
import os

import jupyter_kernel_test
import pytest
from conftest import PROGRAM


@pytest.fixture(scope="module", autouse=True)
def installed(specs, tmp_path_factory):
    """The suite finds kernels by JUPYTER_PATH; the kernels it starts keep their history in the test's folder."""
    folder = tmp_path_factory.mktemp("jupyter")
    saved = dict(os.environ)
    os.environ.update(JUPYTER_PATH=str(specs.parent), MNIST_HISTORY=str(folder / "history.sqlite"))
    yield PROGRAM
    os.environ.clear()
    os.environ.update(saved)


class TestKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "mnist"
    language_name = "mnist"
    file_extension = ".mnist"
    code_hello_world = 'print "hello, world"'
    code_stderr = 'warn "this goes to stderr"'
    code_page_something = "train?"
    code_generate_error = "train epochs=ten"
    code_clear_output = "clear"
    code_inspect_sample = "train"
    code_execute_result = [{"code": "6 * 7", "result": "42"}, {"code": "1 + 1", "result": "2"},
                           {"code": "2 ^ 10 - 1000", "result": "24"}, {"code": '"a" + "b"', "result": '"ab"'}]
    code_display_data = [{"code": "info", "mime": "text/html"}, {"code": "info", "mime": "text/plain"}]
    code_history_pattern = "1?+ 1"
    supported_history_operations = ("tail", "range", "search")
    completion_samples = [
        {"text": "explore sam", "matches": ["samples"]},
        {"text": "train epo", "matches": ["epochs="]},
        {"text": "train optimizer=ada", "matches": ["adam", "adamw"]},
    ]
    complete_code_samples = ["6 * 7", "train epochs=1", "", "# a comment", 'print "done"']
    incomplete_code_samples = ['print "open', "model mine:", "model mine:\n    conv 8 3x3", "x = [1,", "train \\"]
    invalid_code_samples = ["trian", "train epochs=ten", "model mine:\n    konv 8\n\n"]


class TestWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "mnist"
    support_iopub_welcome = True
