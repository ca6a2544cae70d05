/*
 * plugin_words_fixture - an empty list of plugin words for each test, and adding a word.
 */
#ifndef TESTS_LANGUAGE_PLUGIN_WORDS_FIXTURE_H
#define TESTS_LANGUAGE_PLUGIN_WORDS_FIXTURE_H

#include "check.h"

#include "mnist/language/plugin_words.h"

/* cmocka's set-up of a test: clears the list. */
int plugin_words_set_up(void **state);

/* Asserts that the word is accepted. */
void add_word(enum name_kind kind, const char *name, const char *parameters, const char *help);

#endif
