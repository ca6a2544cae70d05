"""test_c_wild - C cells that overwrite the kernel's resources, print invalid text or print too
much.

Proves: each cell gets a reply, and the session keeps its state.
"""
import pytest
from conftest import good, run, text_of, types, value

HEADERS = "%%c\n#include <mnist.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"

# All that the session shares with the kernel, and its own copies: filled with one number.
OVERWRITE = HEADERS + """
unsigned long from = 0, to = 0;
char line[500];
FILE *maps = fopen("/proc/self/maps", "r");
while (fgets(line, sizeof line, maps))
    if (strstr(line, "mnist-interrupt"))
        sscanf(line, "%lx-%lx", &from, &to);
for (double *p = (double *)from; p < (double *)to; p++)
    *p = NUMBER;
*(volatile int *)0 = 1;
"""


@pytest.mark.parametrize("number", ["0.1", "1e300", "-1"])
def test_a_crash_whose_record_is_overwritten(c, number):
    good(c, "name = 7")
    content, _ = run(c, OVERWRITE.replace("NUMBER", number))
    assert content["status"] == "error" and content["evalue"]
    assert good(c, "$name")[0]["content"]["data"]["text/plain"] == "7" and value(c, "%%c\ncounter") == "3"


@pytest.mark.parametrize("code, shown", [
    ("(char)0xE9", "'\\351' (-23)"),
    ('"caf\\xe9"', '"caf\\351"'),
    ('"é\\n"', '"é\\n"'),
    ('"' + 1200 * "é" + '"', '"' + 1000 * "é" + '"…'),
    ('"x' + 1200 * "é" + '"', '"x' + 1000 * "é" + '"…'),
])
def test_values_with_invalid_pointers(c, code, shown):
    assert value(c, f"%%c\n{code}") == shown


def test_text_with_invalid_utf_8(c):
    _, messages = run(
        c,
        HEADERS + 'mnist_markdown("caf\\xe9");\nmnist_table("a|b\\xe9");\nmnist_row("1|2\\xff");\nmnist_table_end();')
    displays = [m["content"]["data"] for m in messages if m["msg_type"] == "display_data"]
    assert displays[0]["text/markdown"] == "caf\ufffd"
    assert "b\ufffd" in displays[1]["text/plain"] and "2\\xff" in displays[1]["text/html"]
    good(c, "model fast")
    content, messages = run(c, HEADERS + 'mnist_tensor("\\xff");')
    assert "\ufffd" in content["evalue"] and types(messages)[-1] == "error" and content["traceback"]


@pytest.mark.parametrize("name", ["x" + 40 * "é", 80 * "x"])
def test_a_progress_with_a_long_name_ends(c, name):
    code = HEADERS + (f'#include <unistd.h>\nfor (int i = 0; i < 8; i++) {{\n'
                      f'    mnist_progress("{name}", i, 8);\n    usleep(100000);\n}}')
    _, messages = run(c, code)
    shown = [m["content"]["data"] for m in messages if m["msg_type"] == "update_display_data"]
    assert shown[0]["text/plain"].startswith(name) and shown[-1] == {"text/html": ""}


def test_an_output_larger_than_a_frame_is_omitted(c):
    code = HEADERS + """
char *words = malloc(24000001);
memset(words, 1, 24000000);
words[24000000] = 0;
mnist_markdown("%s", words);
for (int i = 0; i < 5000; i++)
    puts("a line that is to come");
"""
    reply, messages = c.finish(c.client.execute(code), timeout_s=60)  # some 300 MB are written and looked at
    assert reply["content"]["status"] == "ok" and text_of(messages).count("a line that is to come\n") == 5000
    assert "MiB was omitted: an output must not exceed 256 MiB" in text_of(messages, "stderr")


def test_a_long_line_is_one_line(c):
    content, _ = run(c, f"%%c\n/* {300 * 'é'} */\ncounter = 5;\n*(volatile int *)0 = 1; // {300 * 'é'}")
    trace = "\n".join(content["traceback"])
    assert "line 4" in content["evalue"] and "*(volatile int *)0 = 1; // éé" in trace and "\ufffd" not in trace


def test_a_folder_of_another_program_is_not_removed(start_kernel, tmp_path):
    theirs = [tmp_path / name for name in ("mnist-c-notes", "mnist-c-mynote", "mnist-c-abcdef")]
    for folder in theirs:
        folder.mkdir(0o700)
        (folder / "thesis.txt").write_text("years of work")
    kernel = start_kernel(TMPDIR=tmp_path)
    assert value(kernel, "%%c\n1 + 1") == "2"
    assert all((folder / "thesis.txt").exists() for folder in theirs)
