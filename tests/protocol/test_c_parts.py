"""test_c_parts - plugins that C cells register: layers, losses, optimizers and others, in
commands, help, completion and files; and plugins that fail.
"""
import pathlib
import re
import threading

import pytest
from conftest import Kernel, text_of
from test_c_cells import ask, good, run, value

RAW = pathlib.Path(__file__).resolve().parents[2] / "data/raw"

SWISH = """%%c
#include <mnist.h>
#include <math.h>

/* x times its own sigmoid.
   Smooth where relu has a corner. */
float swish(float x) { return x / (1 + expf(-x)); }
float swish_slope(float x)
{
    float s = 1 / (1 + expf(-x));
    return s + x * s * (1 - s);
}
register_activation(swish, .value = swish, .slope = swish_slope);
"""

GATE = """%%c
#include <mnist.h>

// Scales each channel by a weight of its own.
// power: how strongly
void gate_plan(struct mnist_layer_plan *plan)
{
    plan->weights = plan->in.channels;
    plan->first = 1;
    plan->spread = 0.1;
    if (plan->numbers[0] < 0) plan->wrong = "power must not be below 0";
}
void gate_forward(struct mnist_pass *p, const float *x, float *y)
{
    int plane = p->in.rows * p->in.columns;
    for (int i = 0; i < p->in.channels * plane; i++)
        y[i] = p->numbers[0] * p->weights[i / plane] * x[i];
}
void gate_backward(struct mnist_pass *p, const float *x, const float *y, const float *dy, float *dx)
{
    int plane = p->in.rows * p->in.columns;
    for (int i = 0; i < p->in.channels * plane; i++) {
        dx[i] = p->numbers[0] * p->weights[i / plane] * dy[i];
        p->gradients[i / plane] += p->numbers[0] * x[i] * dy[i];
    }
}
register_layer(gate, .parameters = "power=1", .plan = gate_plan, .forward = gate_forward, .backward = gate_backward);
"""

TRAINING = """%%c
#include <mnist.h>
#include <math.h>
/* Share of images whose class is among the two likeliest. */
double top2(const float *p, const uint8_t *labels, int count, int classes)
{
    int good = 0;
    for (int i = 0; i < count; i++, p += classes) {
        int better = 0;
        for (int c = 0; c < classes; c++) better += p[c] > p[labels[i]];
        good += better < 2;
    }
    return (double)good / count;
}
register_metric(top2);

/* Up, then down. */
double triangle(double rate, uint64_t step, uint64_t steps)
{
    double t = (step + 0.5) / steps;
    return rate * (t < 0.5 ? 2 * t : 2 - 2 * t);
}
register_schedule(triangle);

/* Half the square distance to the one-hot vector. */
double square(const float *z, int classes, int label, float *dz)
{
    double sum = 0;
    for (int c = 0; c < classes; c++) {
        dz[c] = z[c] - (c == label);
        sum += dz[c] * dz[c] / 2;
    }
    return sum;
}
register_loss(square);

/* Plain gradient descent. */
void plain(const struct mnist_step *s, float *w, const float *g, float *const *m, int count)
{
    for (int i = 0; i < count; i++) {
        m[0][i] = (float)s->momentum * m[0][i] + g[i];
        w[i] -= (float)s->rate * m[0][i];
    }
}
register_optimizer(plain, .moments = 1, .rate = 0.02, .step = plain);

/* Mirrors every other image. */
void mirror(uint8_t *out, const uint8_t *in, int rows, int columns, struct mnist_rng *rng)
{
    int turn = mnist_rng_below(rng, 2);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            out[i * columns + j] = in[i * columns + (turn ? columns - 1 - j : j)];
}
register_augmentation(mirror);
"""

NETWORK = """preprocess normalize validation=300 seed=1
model parts:
    conv 4 3x3 stride=2
    swish
    gate 0.5
    maxpool 2
    dense 10
"""
RECIPE = "train epochs=4 batch=20 seed=3"


def run_until_interrupted(kernel, code):
    """The interrupt comes every second, since the first may be too early."""
    over = threading.Event()

    def press():
        while not over.wait(1.0):
            kernel.interrupt()
    thread = threading.Thread(target=press)
    thread.start()
    try:
        return run(kernel, code)
    finally:
        over.set()
        thread.join()


def hash_of(messages):
    return re.findall(r"\b[0-9a-f]{16}\b", str(messages))[0]


def last_hash(messages):
    return re.findall(r"\b[0-9a-f]{16}\b", str(messages))[-1]


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A folder of MNIST's first 1,500 training and 1,000 test images: a training is done in no time."""
    folder = tmp_path_factory.mktemp("digits")
    for part, count in (("train", 1500), ("t10k", 1000)):
        for name, head, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
            whole = (RAW / f"{part}-{name}-ubyte").read_bytes()
            (folder / f"{part}-{name}-ubyte").write_bytes(
                whole[:4] + count.to_bytes(4, "big") + whole[8:head] + whole[head:head + count * size])
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Where networks and checkpoints of these tests go."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "data").mkdir()
    (folder / "data/raw").symlink_to(RAW)
    return folder


@pytest.fixture(scope="module")
def parts(digits, home, specs, tmp_path_factory):
    kernel = Kernel(specs, tmp_path_factory.mktemp("parts"), MNIST_HOME=home)
    kernel.start()
    for cell in (f'load "{digits}"', SWISH, GATE, TRAINING, NETWORK):
        good(kernel, cell)
    yield kernel
    kernel.stop()


def test_a_network_with_plugins_trains_reproducibly(parts):
    first = hash_of(good(parts, RECIPE))
    good(parts, "set threads=1")
    assert hash_of(good(parts, RECIPE)) == first
    good(parts, "set threads=2 isa=plain")
    assert hash_of(good(parts, RECIPE)) == first
    good(parts, "set engine=native isa=auto")
    messages = good(parts, "evaluate")
    assert float(re.search(r"Accuracy on the test set: ([\d.]+)", str(messages))[1]) > 60


def test_plugins_of_a_training(parts):
    messages = good(parts, RECIPE + " augment=mirror metric=top2 schedule=triangle loss=square optimizer=plain")
    table = [m for m in messages if "hash of the weights" in str(m)][-1]["content"]["data"]["text/plain"]
    heads, figures = table.splitlines()[0], [line for line in table.splitlines() if "%" in line][-1]
    assert "top2" in heads
    metric = float(figures.split("%")[2].split()[0])
    assert 0.3 < metric <= 1
    messages = good(parts, "evaluate metric=top2\n$top2")
    shown = float(re.search(r"top2: ([\d.]+)", text_of(messages))[1])
    assert abs(shown - metric) < 0.15
    assert "augment mirror" not in text_of(good(parts, "augment"))  # of that training alone
    assert "mirror" in text_of(good(parts, "augment rotate=5 mirror"))
    assert any("image/png" in m["content"].get("data", {}) for m in good(parts, "augment show 3"))
    good(parts, "augment off")


def test_check_gradient(parts):
    for name in ("gate1", "swish", "square", "conv1", "dense1"):
        assert "backward agrees" in text_of(good(parts, f"check gradient {name} count=60"))
    good(parts, GATE.replace("register_layer(gate,", "register_layer(wrong,").replace(
        "p->gradients[i / plane] += p->numbers[0] *", "p->gradients[i / plane] += 2 * p->numbers[0] *"))
    content, messages = run(parts, "check gradient wrong")
    assert content["ename"] == "ArithmeticError" and "weight[" in content["evalue"] and "backward is wrong" in content["evalue"]
    assert any("worst element" in str(m) for m in messages)
    good(parts, GATE.replace("register_layer(gate,", "register_layer(setting,").replace(
        "p->gradients[i / plane] +=", "p->gradients[i / plane] ="))
    content, _ = run(parts, "check gradient setting")
    assert "must add" in content["evalue"]
    scaled = GATE.replace("register_layer(gate,", "register_layer(scaled,").replace("power=1", "scale=4 power=1").replace(
        "plan->numbers[0] < 0", "plan->numbers[0] != 4 || plan->numbers[1] != 0.5")
    good(parts, GATE.replace("register_layer(gate,", "register_layer(scaled,"))
    good(parts, "model x:\n    scaled power=0.5\n    dense 10")
    good(parts, scaled)  # the new layer, with the line's power and its own scale
    assert "backward agrees" in text_of(good(parts, "check gradient scaled"))
    good(parts, "model parts")
    content, _ = run(parts, "check gradient nothing")
    assert "neither a layer of the network" in content["evalue"]


def test_the_comment_becomes_the_help(parts):
    assert "x times its own sigmoid\n\nSmooth where relu has a corner." in text_of(good(parts, "help swish"))
    text = text_of(good(parts, "help gate"))
    assert "gate [power=1]" in text and re.search(r"power +how strongly", text)
    assert "Up, then down" in text_of(good(parts, "help triangle"))
    assert "triangle" in text_of(good(parts, "help train schedule"))
    assert "swish" in text_of(good(parts, "help"))


@pytest.mark.parametrize("code, wanted", [
    ("model x:\n    swi", "swish"), ("model x:\n    gate po", "power="), ("train schedule=tri", "triangle"),
    ("train loss=squ", "square"), ("train optimizer=pl", "plain"), ("train augment=mi", "mirror"), ("train metric=to", "top2"),
    ("augment mi", "mirror"), ("check gradient sw", "swish1"),
])
def test_completion_of_plugins(parts, code, wanted):
    assert wanted in ask(parts, "complete", code + "|")["matches"]


def test_inspection_of_plugins(parts):
    assert "x times its own sigmoid" in ask(parts, "inspect", "model x:\n    swish|")["data"]["text/plain"]
    assert "Up, then down" in ask(parts, "inspect", "train schedule=triangle|")["data"]["text/plain"]


@pytest.mark.parametrize("code, expected", [
    ("train schedule=triangel", "did you mean `triangle`?"),
    ("model x:\n    gate power=-1\n    dense 10", "power must not be below 0"),
    ("model x:\n    gate width=1\n    dense 10", "width"),
    ("train loss=square smoothing=0.1", "smoothing works with cross-entropy only"),
    ("train schedule=triangle warmup=1", "^^^^^^^^ the registered schedule `triangle` sets the rate of every step itself"),
    ("%%c\n#include <mnist.h>\nregister_layer(conv, .forward = 0);", "conv is already the name of a layer"),
    ("%%c\n#include <mnist.h>\nregister_layer(empty, .parameters = \"a=1\");", "needs .forward and .backward"),
    ("%%c\n#include <mnist.h>\nvoid f(const struct mnist_call *c) {}\nregister_command(f, \"9=1\");", "invalid parameters"),
])
def test_diagnostics_of_plugins(parts, code, expected):
    content, _ = run(parts, code)
    assert content["status"] == "error" and expected in content["evalue"] + "\n".join(content["traceback"])
    good(parts, "model summary")


def test_plugins_in_a_resumed_training(parts):
    """Each counts, or is refused at its place; the file of a network names those that its training needs."""
    good(parts, RECIPE)
    content, _ = run(parts, "train resume epochs=1 augment=mirror")
    assert "^^^^^^^^^^^^^^ `train resume` uses the augmentation set by `augment`" in "\n".join(content["traceback"])
    plain = last_hash(good(parts, "train resume epochs=1"))
    for parameter in ("schedule=triangle", "loss=square", "optimizer=plain"):
        good(parts, RECIPE)
        assert last_hash(good(parts, f"train resume epochs=1 {parameter}")) != plain, parameter
    good(parts, RECIPE)
    messages = good(parts, "train resume epochs=1 metric=top2")
    assert last_hash(messages) == plain and "top2" in str(messages)
    good(parts, RECIPE)
    live = last_hash(good(parts, "train resume epochs=2 optimizer=plain schedule=triangle loss=square\nmodel save parts2\n"
                                 "train resume epochs=1 optimizer=plain"))
    assert last_hash(good(parts, "model load parts2\ntrain resume epochs=1")) == live


def test_check_gradient_of_a_loss_checks_count_elements(parts):
    assert "3 of 100" in str(good(parts, "check gradient square count=3"))
    assert "100 of 100" in str(good(parts, "check gradient square"))


def test_registered_commands(parts):
    good(parts, """%%c
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
    messages = good(parts, 'greet 1 name="Ada L"')
    assert text_of(messages) == "hello Ada L\n" and "**1000** images" in str(messages)
    assert text_of(good(parts, "greet")) == "hello you\nhello you\n"
    content, _ = run(parts, "greet times=often")
    assert "times must be a number" in content["evalue"]
    assert "greet" in ask(parts, "complete", "gre|")["matches"]
    assert "times=" in ask(parts, "complete", "greet ti|")["matches"]
    assert value(parts, "%%c\n#include <mnist.h>\nmnist_run(\"greet 1 name=inside\")") == "true"
    good(parts, """%%c
#include <mnist.h>
void crashes(const struct mnist_call *call)
{
    mnist_edit_label(MNIST_TEST, 0, 1);
    *(volatile int *)0 = 1;
}
register_command(crashes);
""")
    content, _ = run(parts, "crashes")
    assert content["ename"] == "SIGSEGV" and "line 6, in crashes" in "\n".join(content["traceback"])
    assert value(parts, "%%c\n#include <mnist.h>\nmnist_label(MNIST_TEST, 0)") == "7"


GREET = """%%c
#include <mnist.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
void greets(const struct mnist_call *call) { puts("hello"); }
register_command(greets);
void leaves(const struct mnist_call *call) { mnist_table("never | ended"); }
register_command(leaves);
"""


def test_a_command_inside_a_cell_keeps_the_cell_s_threads(parts):
    good(parts, GREET)
    pid = parts.session_pid()
    messages = good(parts, """%%c
static int count;
void *work(void *u) { for (; count < 30; count++) usleep(10000); return u; }
pthread_t thread;
pthread_create(&thread, 0, work, 0);
mnist_run("greets");
pthread_join(thread, 0);
count""")
    assert messages[-1]["content"]["data"]["text/plain"] == "30" and text_of(messages, "stderr") == ""
    assert parts.session_pid() == pid
    messages = good(parts, "%%c\nvoid *ever(void *u) { for (;;) pause(); return u; }\n"
                           "pthread_t other;\npthread_create(&other, 0, ever, 0);\nmnist_run(\"greets\");\nputs(\"last\");")
    assert text_of(messages) == "hello\nlast\n" and "1 thread is still running" in text_of(messages, "stderr")


def test_a_command_inside_a_cell_keeps_the_cell_s_table(parts):
    good(parts, GREET)
    messages = good(parts, '%%c\nmnist_table("a | b");\nmnist_run("greets");\nmnist_row("%d | %d", 3, 4);\nmnist_table_end();')
    assert "3" in next(m for m in messages if m["msg_type"] == "display_data")["content"]["data"]["text/plain"]
    good(parts, "leaves\nleaves")
    content, _ = run(parts, '%%c\nmnist_run("leaves");\nmnist_table("a");')
    assert "the previous table is not ended" in content["evalue"]


def test_the_time_limit_includes_commands_inside_the_cell(parts):
    good(parts, GREET + """void loops(const struct mnist_call *call) { mnist_run("print 3"); for (;;); }
register_command(loops);""")
    good(parts, "set c.time=1")
    for code in ('%%c\nmnist_run("greets");\nfor (;;);', "loops", '%%c\nmnist_run("loops");'):
        content, _ = run(parts, code)
        assert content["ename"] == "TimeoutError", code
    good(parts, "set c.time=0\ngreets")


def test_a_layer_that_crashes_during_training(parts):
    before = hash_of(good(parts, RECIPE))
    good(parts, """%%c
#include <mnist.h>
#include <stdlib.h>
static int calls;
float dies(float x)
{
    if (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) > 1000)
        abort();
    return x;
}
float one(float x) { return 1; }
register_activation(dies, .value = dies, .slope = one);
""")
    good(parts, "model dying:\n    conv 4 3x3 stride=2\n    dies\n    dense 10")
    called = value(parts, "%%c\ncalls")
    content, _ = run(parts, RECIPE)
    assert content["ename"] == "SIGABRT" and "line 8, in dies" in "\n".join(content["traceback"])
    assert value(parts, "%%c\ncalls") == called  # as before the training
    good(parts, "model parts")
    assert hash_of(good(parts, RECIPE)) == before


@pytest.mark.parametrize("fault, expected", [("*(volatile int *)0 = 1;", "NULL pointer dereference"), ("deeper(x);", "the stack overflowed")])
def test_a_fault_on_any_thread_is_reported_with_its_line(parts, fault, expected):
    """Late, so that all threads are at it; five times, since chance says whose it is."""
    good(parts, """%%c
#include <mnist.h>
static int calls;
float deeper(float x) { volatile char room[4000]; room[0] = 1; return deeper(x + room[0]) + room[0]; }
float fails(float x)
{
    if (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) > 200000)
        FAULT
    return x;
}
float same(float x) { return 1; }
register_activation(fails, .value = fails, .slope = same);
""".replace("FAULT", fault))
    good(parts, "set threads=3\nmodel failing:\n    fails\n    dense 10")
    for _ in range(5):
        content, _ = run(parts, RECIPE)
        assert content["ename"] == "SIGSEGV" and expected in content["evalue"], content
        assert re.search(r"in cell \d+, line [48]", content["evalue"]), content
    good(parts, "set threads=2\nmodel parts")


def test_a_layer_that_never_ends_is_interrupted(parts):
    good(parts, """%%c
#include <mnist.h>
volatile int hangs = 0;
float waits(float x)
{
    while (hangs);
    return x;
}
float flat(float x) { return 1; }
register_activation(waits, .value = waits, .slope = flat);
""")
    good(parts, "model waiting:\n    waits\n    dense 10")
    good(parts, "%%c\nhangs = 1;")
    content, _ = run_until_interrupted(parts, RECIPE)
    assert content["ename"] == "KeyboardInterrupt" and "line 6, in waits" in "\n".join(content["traceback"])
    good(parts, GATE.replace("if (plan->numbers[0] < 0)", "for (volatile int i = 0; ; i++)").replace("register_layer(gate,", "register_layer(planning,"))
    content, _ = run_until_interrupted(parts, "model x:\n    planning\n    dense 10")
    assert content["ename"] == "KeyboardInterrupt" and "line 11, in gate_plan" in "\n".join(content["traceback"])
    good(parts, "model parts")
    content, _ = run_until_interrupted(parts, "train epochs=1000")  # does come back by itself: nothing that was learnt is lost
    assert content["ename"] == "KeyboardInterrupt" and "the current weights are kept" in content["evalue"]
    good(parts, "evaluate")


def test_a_file_names_the_plugins_that_it_needs(start_kernel, parts, home, digits, tmp_path):
    good(parts, "model parts")
    good(parts, "train epochs=2 batch=50 seed=3 optimizer=plain loss=square metric=top2 schedule=triangle")
    file = tmp_path / "parts.safetensors"
    good(parts, "model save parts_of_a_test")
    (home / "models/parts_of_a_test.safetensors").rename(file)
    good(parts, f'model load "{file}"\nevaluate')
    other = start_kernel(MNIST_HOME=home)
    good(other, f'load "{digits}"')
    content, _ = run(other, f'model load "{file}"')
    assert content["ename"] == "StateError" and "`swish`, `gate`" in content["evalue"] and "run the C cell" in content["evalue"]
    good(other, SWISH)
    good(other, GATE)
    messages = good(other, "model load parts")  # the checkpoint: its training has parts, too
    assert "needs the optimizer `plain`" in text_of(messages, "stderr")
    good(other, TRAINING)
    messages = good(other, "model load parts\nevaluate")
    assert "cannot be continued" not in text_of(messages, "stderr")


def test_a_layer_whose_parameters_change_before_its_line_runs(parts):
    again = GATE.replace("register_layer(gate,", "void again(const struct mnist_call *call) {\nregister_layer(changing,").replace("power=1", "strength=2")
    good(parts, GATE.replace("register_layer(gate,", "register_layer(changing,"))
    good(parts, again + "}\nregister_command(again);")
    content, _ = run(parts, "again\nmodel x:\n    changing power=1\n    dense 10")
    assert content["ename"] == "UsageError" and "have changed since this line was parsed" in content["evalue"]
    good(parts, "model x:\n    changing strength=1\n    dense 10")
    good(parts, "model parts")


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


@pytest.mark.parametrize("what", ["*(volatile int *)16", "7 / zero", "(__builtin_trap(), 0)"])
def test_a_plugin_that_crashes_in_all_threads_at_once(parts, what):
    good(parts, f"%%c\n#include <mnist.h>\ndouble crashes(const float *logits, int classes, int label, float *gradient)\n{{\n"
                f"    static _Atomic int calls = 0; volatile int zero = 0; (void)zero;\n    return ++calls > 1 ? {what} : 0;\n}}\nregister_loss(crashes);")
    for _ in range(8):
        content, _ = run(parts, "set threads=3\n" + RECIPE + " loss=crashes")
        assert content["ename"].startswith("SIG") and "line 6, in crashes" in "\n".join(content["traceback"])
    good(parts, "set threads=2")


@pytest.mark.parametrize("wrong, expected", [
    (("y[i] =", "y[i + 1] ="), "its forward writes beyond the ends of y"), (("dx[i] =", "if (i) dx[i] ="), "leaves dx[0]"),
    (("y[i] =", "if (i != 3) y[i] ="), "leaves y[3]"), (("p->gradients[i / plane] +=", "p->gradients[i / plane + 1] +="), "beyond the ends of the gradients"),
])
def test_a_layer_that_writes_out_of_bounds_is_refused(parts, wrong, expected):
    good(parts, GATE.replace("register_layer(gate,", "register_layer(clumsy,").replace(*wrong))
    content, _ = run(parts, "model bad:\n    conv 4 3x3 stride=2\n    clumsy\n    dense 10")
    assert content["ename"] == "UsageError" and expected in content["evalue"] and "    clumsy" in "\n".join(content["traceback"])
    assert "parts" in str(good(parts, "model summary"))


@pytest.mark.parametrize("cell, command, expected", [
    ("double a_loss(const float *z, int n, int label, float *dz) { dz[n] = 1; return 0; }\nregister_loss(a_loss);",
     "train loss=a_loss", "a_loss writes beyond the ends of gradient"),
    ("void a_step(const struct mnist_step *s, float *w, const float *g, float *const *m, int n) { w[n] = 0; }\nregister_optimizer(a_step, .step = a_step);",
     "train optimizer=a_step", "a_step writes beyond the ends of the weights"),
    ("void a_change(uint8_t *out, const uint8_t *in, int rows, int columns, struct mnist_rng *r) { out[rows * columns] = 0; }\nregister_augmentation(a_change);",
     "augment a_change", "a_change writes beyond the ends of its images"),
    ("double a_rate(double rate, uint64_t step, uint64_t steps) { return step < 3 ? rate : -1; }\nregister_schedule(a_rate);",
     "train schedule=a_rate", "the schedule `a_rate` returns a rate of -1 at step 3"),
    ("double a_figure(const float *p, const uint8_t *labels, int n, int classes) { return mnist_label(MNIST_TEST, 0); }\nregister_metric(a_figure);",
     "train epochs=1 metric=a_figure", "mnist_label: a plugin may not call it"),
])
def test_errors_of_plugins_in_a_training_are_reported(parts, cell, command, expected):
    good(parts, "model parts")
    good(parts, "%%c\n#include <mnist.h>\n" + cell)
    content, _ = run(parts, command)
    assert content["status"] == "error" and expected in content["evalue"]


@pytest.mark.parametrize("cell, expected", [
    ("register_loss(NULL);", "a loss must be a function, not NULL"), ("mnist_loss_plugin *none = NULL;\nregister_loss(none);", "a loss must be a function, not NULL"),
])
def test_misuse_of_registration_is_an_error(parts, cell, expected):
    content, _ = run(parts, "%%c\n#include <mnist.h>\n" + cell)
    assert content["ename"] == "UsageError" and expected in content["evalue"]


def test_an_endless_plugin_in_a_training_inside_a_cell(parts):
    good(parts, "model parts")
    good(parts, """%%c
#include <mnist.h>
volatile int hang = 0;
double hanging(const float *logits, int classes, int label, float *gradient)
{
    while (hang);
    return 0;
}
register_loss(hanging);
""")
    content, _ = run_until_interrupted(parts, "%%c\nhang = 1;\nmnist_run(\"train loss=hanging\");")
    assert content["ename"] == "KeyboardInterrupt" and "line 6, in hanging" in "\n".join(content["traceback"])
    assert value(parts, "%%c\nhang + 0") == "0"


def test_a_loaded_training_reports_another_augmentation(parts):
    good(parts, "model parts\naugment off")
    content, _ = run_until_interrupted(parts, "train epochs=1000 batch=20 seed=3 augment=mirror")
    assert content["ename"] == "KeyboardInterrupt"
    output = text_of(good(parts, "model load parts"), "stderr")
    assert "the network was trained with `augment rotate=0" in output and "mirror`, but the session's augmentation is `none`" in output
    good(parts, "augment mirror")
    assert "the network was trained with" not in text_of(good(parts, "model load parts"), "stderr")
    good(parts, "augment off")
