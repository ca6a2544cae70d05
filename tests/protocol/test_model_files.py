"""test_model_files - model files from unknown sources: their content is checked, and a failed
load changes nothing.
"""
import re

import mnist_data
import model_file
import pytest
from conftest import ROOT, text_of

pytestmark = pytest.mark.skipif(not (ROOT / "data/raw/train-images-idx3-ubyte").exists(), reason="make data first")

PREPARE = "preprocess normalize validation=59000"
MODEL = "model mine:\n    conv 4 5x5\n    maxpool 4\n    relu\n    dense 10"


class Home:
    """A kernel with a home of its own, a trained network in models/ and its checkpoint."""

    def __init__(self, start_kernel, folder):
        self.folder = folder
        self.kernel = start_kernel(MNIST_HOME=mnist_data.link(folder))
        self.good(f"{PREPARE}\n{MODEL}\ntrain epochs=1\nmodel save base")

    def good(self, code):
        reply, messages = self.kernel.execute(code)
        assert reply["content"]["status"] == "ok", reply["content"]
        return messages

    def shown(self, code):
        data = [m["content"]["data"] for m in self.good(code) if m["msg_type"] == "display_data"]
        return [shown["text/plain"] for shown in data if "text/plain" in shown]

    def rewrite(self, like, to, metadata, sealed=True):
        """models/TO, which is like the network or its checkpoint but for what the metadata say."""
        model_file.rewrite(self.path(like), self.folder / f"models/{to}.safetensors", metadata, sealed)

    def path(self, like):
        return self.folder / {"network": "models/base.safetensors", "checkpoint": "data/checkpoints/mine.safetensors"
                              }[like]

    def fails(self, code):
        reply, _ = self.kernel.execute(code)
        assert reply["content"]["status"] == "error", reply["content"]
        return reply["content"]["evalue"]

    def files(self):
        return {path for path in self.folder.rglob("*.safetensors") if path.is_file()}


@pytest.fixture
def home(start_kernel, tmp_path):
    return Home(start_kernel, tmp_path)


def test_the_name_of_a_network_is_not_a_path(home):
    (home.folder / "victim").mkdir()
    for name in ("../../victim/paper", str(home.folder / "paper"), ".hidden", "", 70 * "x"):
        home.rewrite("network", "evil", {"name": name})
        before = home.files()
        home.good(f"model load evil\n{PREPARE}\ntrain epochs=1")
        assert home.files() - before <= {home.folder / "data/checkpoints/loaded.safetensors"}, name


def test_long_text_is_truncated_between_characters(home):
    home.rewrite("network", "long", {"recipe": 1500 * "é", "name": "x" + 31 * "é"})
    for code in ("model load long\nmodel save again", "model load again"):
        table = home.shown(code)[0]
        assert "x" + 31 * "é" in table and 1023 * "é" in table and 1024 * "é" not in table and "\ufffd" not in table
    assert any("again" in table for table in home.shown("model list"))


def test_a_load_that_fails_changes_nothing(home):
    home.rewrite("checkpoint", "half", {"trainer.progress": "{}"})
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


def test_the_digest_follows_its_definition(home):
    for like in ("network", "checkpoint"):
        header, data = model_file.read(home.path(like))
        assert header["__metadata__"]["sha256"] == model_file.digest(header, data)


@pytest.mark.parametrize("like", ["network", "checkpoint"])
def test_the_digest_covers_every_part_of_a_file(home, like):
    header, data = model_file.read(home.path(like))
    target = home.folder / "models/changed.safetensors"
    changes = [{key: value + "0"} for key, value in header["__metadata__"].items() if key not in ("format", "sha256")]
    for change in changes:
        model_file.write(target, {**header, "__metadata__": {**header["__metadata__"], **change}}, data)
        assert "changed after it was saved" in home.fails("model load changed"), change
    for name, tensor in header.items():
        if name != "__metadata__":
            at = tensor["data_offsets"][0]
            model_file.write(target, header, data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
            assert "changed after it was saved" in home.fails("model load changed"), name


def test_a_file_without_a_digest_loads_with_a_warning(home):
    home.rewrite("network", "bare", {}, sealed=False)
    assert "`bare` contains no SHA-256" in text_of(home.good("model load bare"), "stderr")
    assert text_of(home.good("model save bare\nmodel load bare"), "stderr") == ""


@pytest.mark.parametrize("metadata",
                         [{"mean": None}, {"mean": "nan"}, {"mean": "inf"}, {"mean": "thirty"}, {"mean": "33,3"},
                          {"sd": None}, {"sd": "nan"}, {"sd": "0"}, {"sd": "-1"}, {"normalize": None},
                          {"normalize": "2"}, {"deskew": None}, {"crop": None}, {"crop": "-1"}, {"crop": "wide"},
                          {"trained_on": "{}"}, {"trained_on": '[{"data": "mnist"}]'}],
                         ids=str)
def test_missing_preprocessing_is_an_error(home, metadata):
    home.rewrite("network", "vague", metadata)
    assert f'"{next(iter(metadata))}"' in home.fails("model load vague")


def test_a_variance_is_never_negative(home):
    home.good("model normed:\n    conv 2 5x5\n    batchnorm\n    maxpool 4\n    dense 10\n"
              "train epochs=1\nmodel save normed")
    path = home.folder / "models/normed.safetensors"
    header, data = model_file.read(path)
    at = header["batchnorm1.running_var"]["data_offsets"][0]
    data = data[:at + 3] + bytes([data[at + 3] ^ 0x80]) + data[at + 4:]
    header["__metadata__"]["sha256"] = model_file.digest(header, data)
    del header["__metadata__"]["hash"]
    header["__metadata__"]["sha256"] = model_file.digest(header, data)
    model_file.write(path, header, data)
    assert "batchnorm1.running_var[0]" in home.fails("model load normed")


def test_a_file_without_trainer_state_is_resumed_from_its_recipe(home):
    """Older files state the recipe alone. One that is not a single `train` is said to give no parameters."""
    recipe = "train epochs=1 batch=100 optimizer=sgd rate=0.02 smoothing=0.1 schedule=constant seed=9"
    home.good(f"{recipe}\nmodel save base")
    home.rewrite("network", "old", {"trainer.config": "{}"})
    home.rewrite("network", "odd", {"trainer.config": "{}", "recipe": "train epochs=$n"})
    hashes = {}
    for name in ("base", "old", "odd"):
        messages = home.good(f"model load {name}\ntrain resume epochs=1")
        hashes[name] = re.findall(r"\b[0-9a-f]{16}\b", str(messages))[-1]
        assert ("does not contain its training parameters" in text_of(messages, "stderr")) == (name == "odd")
    assert hashes["old"] == hashes["base"] != hashes["odd"]
    assert "nan" not in home.shown(
        "model load base\npreprocess validation=0\ntrain epochs=1\npreprocess validation=59000\n"
        "train resume epochs=1")[-1]
