"""test_c_cells - C cells on the real kernel: definitions, outputs, compiler messages, completion
and inspection.
"""
import mistune
import pytest
from conftest import ask, good, run, text_of, types, value


def test_declarations_and_statements_mixed(kernel):
    messages = good(kernel, """%%c
#include <stdio.h>
int total = 0;
for (int i = 0; i < 4; i++) {
    total += i;
}
double half(double v) { return v / 2; }
printf("%g\\n", half(total));
struct pair { int a, b; } pair = {total, 2};
if (pair.a > 5) printf("yes\\n"); else printf("no\\n");
do total--; while (total > 2);
printf("%d\\n", total);
""")
    assert text_of(messages) == "3\nyes\n2\n"


@pytest.mark.parametrize("code, shown", [
    ("counter", "3"), ("TWICE(counter) + 1", "7"), ("p.y", "4"), ("length(p)", "5"), ("p", "{.x = 3, .y = 4}"),
    ("-counter", "-3"), ("(short)-2", "-2"), ("(unsigned char)200", "200"), ("1.0f / 3", "0.33333334"), ("0.1", "0.1"),
    ("GREEN", "5"), ("(enum color)RED", "RED (0)"), ("(enum color)3", "(enum color) 3"), ("(char)'a'", "'a' (97)"),
    ('"te\\"xt\\n"', '"te\\"xt\\n"'), ("(char *)0", "NULL"), ("(void *)0", "NULL"), ("counter > 2", "1"),
    ("(_Bool)2", "true"), ("18446744073709551615u", "18446744073709551615"), ("1.0 / 0", "inf"),
    ("(record){{1, 2, 3}, \"n\"}", '{.a = int[3] {1, 2, 3}, .name = "n"}'),
    ("float grid[2][3] = {{1, 2.5f}, {3}};\ngrid", "float[2][3]\n{{  1, 2.5,   0},\n {  3,   0,   0}}"),
    ("long many[2000]; many", "long[2000] {0, 0, 0, …, 0, 0, 0}"),
    ("struct { unsigned low : 3; int high : 4; } bits = {5, -2};\nbits", "{.low = 5, .high = -2}"),
    ("struct point *q = &p;\nq->x", "3"), ("({ int v = 4; v * v; })", "16"),
])
def test_the_last_expression_is_the_result(c, code, shown):
    assert value(c, "%%c\n" + code) == shown


@pytest.mark.parametrize("code", ["(void)counter", "counter = 4;", "", "// nothing", "#define A 3", ";"])
def test_statements_have_no_result(c, code):
    assert good(c, "%%c\n" + code) == []


def test_definitions_persist_and_are_replaced(c):
    good(c, "%%c\nint use(int a) { return TWICE(a) + counter; }")
    assert value(c, "%%c\nuse(1)") == "5"
    good(c, "%%c\nint counter = 10;")
    assert value(c, "%%c\nuse(1)") == "12", "an older function sees the variable that was defined again"
    good(c, "%%c\n#define TWICE(a) (20 * (a))")
    assert value(c, "%%c\nTWICE(1)") == "20"
    assert value(c, "%%c\nuse(1)") == "12"
    good(c, "%%c\nint helper(int a) { return a; }")
    good(c, "%%c\nint through(int a) { return helper(a); }")
    good(c, "%%c\nint helper(int a) { return -a; }")
    assert value(c, "%%c\nthrough(3)") == "-3", "an older function calls the one that was defined again"
    good(c, "%%c\nconst char *helper = \"now a text\";")
    assert value(c, "%%c\nhelper") == '"now a text"'


def test_a_function_that_is_replaced_more_than_once(c):
    good(c, "%%c\nint step(int a) { return a; }")
    good(c, "%%c\nint through(int a) { return step(a); }")
    for i in range(1, 4):
        good(c, f"%%c\nint step(int a) {{ return a + {i}; }}")
        assert value(c, "%%c\nthrough(1)") == str(1 + i)


def test_a_header_included_again_keeps_its_position(kernel):
    good(kernel, "%%c\n#include <stdio.h>\nFILE *file = NULL;\n#include <assert.h>")
    assert value(kernel, "%%c\n#include <stdio.h>\nfile == NULL") == "1"
    good(kernel, "%%c\n#define NDEBUG\n#include <assert.h>")
    assert value(
        kernel, "%%c\nassert(file != NULL);\nfile == NULL") == "1", "what it says now is what the latest inclusion says"


def test_a_redefined_type_removes_its_variables(c):
    messages = good(c, "%%c\nstruct point { float x, y, z; };")
    assert "p is forgotten" in text_of(messages, "stderr") and "length is forgotten" in text_of(messages, "stderr")
    assert value(c, "%%c\nstruct point p = {1, 2, 3};\np") == "{.x = 1, .y = 2, .z = 3}"


def test_main_is_run(kernel):
    messages = good(kernel, '%%c\n#include <stdio.h>\nint main(int argc, char **argv)\n{\n    printf("%d\\n", argc);\n'
                            '    return 0;\n}')
    assert text_of(messages) == "1\n"


def test_output_is_in_order(kernel):
    messages = good(kernel, """%%c
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
printf("a");
write(1, "b", 1);
putchar('c');
puts("d");
system("echo e");
fprintf(stdout, "f");
write(1, "g\\n", 2);
""")
    assert text_of(messages) == "abcd\ne\nfg\n"


def test_compile_errors_have_positions_in_the_cell(c):
    content, messages = run(c, "%%c\nint fine = 1;\nint wrong = fine +;\nint other(void) { return undeclared; }\n")
    assert content["ename"] == "CompileError"
    trace = "\n".join(content["traceback"])
    number = content["execution_count"]
    plain = __import__("re").sub(r"\x1b\[[0-9;]*[mK]", "", trace)
    assert f"cell {number}:3:" in plain and "expected expression" in plain and "    3 | int wrong = fine +;" in plain
    assert f"cell {number}:4:" in plain and plain.count("undeclared’ undeclared") == 1 and "^" in plain
    assert "\x1b[" in trace, "in colours"
    assert types(messages) == ["error"]
    content, _ = run(c, "%%c\nfine")
    assert content["status"] == "error", "a cell that does not compile defines nothing"


@pytest.mark.parametrize("code, expected", [
    ("int a = 1;\n  }\nint b;", ":3:3: error: unmatched ‘}’\n    3 |   }\n      |   ^"),
    ("f(1));", "unmatched ‘"),
    ("int f(void)\n{\n", "at end of input"),
    ("int twice = 1; int twice = 2;", "redefinition of ‘twice’"),
    ("#include <not_there.h>", "No such file"), ("#if 0\nint a;", "unterminated"), ('"open', "missing terminating"),
])
def test_compiler_messages_refer_to_the_cell(c, code, expected):
    content, _ = run(c, "%%c\n" + code)
    trace = __import__("re").sub(r"\x1b\[[0-9;]*[mK]", "", "\n".join(content["traceback"]))
    assert content["ename"] == "CompileError" and expected in trace, trace
    for line in trace.split("\n"):
        place = __import__("re").match(r"(\S+ ?\d*):(\d+):", line)
        assert place is None or (place[1] == f"cell {content['execution_count']}"
                                 and int(place[2]) <= code.count("\n") + 2), line


def test_warnings_are_shown_and_the_cell_runs(c):
    messages = good(c, '%%c\nint *pointer = "text";\n1 + 1')
    assert "warning" in text_of(messages, "stderr") and types(messages)[-1] == "execute_result"


def test_undefined_function(kernel):
    content, _ = run(kernel, "%%c\nextern int nowhere(int);\nnowhere(3)")
    assert "the cell uses nowhere, which is not defined" in content["evalue"]


def test_the_compiler_is_missing(start_kernel, tmp_path):
    kernel = start_kernel(PATH=str(tmp_path))
    content, _ = run(kernel, "%%c\n1 + 1")
    assert 'the C compiler "cc" was not found' in content["evalue"] and "apt-get install gcc" in content["evalue"]
    assert good(kernel, "6 * 7")[0]["content"]["data"]["text/plain"] == "42"


@pytest.mark.parametrize("line, expected", [("%%c std=c12", "std must be"), ("%%c wrong=1", "no parameter"),
                                            ("1\n%%c\n2", "first line")])
def test_an_invalid_first_line(kernel, line, expected):
    content, _ = run(kernel, f"{line}\n1 + 1")
    assert content["ename"] == "UsageError" and expected in content["evalue"]


def test_flags_and_libraries(kernel):
    assert value(kernel, '%%c std=c99 flags="-DN=4 -O3" link=m\n#include <math.h>\nsqrt(N)') == "2"
    assert value(kernel, "%%c std=c99\n__STDC_VERSION__") == "199901"


# ---- what a cell finds around it ----


def answer_all(kernel, message_id, answers):
    """Answers each question; returns (reply's content, outputs)."""
    for text in answers:
        question = kernel.client.get_stdin_msg(timeout=20)
        assert question["msg_type"] == "input_request"
        kernel.client.input(text)
    reply, messages = kernel.finish(message_id)
    return reply["content"], messages


def test_reading_stdin_sends_an_input_request(c):
    code = """%%c
#include <string.h>
int number;
char word[20], line[80];
printf("Number? ");
scanf("%d", &number);
while (getchar() != '\\n');
printf("Line? ");
fgets(line, sizeof line, stdin);
printf("<%d> <%.*s>\\n", number, (int)strcspn(line, "\\n"), line);
"""
    content, messages = answer_all(c, c.client.execute(code, allow_stdin=True), ["41", "two words"])
    assert content["status"] == "ok" and text_of(messages) == "Number? Line? <41> <two words>\n"
    content, messages = answer_all(c, c.client.execute("%%c\ngetchar() - 'a'", allow_stdin=True), ["c"])
    assert messages[-2]["content"]["data"]["text/plain"] == "2", "what was not read is not there for the next cell"


def test_an_input_request_can_be_interrupted(c):
    message_id = c.client.execute("%%c\ncounter = 4;\ngetchar();", allow_stdin=True)
    c.client.get_stdin_msg(timeout=20)
    c.interrupt()
    assert c.reply(message_id)["content"]["ename"] == "KeyboardInterrupt"
    assert value(c, "%%c\ncounter") == "3"


def test_reading_stdin_without_allow_stdin(c):
    content, _ = run(c, "%%c\ngetchar();", allow_stdin=False)
    assert content["ename"] == "UsageError" and "cannot answer questions" in content["evalue"]


@pytest.mark.parametrize("code, wanted", [
    ("%%c\nprin|", "printf"),
    ("%%c\np.|", "x"),
    ("%%c\nstruct point *q = &p;\nif (1) {\n    q->|", "y"),
    ("%%c\ncount|", "counter"),
    ("%%c\nint f(int argument)\n{\n    for (int i = 0;;) arg|", "argument"),
    ("%%c\nint mine = 2;\nmin|", "mine"),
    ("%%c\n#include <mnist.h>\nmnist_pre|", "mnist_predict"),
    ("%%c\n// äöü\nlen|", "length"),
    ("%%c st|", "std="),
    ("%%c\nwhi|", "while"),
])
def test_completion(c, code, wanted):
    content = ask(c, "complete", code)
    assert content["status"] == "ok" and wanted in content["matches"], content
    assert content["cursor_end"] == code.index("|") and 0 < content["cursor_start"] <= content["cursor_end"]


def test_completion_while_a_cell_runs(c):
    ask(c, "complete", "%%c\nprin|")
    message_id = c.client.execute('%%c\nprintf("counter %d\\n", counter);\nfor (;;);')
    c.wait_output("counter 3")
    assert "counter" in ask(c, "complete", "%%c\ncoun|")["matches"]
    c.interrupt()
    c.reply(message_id)
    assert "counter" in ask(c, "complete", "%%c\ncoun|")["matches"]


def test_inspection(c):
    good(c, "%%c\n/* Adds one. */\nint next(int number) { return number + 1; }")
    content = ask(c, "inspect", "%%c\n#include <mnist.h>\nmnist_pre|dict(0, 0)")
    assert content["found"] and "int mnist_predict(const uint8_t *pixels" in content["data"]["text/plain"]
    assert "The predicted class of an image" in content["data"]["text/plain"]
    assert "```c" in content["data"]["text/markdown"]
    assert "int next(int number)" in ask(c, "inspect", "%%c\nne|xt(1)")["data"]["text/plain"]
    assert not ask(c, "inspect", "%%c\nnothing_like_it|")["found"]


HOSTILE = "<script>alert(1)</script> <img src=x onerror=y> &lt; ```"


def check_markdown(content, entity="&amp;lt;"):
    """The user's text is text: no element, no end of a block of code, no mathematics. entity: how its "&lt;" must
    appear in HTML."""
    html = mistune.create_markdown(escape=False, plugins=["table"])(content["data"]["text/markdown"])
    assert content["found"] and "&lt;script&gt;alert(1)" in html
    assert "<script" not in html and "<img" not in html and entity in html, html
    assert "alert(1)" in content["data"]["text/plain"]


def test_a_comment_is_not_markup(c, tmp_path):
    (tmp_path / "danger.h").write_text(f"/* {HOSTILE} $x$ */\nint danger(int number);\n")
    content = ask(c, "inspect", f'%%c\n#include "{tmp_path}/danger.h"\ndan|ger(1)')
    check_markdown(content, entity="&lt; ```")  # libclang reads entities in comments: the character is "<"
    assert "`$x$`" in content["data"]["text/markdown"] and "\\`\\`\\`" in content["data"]["text/markdown"]


def test_a_value_is_not_markup(c):
    good(c, f"word = '{HOSTILE}'")
    check_markdown(ask(c, "inspect", "print $wo|rd"))


def test_the_comment_of_a_plugin_is_not_markup(c):
    good(c, f"%%c\n#include <mnist.h>\n// {HOSTILE}\nvoid danger(const struct mnist_call *call) {{}}\n"
            "register_command(danger);")
    check_markdown(ask(c, "inspect", "dan|ger"))


@pytest.mark.parametrize("code, status, indent", [
    ("%%c\nint f(void)\n{", "incomplete", "    "),
    ("%%c\nint a = 1;\n", "complete", ""),
    ("%%c\nint a = 1;", "incomplete", ""),
    ('%%c\nputs("{");\n', "complete", ""),
    ("%%c\n/* {\n", "incomplete", ""),
    ("%%c\n// {\n1\n", "complete", ""),
    ("%%c\nchar c = '{';\n", "complete", ""),
    ("%%c\n", "complete", ""),
    ("%%c", "incomplete", ""),
    ("%%c\n/**/ f(1,\n", "incomplete", "    "),
])
def test_is_complete(c, code, status, indent):
    content = c.reply(c.request("shell", "is_complete_request", {"code": code}))["content"]
    assert content["status"] == status and content.get("indent", "") == indent


def test_reset_removes_definitions(c):
    good(c, "reset")
    content, _ = run(c, "%%c\ncounter")
    assert content["ename"] == "CompileError"
    assert value(c, "%%c\nint counter = 8;\ncounter") == "8"


def test_definitions_between_two_inclusions_of_a_header_persist(kernel):
    good(kernel, "%%c\n#include <stdint.h>\n#define N 3\n"
                 "uint8_t low(uint64_t number) { return number & 255; }\nint n[N];")
    good(kernel, "%%c\n#include <stdint.h>\n#define N 3\nuint64_t twice(uint8_t number) { return 2 * number; }")
    assert value(kernel, "%%c\n#include <stdint.h>\n(uint64_t)low(twice(low(300))) + sizeof n / sizeof *n") == "91"


def test_a_function_whose_address_is_used_can_be_redefined(kernel):
    cell = ("%%c\n#include <stdio.h>\nint f(void) { return %d; }\n"
            "int (*pointer)(void) = f;\nint (*volatile now)(void);\n"
            "now = f;\nnow()")
    for number in range(3):
        assert value(kernel, cell.replace("%d", str(number))) == str(number)
    assert value(kernel, "%%c\npointer()") == "2"
