"""test_c_plugin_faults - plugins that crash, do not end or write out of bounds, and commands that
C cells run.

Proves: the error names the plugin's line; the session is as it was before; the next training gives
the same weights.
"""
import re

import pytest
from conftest import good, run, run_until_interrupted, text_of, value
from plugin_cells import GATE, RECIPE, hash_of

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


def test_a_command_inside_a_cell_keeps_the_cell_s_threads(plugins):
    good(plugins, GREET)
    pid = plugins.session_pid()
    messages = good(plugins, """%%c
static int count;
void *work(void *u) { for (; count < 30; count++) usleep(10000); return u; }
pthread_t thread;
pthread_create(&thread, 0, work, 0);
mnist_run("greets");
pthread_join(thread, 0);
count""")
    assert messages[-1]["content"]["data"]["text/plain"] == "30" and text_of(messages, "stderr") == ""
    assert plugins.session_pid() == pid
    messages = good(
        plugins, "%%c\nvoid *ever(void *u) { for (;;) pause(); return u; }\n"
        "pthread_t other;\npthread_create(&other, 0, ever, 0);\nmnist_run(\"greets\");\nputs(\"last\");")
    assert text_of(messages) == "hello\nlast\n" and "1 thread is still running" in text_of(messages, "stderr")


def test_a_command_inside_a_cell_keeps_the_cell_s_table(plugins):
    good(plugins, GREET)
    messages = good(
        plugins, '%%c\nmnist_table("a | b");\nmnist_run("greets");\nmnist_row("%d | %d", 3, 4);\nmnist_table_end();')
    assert "3" in next(m for m in messages if m["msg_type"] == "display_data")["content"]["data"]["text/plain"]
    good(plugins, "leaves\nleaves")
    content, _ = run(plugins, '%%c\nmnist_run("leaves");\nmnist_table("a");')
    assert "the previous table is not ended" in content["evalue"]


def test_the_time_limit_includes_commands_inside_the_cell(plugins):
    good(plugins, GREET + """void loops(const struct mnist_call *call) { mnist_run("print 3"); for (;;); }
register_command(loops);""")
    good(plugins, "set c.time=1")
    for code in ('%%c\nmnist_run("greets");\nfor (;;);', "loops", '%%c\nmnist_run("loops");'):
        content, _ = run(plugins, code)
        assert content["ename"] == "TimeoutError", code
    good(plugins, "set c.time=0\ngreets")


def test_a_layer_that_crashes_during_training(plugins):
    before = hash_of(good(plugins, RECIPE))
    good(plugins, """%%c
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
    good(plugins, "model dying:\n    conv 4 3x3 stride=2\n    dies\n    dense 10")
    called = value(plugins, "%%c\ncalls")
    content, _ = run(plugins, RECIPE)
    assert content["ename"] == "SIGABRT" and "line 8, in dies" in "\n".join(content["traceback"])
    assert value(plugins, "%%c\ncalls") == called  # as before the training
    good(plugins, "model mixed")
    assert hash_of(good(plugins, RECIPE)) == before


@pytest.mark.parametrize("fault, expected", [("*(volatile int *)0 = 1;", "NULL pointer dereference"),
                                             ("deeper(x);", "the stack overflowed")])
def test_a_fault_on_any_thread_is_reported_with_its_line(plugins, fault, expected):
    """Late, so that all threads are at it; five times, since chance says whose it is."""
    good(plugins, """%%c
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
    good(plugins, "set threads=3\nmodel failing:\n    fails\n    dense 10")
    for _ in range(5):
        content, _ = run(plugins, RECIPE)
        assert content["ename"] == "SIGSEGV" and expected in content["evalue"], content
        assert re.search(r"in cell \d+, line [48]", content["evalue"]), content
    good(plugins, "set threads=2\nmodel mixed")


def test_a_layer_that_never_ends_is_interrupted(plugins):
    good(plugins, """%%c
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
    good(plugins, "model waiting:\n    waits\n    dense 10")
    good(plugins, "%%c\nhangs = 1;")
    content, _ = run_until_interrupted(plugins, RECIPE)
    assert content["ename"] == "KeyboardInterrupt" and "line 6, in waits" in "\n".join(content["traceback"])
    good(
        plugins,
        GATE.replace("if (plan->numbers[0] < 0)",
                     "for (volatile int i = 0; ; i++)").replace("register_layer(gate,", "register_layer(planning,"))
    content, _ = run_until_interrupted(plugins, "model x:\n    planning\n    dense 10")
    assert content["ename"] == "KeyboardInterrupt" and "line 11, in gate_plan" in "\n".join(content["traceback"])
    good(plugins, "model mixed")
    content, _ = run_until_interrupted(plugins,
                                       "train epochs=1000")  # does come back by itself: nothing that was learnt is lost
    assert content["ename"] == "KeyboardInterrupt" and "the current weights are kept" in content["evalue"]
    good(plugins, "evaluate")


@pytest.mark.parametrize("what", ["*(volatile int *)16", "7 / zero", "(__builtin_trap(), 0)"])
def test_a_plugin_that_crashes_in_all_threads_at_once(plugins, what):
    good(plugins, f"%%c\n#include <mnist.h>\n"
                  f"double crashes(const float *logits, int classes, int label, float *gradient)\n{{\n"
                f"    static _Atomic int calls = 0; volatile int zero = 0; (void)zero;\n"
                f"    return ++calls > 1 ? {what} : 0;\n}}\nregister_loss(crashes);")
    for _ in range(8):
        content, _ = run(plugins, "set threads=3\n" + RECIPE + " loss=crashes")
        assert content["ename"].startswith("SIG") and "line 6, in crashes" in "\n".join(content["traceback"])
    good(plugins, "set threads=2")


@pytest.mark.parametrize("wrong, expected", [
    (("y[i] =", "y[i + 1] ="), "its forward writes beyond the ends of y"),
    (("dx[i] =", "if (i) dx[i] ="), "leaves dx[0]"),
    (("y[i] =", "if (i != 3) y[i] ="), "leaves y[3]"),
    (("p->gradients[i / plane] +=", "p->gradients[i / plane + 1] +="), "beyond the ends of the gradients"),
])
def test_a_layer_that_writes_out_of_bounds_is_refused(plugins, wrong, expected):
    good(plugins, GATE.replace("register_layer(gate,", "register_layer(clumsy,").replace(*wrong))
    content, _ = run(plugins, "model bad:\n    conv 4 3x3 stride=2\n    clumsy\n    dense 10")
    assert content["ename"] == "UsageError" and expected in content["evalue"]
    assert "    clumsy" in "\n".join(content["traceback"])
    assert "mixed" in str(good(plugins, "model summary"))


@pytest.mark.parametrize("cell, command, expected", [
    ("double a_loss(const float *z, int n, int label, float *dz) { dz[n] = 1; return 0; }\nregister_loss(a_loss);",
     "train loss=a_loss", "a_loss writes beyond the ends of gradient"),
    ("void a_step(const struct mnist_step *s, float *w, const float *g, float *const *m, int n) "
     "{ w[n] = 0; }\nregister_optimizer(a_step, .step = a_step);",
     "train optimizer=a_step", "a_step writes beyond the ends of the weights"),
    ("void a_change(uint8_t *out, const uint8_t *in, int rows, int columns, struct mnist_rng "
     "*r) { out[rows * columns] = 0; }\nregister_augmentation(a_change);",
     "augment a_change", "a_change writes beyond the ends of its images"),
    ("double a_rate(double rate, uint64_t step, uint64_t steps) { return step < 3 ? rate : -1; "
     "}\nregister_schedule(a_rate);",
     "train schedule=a_rate", "the schedule `a_rate` returns a rate of -1 at step 3"),
    ("double a_figure(const float *p, const uint8_t *labels, int n, int classes) { return "
     "mnist_label(MNIST_TEST, 0); }\nregister_metric(a_figure);",
     "train epochs=1 metric=a_figure", "mnist_label: of the plugins, only commands may call this function"),
])
def test_errors_of_plugins_in_a_training_are_reported(plugins, cell, command, expected):
    good(plugins, "model mixed")
    good(plugins, "%%c\n#include <mnist.h>\n" + cell)
    content, _ = run(plugins, command)
    assert content["status"] == "error" and expected in content["evalue"]


@pytest.mark.parametrize("cell, expected", [
    ("register_loss(NULL);", "a loss must be a function, not NULL"),
    ("mnist_loss_plugin *none = NULL;\nregister_loss(none);", "a loss must be a function, not NULL"),
])
def test_misuse_of_registration_is_an_error(plugins, cell, expected):
    content, _ = run(plugins, "%%c\n#include <mnist.h>\n" + cell)
    assert content["ename"] == "UsageError" and expected in content["evalue"]


def test_an_endless_plugin_in_a_training_inside_a_cell(plugins):
    good(plugins, "model mixed")
    good(plugins, """%%c
#include <mnist.h>
volatile int hang = 0;
double hanging(const float *logits, int classes, int label, float *gradient)
{
    while (hang);
    return 0;
}
register_loss(hanging);
""")
    content, _ = run_until_interrupted(plugins, "%%c\nhang = 1;\nmnist_run(\"train loss=hanging\");")
    assert content["ename"] == "KeyboardInterrupt" and "line 6, in hanging" in "\n".join(content["traceback"])
    assert value(plugins, "%%c\nhang + 0") == "0"
