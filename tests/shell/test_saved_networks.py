"""Networks saved by one command for another: `train save=`, `model=` for one command, and the checkpoint after
Ctrl-C."""
import pathlib
import re
import signal

import mnist_data
import pytest
from conftest import WAIT_S, mnist, started

SMALL = "preprocess validation=55000; model lenet; "


def accuracy(text):
    return re.findall(r"Accuracy on the test set: ([\d.]+) %", text)


def hashes(text):
    """{epoch: hash of the weights} of a training's table."""
    return {int(row[1]): row[2] for row in re.finditer(r"^ +(\d+)  .* ([0-9a-f]{16})(?:  |$)", text, re.M)}


def test_a_saved_network_is_found_by_other_commands(home):
    trained = mnist(home, "-c", SMALL + "train epochs=1 save=mine; evaluate")
    assert trained.returncode == 0 and re.search(r"^saved as .*models/mine.safetensors$", trained.stdout, re.M), trained
    found = mnist(home, "evaluate", "model=mine")
    assert found.returncode == 0 and accuracy(found.stdout) == accuracy(trained.stdout) != []
    answer = mnist(home, "predict", "model=mine", "test", "42")
    assert answer.returncode == 0 and re.match(r"prediction: \d \([\d.]+ %\), true class: 4\n", answer.stdout)
    for words in (["evaluate", "confusion"], ["evaluate", "errors"], ["plot", "loss"], ["plot", "accuracy"],
                  ["plot", "rate"], ["plot", "filters"], ["plot", "activations", "3"]):
        done = mnist(home, *words, "model=mine")
        assert done.returncode == 0 and re.search(r"^pictures/.*\.svg$", done.stdout, re.M), done
    by_path = mnist(home, "evaluate", "model=models/mine.safetensors")
    assert accuracy(by_path.stdout) == accuracy(trained.stdout)


def test_a_named_network_does_not_change_the_session(home):
    """Including its images and its unsaved network, whose training continues to identical weights."""
    assert mnist(
        home, "-c",
        "preprocess crop=20 validation=55000; model other:\n  dense 10\ntrain epochs=1 save=other").returncode == 0
    own = SMALL + "train epochs=1; "
    plain = mnist(home, "-c", own + "info; evaluate; train resume epochs=1")
    between = mnist(home, "-c",
                    own + "evaluate model=other; predict test 1 model=other; plot filters model=other layer=x")
    assert between.returncode == 1 and "`other` has no" not in between.stdout
    assert "the network has no layer x" in between.stderr
    again = mnist(home, "-c", own + "evaluate model=other; info; evaluate; train resume epochs=1")
    assert plain.returncode == again.returncode == 0, again
    assert len(accuracy(again.stdout)) == 2
    assert accuracy(again.stdout)[1] == accuracy(plain.stdout)[0] != accuracy(again.stdout)[0]
    tail = plain.stdout[plain.stdout.index("session\n"):].replace("variables          3", "variables          5")
    assert again.stdout.endswith(tail), "the session's network, images and training have not changed"


@pytest.mark.parametrize("command, expected", [("evaluate model=mien", "there is no saved network `mien`"),
                                               ("evaluate model=new", "the network `lenet` has not been trained"),
                                               ("evaluate model=bad", "bad.safetensors")])
def test_errors_of_networks_that_cannot_be_evaluated(home, command, expected):
    assert mnist(home, "-c", "model lenet; model save new").returncode == 0
    (pathlib.Path(home["MNIST_HOME"]) / "models/bad.safetensors").write_bytes(b"no network")
    done = mnist(home, "-c", command)
    assert done.returncode == 1 and expected in done.stderr, done


def test_save_is_checked_before_the_training(home):
    (pathlib.Path(home["MNIST_HOME"]) / "models").write_text("a file where the folder should be")
    done = mnist(home, "-c", SMALL + "train epochs=1 save=mine")
    assert done.returncode == 1 and "/models" in done.stderr and hashes(done.stdout) == {}


def interrupted(home, commands, rows):
    """Interrupts a training after this many lines of its table. Returns its output and errors."""
    with started(home, "-c", commands, bufsize=0, text=False) as training:
        output = b""
        while len(hashes(output.decode())) < rows or not output.endswith(b"\n"):
            line = training.stdout.readline()
            assert line, training.stderr.read()
            output += line
        training.send_signal(signal.SIGINT)
        output += training.stdout.read()
        assert training.wait(WAIT_S) == 130
        return output.decode(), training.stderr.read().decode()


@pytest.mark.parametrize("save", [True, False])
def test_an_interrupted_training_is_resumed_in_another_process(home, tmp_path, save):
    """The weights are identical to those of a training without interruption."""
    mnist_data.write_first(tmp_path, 3000, 500)
    small = f"load '{tmp_path}'; preprocess validation=1000; model lenet; "
    whole = hashes(mnist(home, "-c", small + "train epochs=40").stdout)
    output, wrong = interrupted(home, small + "train epochs=40" + (" save=mine" if save else ""), 2)
    assert len(hashes(output)) < 40 and bool(re.search(r"^saved as .*models/mine.safetensors$", output, re.M)) == save
    place = re.search(r"\(in another session: after `model load (\S+)`\)", wrong)
    assert place and (place[1] == "mine") == save, wrong
    resumed = mnist(home, "-c", f"load '{tmp_path}'; model load {place[1]}; train resume")
    assert resumed.returncode == 0 and "begins from the network's weights" not in resumed.stdout, resumed
    assert hashes(resumed.stdout) == whole and len(whole) == 40
    if save:
        assert mnist(home, "evaluate", "model=mine").returncode == 0
