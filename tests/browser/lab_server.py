"""lab_server - a separate JupyterLab: server, settings, $MNIST_HOME and notebooks are in one temporary folder.

conftest.py starts one server for the whole suite. The kernelspec is that of .venv, as installed by `make lab`. The home
links to the data of this checkout, so files that notebooks save stay in the temporary folder.
"""
import contextlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import nbformat

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_S = 90  # until the server responds; about 4 s on an idle machine
STOP_S = 15
ASK_S = 30  # one request to the server's REST interface

KERNELSPEC = {"name": "mnist", "display_name": "MNIST (C)", "language": "mnist"}

# No dialogs, no news requests, no autosave; all other settings are the defaults.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}

# On a slow machine JupyterLab removes its splash screen twice, and the second time fails with an error in the console.
PAGE_CONFIG = {"disabledExtensions": {"@jupyterlab/apputils-extension:splash": True}}


class LabServer:
    """A running `jupyter lab`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.notebooks = self.folder / "notebooks"
        self.token = secrets.token_hex(16)
        self.url = ""
        self.home = self.folder / "home"
        self.notebooks.mkdir()
        self._write_settings()

    def make_home(self):
        """Fills $MNIST_HOME for each test: links to the data, copies of the committed models."""
        shutil.rmtree(self.home, ignore_errors=True)
        (self.home / "data").mkdir(parents=True)
        for name in ("raw", "fashion"):
            if (ROOT / "data" / name).is_dir():
                (self.home / "data" / name).symlink_to(ROOT / "data" / name)
        if (ROOT / "models").is_dir():
            shutil.copytree(ROOT / "models", self.home / "models")

    def _write_settings(self):
        for name, values in SETTINGS.items():
            file = self.folder / "settings/@jupyterlab" / (name + ".jupyterlab-settings")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        (self.folder / "config/labconfig").mkdir(parents=True)
        (self.folder / "config/labconfig/page_config.json").write_text(json.dumps(PAGE_CONFIG))

    def _environment(self):
        inside = {
            "HOME": "user", "MNIST_HOME": "home", "MNIST_HISTORY": "history.sqlite", "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "XDG_DATA_HOME": "user/share", "XDG_STATE_HOME": "user/state",
        }
        (self.folder / "user").mkdir(exist_ok=True)
        return dict(os.environ, **{name: str(self.folder / place) for name, place in inside.items()})

    def start(self):
        """Port 0 lets the system choose the port; the server writes it to its runtime folder."""
        self.log = open(self.folder / "server.log", "wb")
        command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ServerApp.port=0",
                   "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={self.notebooks}",
                   f"--IdentityProvider.token={self.token}", "--LabApp.expose_app_in_browser=True"]
        self.process = subprocess.Popen(command, cwd=self.folder, env=self._environment(), stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)
        end = time.monotonic() + START_S
        while not self._answers():
            assert self.process.poll() is None, f"jupyter lab ended at its start:\n{self.log_text()}"
            assert time.monotonic() < end, f"jupyter lab did not answer within {START_S} s:\n{self.log_text()}"
            time.sleep(0.1)

    def _answers(self):
        for file in (self.folder / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                self.url = f"http://127.0.0.1:{json.loads(file.read_text())['port']}"
                return "version" in self.ask("GET", "/api")
        return False

    def stop(self):
        """On shutdown the server ends its kernels; remaining processes of its group are killed."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def log_text(self):
        return (self.folder / "server.log").read_text(errors="replace")

    def ask(self, method, path):
        """Sends a request to the server's REST interface. Returns the JSON of the reply, or None if it is empty."""
        request = urllib.request.Request(self.url + path,
                                         method=method,
                                         headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=ASK_S) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def end_kernels(self):
        for session in self.ask("GET", "/api/sessions"):
            with contextlib.suppress(OSError):
                self.ask("DELETE", f"/api/sessions/{session['id']}")

    # ---- notebooks ----

    def write_notebook(self, name, cells):
        """Writes a notebook with these code cells for the kernel `mnist`. Returns its path below the server's root."""
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": KERNELSPEC})
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
        nbformat.write(notebook, self.notebooks / name)
        return name

    def copy_notebook(self, source, name, change=lambda text: text, keep_outputs=False):
        """Copies a committed notebook, with its code changed by `change`, and without outputs unless `keep` is set."""
        notebook = nbformat.read(source, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.source = change(cell.source)
                if not keep_outputs:
                    cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, self.notebooks / name)
        return name
