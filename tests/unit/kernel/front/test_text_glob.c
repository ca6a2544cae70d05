/*
 * test_text_glob - glob patterns of history searches.
 *
 * Proves: each form, and sets at their edges, by hand; equality with a plain recursive matcher
 * for every short pattern and text over a small alphabet; no pattern exceeds its budget; common
 * patterns cost a fraction of the text's size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/front/text_glob.h"

static bool matches(const char *pattern, const char *text)
{
    size_t steps = 1000;
    enum text_glob_result result = text_glob_match(pattern, text, &steps);
    assert_int_not_equal(result, TEXT_GLOB_STOPPED);
    return result == TEXT_GLOB_MATCHES;
}

static void each_form(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"a", "", false},
        {"*", "", true},
        {"**", "abc", true},
        {"a*c", "abbc", true},
        {"a*c", "abbd", false},
        {"?", "a", true},
        {"?", "", false},
        {"?", "\xC3\xBC", true},
        {"??", "\xC3\xBC", false},
        {"[abc]", "b", true},
        {"[a-c]", "d", false},
        {"[^a-c]", "d", true},
        {"[!a]", "a", false},
        {"[]]", "]", true},
        {"[]-]", "-", true},
        {"[a", "a", false},
        {"[", "[", false},
        {"[-a]", "-", true},
        {"[\xC3\xA4-\xC3\xBC]", "\xC3\xB6", true},
        {"a[*]b", "a*b", true},
        {"a[*]b", "axb", false},
        {"*train*", "re\ntrain x", true},
        {"A", "a", false},
        {"\xFF", "\xFF", true},
        {"*aab", "aaab", true},
        {"*ab*ab", "ab", false},
        {"*ab*ab", "abab", true},
        {"a*b?d*", "abxbcd", true},
        {"*[a", "xa", false},
        {"*?", "\xC3\xBC", true},
        {"*??", "\xC3\xBC", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(matches(cases[i].pattern, cases[i].text), cases[i].match);
}

static bool plain(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return plain(pattern + 1, text) || (*text != '\0' && plain(pattern, text + 1));
    return *text != '\0' && (*pattern == '?' || *pattern == *text) && plain(pattern + 1, text + 1);
}

/* The number in base `letters`, as a string. */
static void spell(char *text, unsigned number, const char *letters)
{
    for (; number > 0; number /= (unsigned)strlen(letters))
        *text++ = letters[number % strlen(letters)];
    *text = '\0';
}

static void every_short_pattern_and_text(void **state)
{
    (void)state;
    char pattern[16], text[16];
    for (unsigned p = 0; p < 4 * 4 * 4 * 4 * 4; p++) {
        spell(pattern, p, "ab*?");
        for (unsigned t = 0; t < 128; t++) {
            spell(text, t, "ab");
            assert_int_equal(matches(pattern, text), plain(pattern, text));
        }
    }
}

/* A text of one letter, and a pattern that repeats a piece. Caller frees both. */
static char *repeated(const char *piece, size_t count, const char *after)
{
    size_t size = strlen(piece);
    char *text = malloc(size * count + strlen(after) + 1);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * size, piece, size);
    memcpy(text + size * count, after, strlen(after) + 1);
    return text;
}

/* AddressSanitizer checks the whole text at each call of memmem(3), which makes the largest
   searches quadratic; they are smaller in that flavour. */
#if defined(__SANITIZE_ADDRESS__)
enum { LARGE_TEXT = 20000, LARGE_BUDGET = 20000 };
#else
enum { LARGE_TEXT = 3000000, LARGE_BUDGET = 10000000 };
#endif

static void no_pattern_costs_more_than_its_budget(void **state)
{
    (void)state;
    static const char *const pieces[] = {"*a",    "*a?", "*?",     "?",    "*[ab]",
                                         "*a[a]", "a",   "*a*?a?", "[a-b]"};
    char *text = repeated("a", LARGE_TEXT, "");
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        char *pattern = repeated(pieces[i], 900 / strlen(pieces[i]), "b"),
             *open = repeated(pieces[i], 900 / strlen(pieces[i]), "b*");
        char *starred = repeated("*", 1, pattern);
        for (int j = 0; j < 3; j++) {
            size_t steps = LARGE_BUDGET;
            (void)text_glob_match(j == 0 ? pattern : j == 1 ? open : starred, text, &steps);
            assert_true(steps <= LARGE_BUDGET);
        }
        free(starred);
        free(open);
        free(pattern);
    }
    free(text);
}

static void a_budget_that_is_used_up_stops_the_match(void **state)
{
    (void)state;
    char *text = repeated("a", 100000, "");
    for (size_t steps = 0; steps < 1000; steps += 99) {
        size_t left = steps;
        assert_int_equal(text_glob_match("*a?a?b?", text, &left), TEXT_GLOB_STOPPED);
        assert_int_equal(left, 0);
    }
    free(text);
}

static void the_usual_patterns_cost_a_fraction_of_the_text(void **state)
{
    (void)state;
    static const char *const patterns[] = {"*word*", "word*", "*word", "*a word*another*",
                                           "*w?rd*"};
    char *text = repeated("a", 800000, "");
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        size_t steps = 200000;
        assert_int_equal(text_glob_match(patterns[i], text, &steps), TEXT_GLOB_DIFFERS);
        assert_true(steps >= 90000);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form),
        cmocka_unit_test(every_short_pattern_and_text),
        cmocka_unit_test(no_pattern_costs_more_than_its_budget),
        cmocka_unit_test(a_budget_that_is_used_up_stops_the_match),
        cmocka_unit_test(the_usual_patterns_cost_a_fraction_of_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
