/*
 * session_names - the names that completion offers from the state of a session: variables, layers
 * of the current network, networks of the session and in files, words of plugins.
 */
#include "mnist/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "mnist/language/plugin_words.h"
#include "mnist/workspace/session_state.h"

static void add_variables(struct session *s)
{
    for (size_t i = 0; i < variables_count(s->variables); i++) {
        char note[80] = "";
        char *text = value_source(variables_at(s->variables, i));
        if (text != NULL)
            snprintf(note, sizeof note, "%s", text);
        free(text);
        live_names_add(&s->names, NAME_VARIABLE, variables_name(s->variables, i), note);
    }
}

static void add_layers(struct session *s)
{
    for (int i = 0; s->model.network != NULL && i < network_layer_count(s->model.network); i++) {
        const struct layer *layer = network_layer(s->model.network, i);
        char note[64];
        snprintf(note, sizeof note, "%d x %d x %d", layer->out.channels, layer->out.height,
                 layer->out.width);
        live_names_add(&s->names, NAME_LAYER, layer->name, note);
    }
}

const struct live_names *session_names(struct session *s)
{
    live_names_release(&s->names);
    live_names_init(&s->names);
    add_variables(s);
    add_layers(s);
    for (size_t i = 0; i < s->blueprints.count; i++)
        live_names_add(&s->names, NAME_MODEL, s->blueprints.items[i].name,
                       "defined in this session");
    model_names(s);
    (void)plugin_words_names(&s->names);
    return &s->names;
}
