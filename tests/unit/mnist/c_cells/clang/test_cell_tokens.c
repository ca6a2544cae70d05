/*
 * test_cell_tokens - where the pieces of a C cell end: by hand, and on every beginning of a text.
 *
 * Tokens are made here by a lexer of a few lines, which knows words, texts and single characters.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mnist/c_cells/clang/cell_tokens.h"

enum { TOKENS_MAX = 500 };

static size_t lex(const char *text, size_t size, struct token *tokens)
{
    size_t count = 0, at = 0;
    while (at < size) {
        size_t start = at;
        if (isspace((unsigned char)text[at])) {
            at++;
            continue;
        }
        if (text[at] == '"') {
            for (at++; at < size && text[at] != '"'; at++)
                continue;
            at = at < size ? at + 1 : size;
        } else if (isalnum((unsigned char)text[at]) || text[at] == '_') {
            while (at < size && (isalnum((unsigned char)text[at]) || text[at] == '_'))
                at++;
        } else {
            at++;
        }
        assert_true(count < TOKENS_MAX);
        tokens[count++] = (struct token){TOKEN_IDENTIFIER, start, at};
    }
    return count;
}

/* Each chunk's letter (d directive, b body, p plain, t tail; upper case when brackets do not match)
   and text. */
static void check(const char *text, const char *wanted)
{
    static const char letters[] = "dbpt";
    struct token tokens[TOKENS_MAX];
    struct cell_tokens chunks;
    char got[2000] = "";
    size_t used = 0;
    assert_true(
        cell_tokens_cut(&chunks, text, strlen(text), tokens, lex(text, strlen(text), tokens)));
    for (size_t i = 0; i < chunks.count; i++) {
        const struct chunk *chunk = &chunks.items[i];
        char letter = letters[chunk->kind];
        used += (size_t)snprintf(got + used, sizeof got - used, "%c[%.*s]",
                                 chunk->broken ? toupper((unsigned char)letter) : letter,
                                 (int)(chunk->end - chunk->start), text + chunk->start);
    }
    assert_string_equal(got, wanted);
    cell_tokens_release(&chunks);
}

static void pieces_end_where_c_ends_them(void **state)
{
    (void)state;
    check("", "");
    check("a; b", "p[a;]t[b]");
    check("#define A {\n#if \\\n1\nint a;\n", "d[#define A {]d[#if \\\n1]p[int a;]");
    check("int f(int a) { return a; } f(1)", "b[int f(int a) { return a; }]t[f(1)]");
    check("struct p { int x; } q = { 1 }; q", "p[struct p { int x; } q = { 1 };]t[q]");
    check("struct p f(void) { g(); } h();", "b[struct p f(void) { g(); }]p[h();]");
    check("struct __attribute__((packed)) { int a; } x;",
          "p[struct __attribute__((packed)) { int a; } x;]");
    check("typedef enum { A, B } e; int x[] = {1, 2};",
          "p[typedef enum { A, B } e;]p[int x[] = {1, 2};]");
    check("if (a) { b; } else { c; } d;", "p[if (a) { b; } else { c; }]p[d;]");
    check("if (a) b; else c; d;", "p[if (a) b; else c;]p[d;]");
    check("do { a; } while (b); do c; while (d); e",
          "p[do { a; } while (b);]p[do c; while (d);]t[e]");
    check("while (a) { b; } for (;;) c;", "b[while (a) { b; }]p[for (;;) c;]");
    check("(struct p){1, 2}.x", "t[(struct p){1, 2}.x]");
    check("x = (struct p){1}; y;", "p[x = (struct p){1};]p[y;]");
    check("{ a; } b;", "p[{ a; }]p[b;]");
    check("f(\"};{\"); g;", "p[f(\"};{\");]p[g;]");
    check("int f(void) {\n#define X }\n}", "b[int f(void) {\n#define X }\n}]");
}

static void brackets_that_do_not_match_are_said(void **state)
{
    (void)state;
    check("int f(void) { a;", "T[int f(void) { a;]");
    check("a; } b;", "p[a;]P[}]p[b;]");
    check("f(1", "T[f(1]");
}

static void every_beginning_of_a_text_is_cut(void **state)
{
    static const char text[] = "#define A 1\nstruct p { int x; } q = {A};\nint f(int a)\n{\n"
                               "    do { a--; } while (a > 0); return a;\n}\nif (f(2)) g(\"}\"); "
                               "else { h(); }\nq.x";
    (void)state;
    for (size_t size = 0; size < sizeof text; size++) {
        struct token tokens[TOKENS_MAX];
        struct cell_tokens chunks;
        size_t at = 0;
        assert_true(cell_tokens_cut(&chunks, text, size, tokens, lex(text, size, tokens)));
        for (size_t i = 0; i < chunks.count; i++) { /* in order, and nothing but blanks between */
            for (; at < chunks.items[i].start; at++)
                assert_true(isspace((unsigned char)text[at]));
            assert_true(chunks.items[i].end > chunks.items[i].start);
            at = chunks.items[i].end;
        }
        cell_tokens_release(&chunks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_end_where_c_ends_them),
        cmocka_unit_test(brackets_that_do_not_match_are_said),
        cmocka_unit_test(every_beginning_of_a_text_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
