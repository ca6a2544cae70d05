/*
 * test_glob - patterns of history searches.
 *
 * Proves: each form by hand, sets at their edges, and against a plain recursive matcher on every
 * short pattern and text over a small alphabet; a pattern that makes recursive matchers explode
 * ends at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/glob.h"

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
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(glob_match(cases[i].pattern, cases[i].text), cases[i].match);
}

static bool plain(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return plain(pattern + 1, text) || (*text != '\0' && plain(pattern, text + 1));
    return *text != '\0' && (*pattern == '?' || *pattern == *text) && plain(pattern + 1, text + 1);
}

/* The number in base `letters`, as a text. */
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
            assert_int_equal(glob_match(pattern, text), plain(pattern, text));
        }
    }
}

static void no_pattern_takes_forever(void **state)
{
    (void)state;
    char pattern[1000], text[20001];
    for (size_t i = 0; i < sizeof pattern - 2; i++)
        pattern[i] = i % 2 == 0 ? '*' : 'a';
    memcpy(pattern + sizeof pattern - 2, "b", 2);
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_false(glob_match(pattern, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form),
        cmocka_unit_test(every_short_pattern_and_text),
        cmocka_unit_test(no_pattern_takes_forever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
