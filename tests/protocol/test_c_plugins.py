"""test_c_plugins - plugins that C cells register (layers, losses, optimizers and others) in
commands, help, completion, trainings and files.
"""
import re

import pytest
from conftest import ask, good, run, run_until_interrupted, text_of, value
from plugin_cells import GATE, RECIPE, SWISH, TRAINING, hash_of, last_hash


def test_a_network_with_plugins_trains_reproducibly(plugins):
    first = hash_of(good(plugins, RECIPE))
    good(plugins, "set threads=1")
    assert hash_of(good(plugins, RECIPE)) == first
    good(plugins, "set threads=2 isa=plain")
    assert hash_of(good(plugins, RECIPE)) == first
    good(plugins, "set engine=native isa=auto")
    messages = good(plugins, "evaluate")
    assert float(re.search(r"Accuracy on the test set: ([\d.]+)", str(messages))[1]) > 60


def test_plugins_of_a_training(plugins):
    messages = good(plugins, RECIPE + " augment=mirror metric=top2 schedule=triangle loss=square optimizer=plain")
    table = [m for m in messages if "hash of the weights" in str(m)][-1]["content"]["data"]["text/plain"]
    heads, figures = table.splitlines()[0], [line for line in table.splitlines() if "%" in line][-1]
    assert "top2" in heads
    metric = float(figures.split("%")[2].split()[0])
    assert 0.3 < metric <= 1
    messages = good(plugins, "evaluate metric=top2\n$top2")
    shown = float(re.search(r"top2: ([\d.]+)", text_of(messages))[1])
    assert abs(shown - metric) < 0.15
    assert "augment mirror" not in text_of(good(plugins, "augment"))  # of that training alone
    assert "mirror" in text_of(good(plugins, "augment rotate=5 mirror"))
    assert any("image/png" in m["content"].get("data", {}) for m in good(plugins, "augment show 3"))
    good(plugins, "augment off")


def test_check_gradient(plugins):
    for name in ("gate1", "swish", "square", "conv1", "dense1"):
        assert "backward agrees" in text_of(good(plugins, f"check gradient {name} count=60"))
    good(plugins, GATE.replace("register_layer(gate,", "register_layer(wrong,").replace(
        "p->gradients[i / plane] += p->numbers[0] *", "p->gradients[i / plane] += 2 * p->numbers[0] *"))
    content, messages = run(plugins, "check gradient wrong")
    assert content["ename"] == "ArithmeticError" and "weight[" in content["evalue"]
    assert "backward is wrong" in content["evalue"]
    assert any("worst element" in str(m) for m in messages)
    good(plugins, GATE.replace("register_layer(gate,", "register_layer(setting,").replace(
        "p->gradients[i / plane] +=", "p->gradients[i / plane] ="))
    content, _ = run(plugins, "check gradient setting")
    assert "must add" in content["evalue"]
    scaled = GATE.replace("register_layer(gate,",
                          "register_layer(scaled,").replace("power=1", "scale=4 power=1").replace(
                              "plan->numbers[0] < 0", "plan->numbers[0] != 4 || plan->numbers[1] != 0.5")
    good(plugins, GATE.replace("register_layer(gate,", "register_layer(scaled,"))
    good(plugins, "model x:\n    scaled power=0.5\n    dense 10")
    good(plugins, scaled)  # the new layer, with the line's power and its own scale
    assert "backward agrees" in text_of(good(plugins, "check gradient scaled"))
    good(plugins, "model mixed")
    content, _ = run(plugins, "check gradient nothing")
    assert "neither a layer of the network" in content["evalue"]


def test_the_comment_becomes_the_help(plugins):
    assert "x times its own sigmoid\n\nSmooth where relu has a corner." in text_of(good(plugins, "help swish"))
    text = text_of(good(plugins, "help gate"))
    assert "gate [power=1]" in text and re.search(r"power +how strongly", text)
    assert "Up, then down" in text_of(good(plugins, "help triangle"))
    assert "triangle" in text_of(good(plugins, "help train schedule"))
    assert "swish" in text_of(good(plugins, "help"))


@pytest.mark.parametrize("code, wanted", [
    ("model x:\n    swi", "swish"),
    ("model x:\n    gate po", "power="),
    ("train schedule=tri", "triangle"),
    ("train loss=squ", "square"),
    ("train optimizer=pl", "plain"),
    ("train augment=mi", "mirror"),
    ("train metric=to", "top2"),
    ("augment mi", "mirror"),
    ("check gradient sw", "swish1"),
])
def test_completion_of_plugins(plugins, code, wanted):
    assert wanted in ask(plugins, "complete", code + "|")["matches"]


def test_inspection_of_plugins(plugins):
    assert "x times its own sigmoid" in ask(plugins, "inspect", "model x:\n    swish|")["data"]["text/plain"]
    assert "Up, then down" in ask(plugins, "inspect", "train schedule=triangle|")["data"]["text/plain"]


@pytest.mark.parametrize("code, expected", [
    ("train schedule=triangel", "did you mean `triangle`?"),
    ("model x:\n    gate power=-1\n    dense 10", "power must not be below 0"),
    ("model x:\n    gate width=1\n    dense 10", "width"),
    ("train loss=square smoothing=0.1", "smoothing works with cross-entropy only"),
    ("train schedule=triangle warmup=1",
     "^^^^^^^^ the registered schedule `triangle` sets the rate of every step itself"),
    ("%%c\n#include <mnist.h>\nregister_layer(conv, .forward = 0);", "conv is already the name of a layer"),
    ("%%c\n#include <mnist.h>\nregister_layer(empty, .parameters = \"a=1\");", "needs .forward and .backward"),
    ("%%c\n#include <mnist.h>\nvoid f(const struct mnist_call *c) {}\nregister_command(f, \"9=1\");",
     "invalid parameters"),
])
def test_diagnostics_of_plugins(plugins, code, expected):
    content, _ = run(plugins, code)
    assert content["status"] == "error" and expected in content["evalue"] + "\n".join(content["traceback"])
    good(plugins, "model summary")


def test_plugins_in_a_resumed_training(plugins):
    """Each counts, or is refused at its place; the file of a network names those that its training needs."""
    good(plugins, RECIPE)
    content, _ = run(plugins, "train resume epochs=1 augment=mirror")
    assert "^^^^^^^^^^^^^^ `train resume` uses the augmentation set by `augment`" in "\n".join(content["traceback"])
    plain = last_hash(good(plugins, "train resume epochs=1"))
    for parameter in ("schedule=triangle", "loss=square", "optimizer=plain"):
        good(plugins, RECIPE)
        assert last_hash(good(plugins, f"train resume epochs=1 {parameter}")) != plain, parameter
    good(plugins, RECIPE)
    messages = good(plugins, "train resume epochs=1 metric=top2")
    assert last_hash(messages) == plain and "top2" in str(messages)
    good(plugins, RECIPE)
    live = last_hash(
        good(
            plugins, "train resume epochs=2 optimizer=plain schedule=triangle loss=square\nmodel save mixed2\n"
            "train resume epochs=1 optimizer=plain"))
    assert last_hash(good(plugins, "model load mixed2\ntrain resume epochs=1")) == live


def test_check_gradient_of_a_loss_checks_count_elements(plugins):
    assert "3 of 100" in str(good(plugins, "check gradient square count=3"))
    assert "100 of 100" in str(good(plugins, "check gradient square"))


def test_registered_commands(plugins):
    good(plugins, """%%c
#include <mnist.h>
#include <stdio.h>
/* Greets.
   times: how often */
void greet(const struct mnist_call *call)
{
    for (int i = 0; i < mnist_number(call, "times"); i++)
        printf("hello %s\\n", mnist_text(call, "name"));
    mnist_markdown("**%d** images", mnist_set(MNIST_TEST).count);
}
register_command(greet, "times=2 name=you");
""")
    messages = good(plugins, 'greet 1 name="Ada L"')
    assert text_of(messages) == "hello Ada L\n" and "**1000** images" in str(messages)
    assert text_of(good(plugins, "greet")) == "hello you\nhello you\n"
    content, _ = run(plugins, "greet times=often")
    assert "times must be a number" in content["evalue"]
    assert "greet" in ask(plugins, "complete", "gre|")["matches"]
    assert "times=" in ask(plugins, "complete", "greet ti|")["matches"]
    assert value(plugins, "%%c\n#include <mnist.h>\nmnist_run(\"greet 1 name=inside\")") == "true"
    good(plugins, """%%c
#include <mnist.h>
void crashes(const struct mnist_call *call)
{
    mnist_edit_label(MNIST_TEST, 0, 1);
    *(volatile int *)0 = 1;
}
register_command(crashes);
""")
    content, _ = run(plugins, "crashes")
    assert content["ename"] == "SIGSEGV" and "line 6, in crashes" in "\n".join(content["traceback"])
    assert value(plugins, "%%c\n#include <mnist.h>\nmnist_label(MNIST_TEST, 0)") == "7"


def test_a_file_names_the_plugins_that_it_needs(start_kernel, plugins, plugin_home, digits, tmp_path):
    good(plugins, "model mixed")
    good(plugins, "train epochs=2 batch=50 seed=3 optimizer=plain loss=square metric=top2 schedule=triangle")
    file = tmp_path / "mixed.safetensors"
    good(plugins, "model save network_of_a_test")
    (plugin_home / "models/network_of_a_test.safetensors").rename(file)
    good(plugins, f'model load "{file}"\nevaluate')
    other = start_kernel(MNIST_HOME=plugin_home)
    good(other, f'load "{digits}"')
    content, _ = run(other, f'model load "{file}"')
    assert content["ename"] == "StateError" and "`swish`, `gate`" in content["evalue"]
    assert "run the C cell" in content["evalue"]
    good(other, SWISH)
    good(other, GATE)
    messages = good(other, "model load mixed")  # the checkpoint: its training has parts, too
    assert "needs the optimizer `plain`" in text_of(messages, "stderr")
    good(other, TRAINING)
    messages = good(other, "model load mixed\nevaluate")
    assert "cannot be continued" not in text_of(messages, "stderr")


def test_a_layer_whose_parameters_change_before_its_line_runs(plugins):
    again = GATE.replace("register_layer(gate,",
                         "void again(const struct mnist_call *call) {\nregister_layer(changing,").replace(
                             "power=1", "strength=2")
    good(plugins, GATE.replace("register_layer(gate,", "register_layer(changing,"))
    good(plugins, again + "}\nregister_command(again);")
    content, _ = run(plugins, "again\nmodel x:\n    changing power=1\n    dense 10")
    assert content["ename"] == "UsageError" and "have changed since this line was parsed" in content["evalue"]
    good(plugins, "model x:\n    changing strength=1\n    dense 10")
    good(plugins, "model mixed")


def test_plugins_are_redefined_and_removed_by_reset(start_kernel, digits):
    kernel = start_kernel()
    good(kernel, f'load "{digits}"')
    good(kernel, SWISH)
    good(kernel, "preprocess normalize validation=300\nmodel a:\n    conv 4 3x3 stride=2\n    swish\n    dense 10")
    before = hash_of(good(kernel, RECIPE))
    good(kernel, SWISH.replace("return x / (1 + expf(-x));", "return x > 0 ? x : 0;").replace(
        "return s + x * s * (1 - s);", "return x > 0;"))
    assert hash_of(good(kernel, RECIPE)) == before  # the network has the layer that it was built with
    good(kernel, "model a")
    relu = hash_of(good(kernel, RECIPE))
    assert relu != before
    good(kernel, "model b:\n    conv 4 3x3 stride=2\n    relu\n    dense 10")
    assert hash_of(good(kernel, RECIPE)) == relu
    content, messages = run(kernel, "reset\nmodel c:\n    swish\n    dense 10")
    assert content["status"] == "error" and "there is no layer \"swish\"" in content["evalue"]
    content, messages = run(kernel, "model c:\n    swish\n    dense 10")
    assert 'no layer "swish"' in content["evalue"]
    assert "swish" not in ask(kernel, "complete", "model x:\n    swi|")["matches"]


def test_a_loaded_training_reports_another_augmentation(plugins):
    good(plugins, "model mixed\naugment off")
    content, _ = run_until_interrupted(plugins, "train epochs=1000 batch=20 seed=3 augment=mirror")
    assert content["ename"] == "KeyboardInterrupt"
    output = text_of(good(plugins, "model load mixed"), "stderr")
    assert "the network was trained with `augment rotate=0" in output
    assert "mirror`, but the session's augmentation is `none`" in output
    good(plugins, "augment mirror")
    assert "the network was trained with" not in text_of(good(plugins, "model load mixed"), "stderr")
    good(plugins, "augment off")
