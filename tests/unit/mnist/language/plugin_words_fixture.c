/*
 * plugin_words_fixture - clears the list and adds words to it (see plugin_words_fixture.h).
 */
#include "plugin_words_fixture.h"

int plugin_words_set_up(void **state)
{
    (void)state;
    plugin_words_clear();
    return 0;
}

void add_word(enum name_kind kind, const char *name, const char *parameters, const char *help)
{
    const struct plugin_word word = {kind, name, parameters, help};
    struct error error;
    if (!plugin_words_add(&word, &error))
        fail_msg("%s: %s", name, error.text);
}
