"""C cells in JupyterLab: a result, a crash with its report, the session after it, coloured errors, completion."""

DEFINE = """%%c
#include <stdio.h>
struct point { double x, y; };
struct point where = {1, 2.5};
double area(struct point p)
{
    return p.x * p.y;
}
printf("area %g\\n", area(where));
where"""
CRASH = """%%c
where.x = 77;
int *nowhere = NULL;
*nowhere = 1;"""


def test_a_crash_is_shown_and_the_next_cell_runs(cells):
    notebook = cells(DEFINE, CRASH, "%%c\nwhere")
    notebook.run_cell(0)
    notebook.wait_words(0, "area 2.5")
    notebook.wait_words(0, "{.x = 1, .y = 2.5}")
    notebook.run_cell(1)
    for words in ("SIGSEGV", "NULL pointer dereference", "cell 2, line 4", "*nowhere = 1;",
                  "as it was before the cell"):
        notebook.wait_words(1, words)
    notebook.run_cell(2)
    notebook.wait_words(2, "{.x = 1, .y = 2.5}")


def test_compile_errors_are_coloured(cells):
    notebook = cells("%%c\nint a = 3 +;")
    notebook.run_cell(0)
    notebook.wait_words(0, "expected expression")
    assert notebook.output(0).locator("[class*=ansi-red]").count() > 0


def test_tab_completes_fields_and_shift_tab_explains(cells):
    notebook = cells(DEFINE, "")
    notebook.run_cell(0)
    notebook.write(1, "%%c\nwhere.")
    notebook.page.keyboard.press("Tab")
    assert notebook.offers() == {"x": "field", "y": "field"}
    notebook.page.keyboard.press("Escape")
    notebook.page.keyboard.press("Backspace")
    notebook.page.keyboard.type(" = where; area")
    notebook.page.keyboard.press("Shift+Tab")
    assert "double area(struct point p)" in notebook.tooltip()
