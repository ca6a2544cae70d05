"""Files of networks that somebody else has written: what they say is held against what may be, and a load that fails changes nothing."""
import json
import struct

import pytest
from conftest import ROOT, text_of

pytestmark = pytest.mark.skipif(not (ROOT / "data/raw/train-images-idx3-ubyte").exists(), reason="make data first")

PREPARE = "preprocess normalize validation=59000"
MODEL = "model mine:\n    conv 4 5x5\n    maxpool 4\n    relu\n    dense 10"


class Home:
    """A kernel with a home of its own, a trained network in models/ and its checkpoint."""

    def __init__(self, start_kernel, folder):
        self.folder = folder
        (folder / "data").mkdir()
        (folder / "data/raw").symlink_to(ROOT / "data/raw")
        self.kernel = start_kernel(MNIST_HOME=folder)
        self.good(f"{PREPARE}\n{MODEL}\ntrain epochs=1\nmodel save base")

    def good(self, code):
        reply, messages = self.kernel.execute(code)
        assert reply["content"]["status"] == "ok", reply["content"]
        return messages

    def shown(self, code):
        return [m["content"]["data"]["text/plain"] for m in self.good(code) if m["msg_type"] in ("display_data", "update_display_data")]

    def rewrite(self, like, to, metadata):
        """models/TO, which is like the network or its checkpoint but for what the metadata say."""
        whole = (self.folder / {"network": "models/base.safetensors", "checkpoint": "data/checkpoints/mine.safetensors"}[like]).read_bytes()
        size = struct.unpack("<Q", whole[:8])[0]
        header = json.loads(whole[8:8 + size])
        header["__metadata__"].update(metadata)
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        (self.folder / f"models/{to}.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + whole[8 + size:])

    def files(self):
        return {path for path in self.folder.rglob("*.safetensors") if path.is_file()}


@pytest.fixture
def home(start_kernel, tmp_path):
    return Home(start_kernel, tmp_path)


def test_a_network_s_name_is_no_path(home):
    (home.folder / "victim").mkdir()
    for name in ("../../victim/paper", str(home.folder / "paper"), ".hidden", "", 70 * "x"):
        home.rewrite("network", "evil", {"name": name})
        before = home.files()
        home.good(f"model load evil\n{PREPARE}\ntrain epochs=1")
        assert home.files() - before <= {home.folder / "data/checkpoints/loaded.safetensors"}, name


def test_words_are_cut_between_characters(home):
    home.rewrite("network", "long", {"recipe": 400 * "é", "name": "x" + 31 * "é"})
    for code in ("model load long\nmodel save again", "model load again"):
        table = home.shown(code)[0]
        assert "x" + 31 * "é" in table and 255 * "é" in table and "\ufffd" not in table
    assert any("again" in table for table in home.shown("model list"))


def test_a_load_that_fails_changes_nothing(home):
    home.rewrite("checkpoint", "half", {"trainer.progress": "{}", "validation": "100", "split_seed": "9"})
    home.good("model fast\npreprocess normalize validation=59900 seed=3\ntrain epochs=1")
    before = home.shown("preprocess")
    reply, _ = home.kernel.execute("model load half")
    assert reply["content"]["status"] == "error" and "trainer.progress" in reply["content"]["evalue"]
    assert home.shown("preprocess") == before
    assert "fast" in home.shown("info")[0]
    assert text_of(home.good("train resume epochs=1"), "stderr") == ""


def test_images_have_one_channel(home):
    home.rewrite("network", "colour", {"input": "3x28x28"})
    reply, _ = home.kernel.execute("model load colour")
    assert reply["content"]["status"] == "error" and "3 channels" in reply["content"]["evalue"], reply["content"]
