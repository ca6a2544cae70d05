"""test_c_api - mnist.h on the real kernel: data, network, random numbers and outputs in C cells."""
import struct

import pytest
from conftest import ROOT, good, run, text_of, types, value


def test_the_data(live):
    assert value(live, "%%c\nmnist_set(MNIST_TRAIN).count + 0") == "55000"
    assert value(live, "%%c\nmnist_set(MNIST_VALIDATION).count + 0") == "5000"
    assert value(live, "%%c\nstruct mnist_set test = mnist_set(MNIST_TEST);\n"
                       "(int[4]){test.count, test.rows, test.columns, test.labels[0]}") == "int[4] {10000, 28, 28, 7}"
    assert value(live, "%%c\nlong ink = 0;\nfor (int i = 0; i < 784; i++) ink += test.pixels[i];\nink") == str(
        sum_of_first_test_image())
    assert value(live, "%%c\nfloat x[784];\nmnist_input(test.pixels, x);\nfabsf(x[0] + 0.4241f) < 0.001f") == "1"
    assert value(live, "%%c\nmnist_class_name(3)") == '"3"'


def sum_of_first_test_image():
    path = ROOT / "data/raw/t10k-images-idx3-ubyte"
    return sum(path.read_bytes()[16:16 + 784])


def test_changes_persist_and_are_undone_by_a_crash(live):
    good(live, "%%c\nmnist_edit_label(MNIST_TEST, 0, 3);\nmnist_edit_image(MNIST_TEST, 0)[0] = 77;")
    assert value(live, "%%c\nmnist_label(MNIST_TEST, 0) * 1000 + mnist_image(MNIST_TEST, 0)[0]") == "3077"
    assert "3" in text_plain(good(live, "explore image 0 set=test"))
    content, _ = run(live, "%%c\nmnist_edit_label(MNIST_TEST, 0, 4);\n*(volatile int *)0 = 1;")
    assert content["ename"] == "SIGSEGV"
    assert value(live, "%%c\nmnist_label(MNIST_TEST, 0)") == "3"
    good(live, "load mnist")
    assert value(live, "%%c\nmnist_label(MNIST_TEST, 0)") == "7"


@pytest.mark.parametrize("part", ["MNIST_TRAIN", "MNIST_VALIDATION", "MNIST_TEST"])
def test_a_written_pixel_is_read_by_the_next_call(live, part):
    code = f"""%%c
uint8_t *pixel = mnist_edit_image({part}, 1);
struct mnist_set first = mnist_set({part});
*pixel = 41;
int seen = mnist_set({part}).pixels[784];
*pixel = 42;
(int[3]){{seen, mnist_set({part}).pixels[784], mnist_image({part}, 1)[0]}}"""
    assert value(live, code) == "int[3] {41, 42, 42}"
    assert value(live, f"%%c\nmnist_set({part}).pixels[784]") == "42"


def text_plain(messages):
    return "\n".join(m["content"]["data"].get("text/plain", "") for m in messages if "data" in m["content"])


def test_the_network(live):
    good(live, "train epochs=1 seed=3")
    accuracy = float(text_plain(good(live, "evaluate")).split("test set: ")[1].split(" %")[0])
    code = """%%c
int right = 0;
struct mnist_set all = mnist_set(MNIST_TEST);
for (int i = 0; i < all.count; i++)
    right += mnist_predict(mnist_image(MNIST_TEST, i), NULL) == all.labels[i];
right"""
    assert value(live, code) == str(round(accuracy * 100)), "the same answers as `evaluate`"
    assert value(live, "%%c\nmnist_epoch_count()") == "1"
    assert 0 < float(value(live, "%%c\nmnist_epoch(0).loss")) < 1
    good(live, '%%c\nstruct mnist_tensor w = mnist_tensor("dense2.weight");\n'
               'for (size_t i = 0; i < w.count; i++) w.values[i] = 0;')
    assert float(text_plain(good(live, "evaluate")).split("test set: ")[1].split(" %")[0]) < 20


def test_gradients_equal_finite_differences(live):
    code = """%%c
struct mnist_tensor w = mnist_tensor("dense2.bias");
double loss = mnist_backward(MNIST_TRAIN, 0, 64), worst = 0;
float gradient[10];
for (int i = 0; i < 10; i++) gradient[i] = mnist_gradient("dense2.bias").values[i];
for (int i = 0; i < 10; i++) {
    const float step = 0.01f, before = w.values[i];
    w.values[i] = before + step;
    double up = mnist_backward(MNIST_TRAIN, 0, 64);
    w.values[i] = before - step;
    double down = mnist_backward(MNIST_TRAIN, 0, 64);
    w.values[i] = before;
    double error = fabs((up - down) / (2 * step) - gradient[i]);
    worst = error > worst ? error : worst;
}
(int)(loss > 1 && loss < 10 && worst < 1e-4)"""
    assert value(live, code) == "1"


def test_random_numbers_are_reproducible(live):
    code = ("%%c\nmnist_seed(5);\n"
            "uint32_t drawn[4] = {mnist_random(), mnist_random(), "
            "mnist_below(10), mnist_uniform() * 1000};\ndrawn")
    assert value(live, code) == value(live, code)
    assert value(live, "%%c\nmnist_seed(6);\nmnist_random()") != value(live, "%%c\nmnist_seed(5);\nmnist_random()")


def test_outputs_and_printed_text_are_in_order(live):
    messages = good(live, """%%c
printf("first\\n");
mnist_table("a | b");
mnist_row("%d | %s", 1, "two");
mnist_table_end();
printf("second\\n");
mnist_show("Seven", mnist_image(MNIST_TEST, 0), 28, 28);
const double y[] = {1, 2, NAN, 4};
mnist_plot("Line", "x", "y", MNIST_LINEAR);
mnist_line("y", NULL, y, 4);
mnist_plot_end();
mnist_markdown("**%d**", 5);
mnist_bars("Bars", NULL, (const char *const[]){"a", "b"}, (const double[]){1, 2}, 2);
mnist_show_grid("Grid", mnist_image(MNIST_TEST, 0), 2, 28, 28, (const char *const[]){"one", "two"});
printf("third\\n");
42""")
    assert types(messages) == ["stream", "display_data", "stream"] + ["display_data"] * 5 + ["stream", "execute_result"]
    data = [m["content"]["data"] for m in messages if m["msg_type"] == "display_data"]
    assert "two" in data[0]["text/html"] and data[3]["text/markdown"] == "**5**"
    assert all("image/svg+xml" in data[i] and "image/png" in data[i] for i in (1, 2, 4, 5))


def test_commands_inside_a_cell(live):
    messages = good(
        live, '%%c\nprintf("before\\n");\nmnist_run("print 6");\nprintf("after %d\\n", mnist_run("tran epochs=1"));')
    assert text_of(messages) == "before\n6\nafter 0\n" and "did you mean `train`" in text_of(messages, "stderr")
    good(live, '%%c\nmnist_run("name = 5\\nmodel keras");')
    assert good(live, "$name")[0]["content"]["data"]["text/plain"] == "5"
    content, messages = run(live, '%%c\nmnist_run("%%c\\n1");\n*(volatile int *)0 = 1;')
    assert content["ename"] == "SIGSEGV" and "mnist_run runs commands, not C" in text_of(messages, "stderr")


@pytest.mark.parametrize("code, expected", [
    ("mnist_image(MNIST_TEST, 10000);", "no image 10000: the test set has 10000"),
    ('mnist_tensor("conv9.weight");', 'no tensor "conv9.weight"'),
    ("mnist_row(\"1\");", "call mnist_table first"),
    ("mnist_epoch(0);", "no epoch 0"),
    ("mnist_edit_label(MNIST_TEST, 0, 10);", "0 to 9"),
    ("mnist_show(NULL, mnist_image(MNIST_TEST, 0), 28, 0);", "28 x 0"),
    ("mnist_backward(MNIST_TEST, 9999, 2);", "10000"),
])
def test_misuse_ends_the_cell_at_its_line(live, code, expected):
    good(live, "%%c\nint before = 1;")
    content, _ = run(live, f"%%c\nbefore = 2;\n{code}\n")
    assert content["ename"] == "UsageError" and expected in content["evalue"] and "line 3" in content["evalue"]
    assert value(live, "%%c\nbefore") == "1"


FITS = ["mnist_backward(MNIST_TRAIN, 0, 64);", "mnist_predict(mnist_image(MNIST_TEST, 0), NULL);",
        "float values[10]; mnist_activations(\"dense1\", mnist_image(MNIST_TEST, 0), values);"]


@pytest.mark.parametrize("code", FITS)
def test_images_of_a_size_other_than_the_network_s_are_an_error(live, code):
    """A network for images of 8 x 8 would be written over by those of 28 x 28."""
    good(live, "preprocess normalize crop=8\nmodel tiny:\n    dense 10\npreprocess reset")
    content, _ = run(live, f"%%c\n{code}\n")
    assert content["ename"] == "UsageError" and "images of 8 x 8 pixels" in content["evalue"], content
    assert "28 x 28" in content["evalue"] and "line 2" in content["evalue"]
    assert value(live, "%%c\n1 + 1") == "2"


def write_images(folder, rows, columns):
    folder.mkdir()
    for name in ("train", "t10k"):
        (folder / f"{name}-images-idx3-ubyte"
         ).write_bytes(struct.pack(">4I", 0x803, 64, rows, columns) + bytes(64 * rows * columns))
        (folder /
         f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, 64) + bytes(i % 10 for i in range(64)))


def test_equal_pixel_count_with_other_rows_and_columns_is_an_error(live, tmp_path):
    write_images(tmp_path / "wide", 8, 16)
    write_images(tmp_path / "square", 16, 8)
    good(live, f'load "{tmp_path}/wide"\npreprocess normalize\nmodel tiny:\n    dense 10\nload "{tmp_path}/square"')
    for code in FITS:
        content, _ = run(live, f"%%c\n{code}\n")
        assert content["ename"] == "UsageError" and "8 x 16 pixels" in content["evalue"], (code, content)
        assert "16 x 8" in content["evalue"], (code, content)
    content, _ = run(live, "train epochs=1")
    assert content["status"] == "error" and "8 x 16 pixels" in content["evalue"], content
