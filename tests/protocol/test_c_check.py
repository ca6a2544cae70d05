"""test_c_check - `%%c check` and `%%c time` on the real kernel.

Proves: the sanitizers' findings are reported with the lines of the cell; correct code is not
reported; the session is unchanged afterwards; a timed cell is shown once and measured.
"""
import os
import re
import time

import pytest
from conftest import good, run, text_of, types, value

CLEAN = "checked with address and undefined-behaviour sanitizers: nothing found; the session is as before\n"

DEFINITIONS = """%%c
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int counter = 3;
int table[4] = {1, 2, 3, 4};
struct node { struct node *next; int value; } *list;
void push(int value) { struct node *n = malloc(sizeof *n); *n = (struct node){list, value}; list = n; }
void drop(void) { while (list) { struct node *next = list->next; free(list); list = next; } }
char *old_text(void) { return strdup("from an older cell"); }
void free_text(char *text) { free(text); }
push(1);
"""


@pytest.fixture
def c(kernel):
    good(kernel, DEFINITIONS)
    return kernel


def checked(kernel, code, first="%%c check"):
    """(reply's content, its traceback as text, outputs)"""
    content, messages = run(kernel, f"{first}\n{code}")
    return content, "\n".join(content.get("traceback", [])), messages


# ---- what is found ----

# For each case: the code, the text of the error, and other texts of the traceback.
FINDINGS = {
    "heap overflow": ("void fill(int *p, int n)\n{\n    for (int i = 0; i <= n; i++)\n        p[i] = i;\n}\n"
                      "int *p = malloc(40);\nfill(p, 10);", "heap-buffer-overflow in cell {n}, line 5", [
                          "a write of 4 bytes, 0 bytes after a block of 40 bytes",
                          "cell {n}, line 5, in fill:\n      p[i] = i;", "cell {n}, line 8:\n      fill(p, 10);",
                          "the block was allocated here:\n  cell {n}, line 7:"
                      ]),
    "use after free": ("int *p = malloc(40);\nfree(p);\np[1]", "heap-use-after-free in cell {n}, line 4", [
        "a read of 4 bytes, 4 bytes into a block of 40 bytes",
        "the block was freed here:\n  cell {n}, line 3:\n      free(p);",
        "and had been allocated here:\n  cell {n}, line 2:"
    ]),
    "double free": ("char *p = malloc(4);\nfree(p);\nfree(p);", "double-free in cell {n}, line 4",
                    ["had already been freed", "line 3:\n      free(p);"]),
    "free of no block": ("char *p = malloc(20);\nfree(p + 4);", "bad-free in cell {n}, line 3",
                         ["4 bytes into a block of 20 bytes"]),
    "stack": ("int one_too_far(int *a, int n)\n{\n    return a[n];\n}\nint f(void)\n{\n"
              "    int a[4] = {0};\n    return one_too_far(a, 4);\n}\nf()", "stack-buffer-overflow in cell {n}, line 4",
              [
                  "a read of 4 bytes, 0 bytes after the local variable a (line 8), of 16 bytes",
                  "cell {n}, line 9, in f:"
              ]),
    "after return": ("int *f(void) { int a = 3; int *volatile q = &a; return q; }\nint *r = f();\n*r",
                     "stack-use-after-return in cell {n}, line 4", ["into the local variable a"]),
    "after scope": ("int *r;\n{ int a = 3; r = &a; }\n*r", "stack-use-after-scope in cell {n}, line 4",
                    ["into the local variable a"]),
    "global": ("int mine[5];\nint *q = mine;\nq[5] = 1;", "global-buffer-overflow in cell {n}, line 4",
               ["0 bytes after the variable mine (cell {n}, line 2), of 20 bytes"]),
    "a library's function": ('char *p = malloc(5);\nstrcpy(p, "hello");', "heap-buffer-overflow in cell {n}, line 3",
                             ["a write of 6 bytes", "block of 5 bytes"]),
    "an older cell's block": ("struct node *n = list;\npush(2);\nlist->next = NULL;\n((char *)list)[sizeof *list] = 1;",
                              "heap-buffer-overflow in cell {n}, line 5",
                              ["0 bytes after a block of 16 bytes", ", in push:"]),
    "thread": ("#include <pthread.h>\nvoid *work(void *p)\n{\n    ((int *)p)[4] = 1;\n    return NULL;\n"
               "}\nint *p = malloc(16);\npthread_t t;\n"
               "pthread_create(&t, NULL, work, p);\npthread_join(t, NULL);", "heap-buffer-overflow in cell {n}, line 5",
               ["in work:"]),
    "leak": ("void f(void)\n{\n    char *p = malloc(50);\n    p[0] = 1;\n}\nf();",
             "leak of 50 bytes in cell {n}, line 4", ["cell {n}, line 7:\n      f();"]),
    "signed overflow": (
        "int x = INT_MAX;\nx = x + 1;",
        "signed integer overflow: 2147483647 + 1 cannot be represented in type 'int', in cell {n}, line 3",
        ["cell {n}, line 3:\n      x = x + 1;"]),
    "shift": ("int by = 40;\nint y = 1 << by;",
              "shift exponent 40 is too large for 32-bit type 'int', in cell {n}, line 3", []),
    "index": ("int sum(int n) { int a[4] = {0}, s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }\nsum(5)",
              "stack-buffer-overflow in cell {n}, line 2 (and 1 finding more)",
              ["index 4 out of bounds for type 'int [4]', in cell {n}, line 2"]),
    "alignment": ("char *b = calloc(1, 16);\nint *q = (int *)(b + 1);\n*q = 3;",
                  "store to misaligned address for type 'int', which requires 4 byte alignment, in cell {n}, line 4",
                  []),
}


@pytest.mark.parametrize("what", FINDINGS)
def test_findings(c, what):
    code, output, more = FINDINGS[what]
    content, trace, messages = checked(c, code)
    n = content["execution_count"]
    assert content["ename"] == "SanitizerError" and content["evalue"] == output.format(n=n), trace
    for text in more:
        assert text.format(n=n) in trace, trace
    assert "0x" not in trace and "Shadow" not in trace and trace.endswith("The session is as it was before the cell.")
    assert text_of(messages, "stderr") == "" or "warning" in text_of(messages, "stderr")
    assert types(messages)[-1] == "error"
    assert value(c, "%%c\ncounter") == "3"


def test_undefined_behaviour_continues_and_is_reported_once_per_line(c):
    content, trace, messages = checked(
        c, 'int x = INT_MAX, by = 33;\nfor (int i = 1; i < 4; i++) x = INT_MAX + i;\nx = 1 << by;\n'
        'puts("end");\ncounter + x * 0')
    n = content["execution_count"]
    assert content["ename"] == "SanitizerError"
    assert content["evalue"].endswith(f"in cell {n}, line 3 (and 1 finding more)")
    assert trace.count("signed integer overflow") == 1 and f"in cell {n}, line 4" in trace
    assert text_of(messages) == "end\n" and types(messages)[-2:] == ["execute_result", "error"]


@pytest.mark.parametrize("code, name, expected, before", [
    ("int *q = NULL;\n*q = 3;", "SIGSEGV", "NULL pointer dereference, in cell {n}, line 3",
     "store to null pointer of type 'int', in cell {n}, line 3"),
    ("int z = 0;\nint y = 5 / z;", "SIGFPE", "division by zero, in cell {n}, line 3",
     "division by zero, in cell {n}, line 3"),
    ("exit(7);", "Exit", "exit(7), in cell {n}, line 2", ""),
    ("abort();", "SIGABRT", "aborted, in cell {n}, line 2", ""),
    ("#include <signal.h>\nraise(SIGKILL);", "SIGKILL", "killed", ""),
    ("#include <unistd.h>\n_exit(4);", "Exit", "exit status 4", ""),
    ("int down(int n) { volatile char room[999]; room[0] = 1; return down(n + 1) + room[0]; }\ndown(0);", "SIGSEGV",
     "stack overflowed", "the same call"),
])
def test_crashes_are_reported_as_in_unchecked_cells(c, code, name, expected, before):
    content, trace, _ = checked(c, "counter = 4;\n" + code.replace("{n}", ""))
    n = content["execution_count"]
    expected, before = (re.sub(r"line (\d)", lambda m: f"line {int(m[1]) + 1}", text.format(n=n))
                        for text in (expected, before))
    assert content["ename"] == name and expected in content["evalue"] and before in trace, trace
    assert value(c, "%%c\ncounter") == "3"


# ---- what is right ----

RIGHT = {
    "getline": 'char *line = NULL;\nsize_t n = 0;\nFILE *f = fopen("/proc/self/status", "r");\n'
    'while (getline(&line, &n, f) > 0);\nfree(line);\nfclose(f);',
    "getline into a block": 'size_t n = 4;\nchar *line = malloc(n);\nFILE *f = fopen("/proc/self/status", "r");\n'
    'while (getline(&line, &n, f) > 0);\nfree(line);\nfclose(f);',
    "asprintf": 'char *t;\nasprintf(&t, "%d %s", counter, "text");\nfree(t);',
    "strdup": 'char *t = strdup("a");\nt = realloc(t, 100);\nfree(t);',
    "open_memstream": 'char *t;\nsize_t n;\nFILE *f = open_memstream(&t, &n);\nfprintf(f, "hello %d", 3);\n'
    'fclose(f);\nfree(t);',
    "an older cell's blocks": 'char *t = old_text();\nfree(t);\nt = malloc(10);\n'
                              'free_text(t);\npush(2);\ndrop();\npush(3);',
    "a block that older memory points to": "list->next = calloc(1, sizeof *list);",
    "a block kept": "int *kept = malloc(40);\nkept[9] = 1;",
    "qsort": "int cmp(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }\n"
    "int v[] = {3, 1, 2};\nqsort(v, 3, sizeof *v, cmp);",
    "posix_memalign": "void *p;\nposix_memalign(&p, 64, 100);\nmemset(p, 0, 100);\nfree(p);",
    "no memory": "void *p = malloc((size_t)1 << 46);\nif (p != NULL) abort();",
    "inline": "inline int twice(int a) { return 2 * a; }\ncounter = twice(counter);",
    "setjmp": "#include <setjmp.h>\njmp_buf place;\nif (setjmp(place) == 0) longjmp(place, 1);",
    "a child": "#include <unistd.h>\n#include <sys/wait.h>\nif (fork() == 0) _exit(0);\nwait(NULL);",
    "main": "int main(void)\n{\n    return 0;\n}",
    "nothing": "",
}


@pytest.mark.parametrize("what", RIGHT)
def test_correct_code_has_no_findings(c, what):
    content, trace, messages = checked(c, RIGHT[what])
    assert content["status"] == "ok", trace
    assert text_of(messages) == CLEAN


def test_outputs_and_value_of_a_clean_cell(c):
    messages = good(c, '%%c check\nprintf("hello %d\\n", counter);\nfprintf(stderr, "too\\n");\ncounter * 2')
    assert text_of(messages) == "hello 3\n" + CLEAN and text_of(messages, "stderr") == "too\n"
    assert [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"] == ["6"]


def test_a_checked_cell_does_not_change_the_session(c):
    good(c, "%%c\nint twice(int a) { return 2 * a; }")
    good(c, "%%c\nint through(int a) { return twice(a); }")
    messages = good(c, "%%c check\ncounter = 77;\ntable[0] = 9;\nint fresh = 5;\nstruct fresh_type { int a; };\n"
                       "int twice(int a) { return 20 * a; }\nthrough(1)")
    assert messages[0]["content"]["data"]["text/plain"] == "20", "older functions call what the checked cell defines"
    assert value(c, "%%c\n(int[3]){counter, table[0], through(1)}") == "int[3] {3, 1, 2}"
    content, _ = run(c, "%%c\nfresh")
    assert content["ename"] == "CompileError"
    content, _ = run(c, "%%c\nstruct fresh_type t = {1};")
    assert content["ename"] == "CompileError"


def test_reading_stdin_sends_an_input_request(c):
    message_id = c.client.execute('%%c check\nint n;\nscanf("%d", &n);\nn', allow_stdin=True)
    assert c.client.get_stdin_msg(timeout=20)["msg_type"] == "input_request"
    c.client.input("41")
    reply, messages = c.finish(message_id)
    assert reply["content"]["status"] == "ok" and messages[2]["content"]["data"]["text/plain"] == "41"
    assert good(c, "6 * 7")[0]["content"]["data"]["text/plain"] == "42"


@pytest.mark.parametrize("code", [
    "for (;;) counter++;", "#include <unistd.h>\nfor (;;) pause();", "for (;;) free(malloc(10));"
])
def test_a_checked_endless_loop_is_interrupted(c, code):
    message_id = c.client.execute(f'%%c check\nprintf("counter %d\\n", counter);\n{code}')
    c.wait_output("counter 3")
    began = time.monotonic()
    c.interrupt()
    reply = c.reply(message_id)
    assert reply["content"]["ename"] == "KeyboardInterrupt" and time.monotonic() - began < 2
    assert "line" in reply["content"]["evalue"]
    assert value(c, "%%c\ncounter") == "3"


def test_limits(c):
    good(c, "set c.memory=512M c.time=1")
    content, _, _ = checked(c, "for (;;) counter++;")
    assert content["ename"] == "TimeoutError" and "longer than 1 s" in content["evalue"]
    assert "line 2" in content["evalue"]
    good(c, "%%c check\nvoid *p = malloc(1u << 30);\nif (p != NULL) abort();")


def test_checks_leave_no_files(start_kernel, tmp_path):
    kernel = start_kernel(TMPDIR=str(tmp_path))
    good(kernel, "%%c\n#include <stdlib.h>")
    for i in range(3):
        good(kernel, f"%%c check\nint a = {i};")
        assert checked(kernel, "char *p = malloc(3);\np[3] = 1;")[0]["ename"] == "SanitizerError"
    folder, = tmp_path.glob("mnist-c-*")
    left = [path.name for path in folder.iterdir()]
    assert not [name for name in left if "san" in name], left
    assert len([name for name in left if name.endswith(".so")]) == 1, left


def test_flags_and_standard(c):
    assert good(c, '%%c check std=c11 flags="-DN=4 -O1" link=m\n#include <math.h>\nsqrt(N)'
                )[0]["content"]["data"]["text/plain"] == "2"
    content, _ = run(c, "%%c check\nint a = ;")
    assert content["ename"] == "CompileError"
    content, _ = run(c, "%%c check\nextern int nowhere(int);\nnowhere(3)")
    assert "the cell uses nowhere, which is not defined" in content["evalue"]
    content, _ = run(c, "%%c check time\n1")
    assert content["ename"] == "UsageError" and "check and time cannot be combined" in content["evalue"]


def test_a_compiler_without_sanitizers(start_kernel, tmp_path):
    compiler = tmp_path / "bare-cc"
    compiler.write_text('#!/bin/sh\n'
                        'case "$*" in *-fsanitize*) echo "/usr/bin/ld: cannot find -lasan: No such file or '
                        'directory" >&2; exit 1;; esac\nexec cc "$@"\n')
    compiler.chmod(0o755)
    c = start_kernel(PATH=f"{tmp_path}:{os.environ['PATH']}")
    good(c, "set c.compiler=bare-cc")
    content, _, _ = checked(c, "1 + 1")
    assert "has no sanitizer libraries" in content["evalue"]
    assert value(c, "%%c\n1 + 1") == "2"


def test_clang(c):
    good(c, "set c.compiler=clang")
    content, trace, _ = checked(c, "1 + 1")
    assert content["status"] == "ok", trace
    content, trace, _ = checked(c, "int *p = malloc(40);\np[10] = 1;")
    n = content["execution_count"]
    assert content["evalue"] == f"heap-buffer-overflow in cell {n}, line 3" and f"cell {n}, line 2:" in trace
    content, trace, _ = checked(c, "int x = INT_MAX;\nx++;")
    assert "signed integer overflow" in content["evalue"] and "line 3" in content["evalue"]
    assert checked(c, RIGHT["getline"])[0]["status"] == "ok"


# ---- with mnist.h ----

def test_mnist_h_works_in_a_checked_cell(live):
    code = """%%c check
struct mnist_set test = mnist_set(MNIST_TEST);
float p[10];
int answer = mnist_predict(mnist_image(MNIST_TEST, 0), p);
mnist_edit_label(MNIST_TEST, 0, 3);
mnist_tensor("dense2.weight").values[0] = 0;
printf("%d images, %d\\n", test.count, mnist_label(MNIST_TEST, 0));
mnist_table("a | b");
mnist_row("%d | %s", 1, "two");
mnist_table_end();
mnist_run("print 6");
mnist_show("Seven", mnist_image(MNIST_TEST, 0), 28, 28);
answer >= 0"""
    before = value(live, '%%c\n(float[2]){mnist_label(MNIST_TEST, 0), mnist_tensor("dense2.weight").values[0]}')
    messages = good(live, code)
    assert types(messages) == ["stream", "display_data", "stream", "display_data", "execute_result", "stream"]
    assert text_of(messages) == "10000 images, 3\n6\n" + CLEAN
    assert value(live, '%%c\n(float[2]){mnist_label(MNIST_TEST, 0), mnist_tensor("dense2.weight").values[0]}') == before
    content, trace, _ = checked(live, "float p[9];\nmnist_predict(mnist_image(MNIST_TEST, 10000), p);")
    assert content["ename"] == "UsageError" and "no image 10000" in content["evalue"] and "line 3" in content["evalue"]
    content, trace, _ = checked(live, "int sum = 0;\nuint8_t copy[784];\n"
                                      "for (int i = 0; i <= 784; i++) copy[i] = mnist_image(MNIST_TEST, 0)[i];")
    assert content["evalue"].startswith("global-buffer-overflow") and "the variable copy" in trace


# ---- %%c time ----

LINE = re.compile(r"^(\d+(?:\.\d+)?) (ns|us|ms|s) a run \(median of [\d,]+ (?:runs?|measurements? of [\d,]+ runs); "
                  r"half of them between (\d+(?:\.\d+)?) and (\d+(?:\.\d+)?) (ns|us|ms|s)\)\n$")


def timed(kernel, code):
    """(seconds a run, outputs, what was printed before the line)"""
    messages = good(kernel, f"%%c time\n{code}")
    *before, line = text_of(messages).splitlines(keepends=True)
    found = LINE.match(line)
    assert found, line
    scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
    assert found[2] == found[5] and float(found[3]) <= float(found[1]) <= float(found[4])
    return float(found[1]) * scale[found[2]], messages, "".join(before)


def test_time(c):
    seconds, messages, before = timed(c, 'printf("once\\n");\nfprintf(stderr, "too\\n");\ncounter++;\n42')
    assert before == "once\n" and text_of(messages, "stderr") == "too\n" and 0 < seconds < 1e-3
    assert [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"] == ["42"]
    assert int(value(c, "%%c\ncounter")) > 100, "it was repeated, and what it does stays"
    seconds, messages, _ = timed(c, "#include <unistd.h>\nusleep(30000);")
    assert 0.03 <= seconds < 0.06 and " ms a run" in text_of(messages)
    seconds, _, _ = timed(c, "int small = 1;")
    assert seconds < 1e-6
    assert value(c, "%%c\nsmall") == "1", "definitions stay"
    assert text_of(good(c, '%%c\nprintf("out\\n");')) == "out\n"


def test_long_cells_are_repeated_fewer_times(c):
    began = time.monotonic()
    _, messages, _ = timed(c, "#include <unistd.h>\nusleep(700000);")
    assert "median of 5 runs" in text_of(messages) and time.monotonic() - began < 8
    messages = good(c, "%%c time\n#include <unistd.h>\nsleep(11);")
    assert re.fullmatch(r"11\.\d s a run \(of one run: it took too long for more\)\n", text_of(messages))


def test_displays_of_repetitions_are_dropped(live):
    _, messages, before = timed(live, 'mnist_markdown("**%d**", 5);\nmnist_run("print 6");')
    assert types(messages).count("display_data") == 1 and before == "6\n"
    assert types(good(live, '%%c\nmnist_markdown("**%d**", 6);')) == ["display_data"]


@pytest.mark.parametrize("code, name, expected", [
    ("if (counter++ > 1000) *(volatile int *)0 = 1;", "SIGSEGV", "NULL pointer dereference"),
    ("if (counter++ > 1000) exit(3);", "Exit", "exit(3)"),
    ("getchar();", "UsageError", "input is not possible"),
])
def test_errors_in_repetitions(c, code, name, expected):
    message_id = c.client.execute(f"%%c time\n{code}", allow_stdin=True)
    if "getchar" in code:
        c.client.get_stdin_msg(timeout=20)
        c.client.input("")
    reply, _ = c.finish(message_id)
    assert reply["content"]["ename"] == name and expected in reply["content"]["evalue"]
    assert (name == "UsageError" or "line 2" in reply["content"]["evalue"])
    assert value(c, "%%c\ncounter") == "3"


def test_interrupt_and_limit_of_a_timed_cell(c):
    message_id = c.client.execute('%%c time\n#include <unistd.h>\nprintf("counter %d\\n", counter++);\nusleep(300000);')
    c.wait_output("counter 3")
    time.sleep(1)
    c.interrupt()
    assert c.reply(message_id)["content"]["ename"] == "KeyboardInterrupt"
    assert value(c, "%%c\ncounter") == "3"
    good(c, "set c.time=1")
    content, _ = run(c, "%%c time\n#include <unistd.h>\nusleep(300000);")
    assert content["ename"] == "TimeoutError", "the limit is for all repetitions"
