/*
 * c_assist - a queue of requests before mnist-clang.
 */
#include "kernel/c_assist.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/assist.h"
#include "kernel/memory.h"
#include "kernel/moment.h"
#include "kernel/reply.h"
#include "mnist/c/assistant.h"
#include "mnist/language/cell.h"
#include "mnist/language/markdown.h"
#include "mnist/utf8.h"

struct waiting {
    struct message *message;
    bool inspect;
};

struct c_assist {
    struct c_assist_config config;
    struct assistant *assistant;
    char *scope;
    json_t *flags;
    struct waiting queue[C_ASSIST_QUEUE_MAX]; /* [0] is the one that mnist-clang works on */
    size_t count;
    bool asked;   /* the first of the queue                                   */
    bool warming; /* nobody's question is asked, so that the next is answered quickly */
    int64_t deadline_ms;
};

struct c_assist *c_assist_new(const struct c_assist_config *config)
{
    struct c_assist *a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->config = *config;
    a->assistant = assistant_new(config->program);
    a->scope = strdup("");
    a->flags = json_array();
    if (a->assistant == NULL || a->scope == NULL)
        c_assist_free(&a);
    return a;
}

void c_assist_free(struct c_assist **assist)
{
    struct c_assist *a = *assist;
    if (a == NULL)
        return;
    for (size_t i = 0; i < a->count; i++)
        message_free(&a->queue[i].message);
    assistant_free(&a->assistant);
    json_decref(a->flags);
    free(a->scope);
    free(a);
    *assist = NULL;
}

/* libclang takes its time to begin; front ends wait for a completion only a second. */
static void warm_up(struct c_assist *a)
{
    struct error error;
    if (a->scope[0] == '\0' || a->asked || assistant_descriptor(a->assistant) >= 0)
        return;
    json_t *question = json_pack("{s:s, s:s, s:i, s:s, s:O}", "do", "complete", "text", "",
                                 "cursor", 0, "scope", a->scope, "flags", a->flags);
    a->asked = a->warming = question != NULL && assistant_begin(a->assistant, question, &error);
    a->deadline_ms = moment_ms() + C_ASSIST_WAIT_MS;
}

void c_assist_take_scope(struct c_assist *a, const char *text, size_t size)
{
    json_t *object = json_loadb(text, size, 0, NULL);
    const char *scope = json_string_value(json_object_get(object, "scope"));
    const json_t *flags = json_object_get(object, "flags");
    char *copy = scope != NULL ? strdup(scope) : NULL;
    if (copy != NULL && json_is_array(flags)) {
        free(a->scope);
        json_decref(a->flags);
        a->scope = copy;
        a->flags = json_deep_copy(flags);
        copy = NULL;
        warm_up(a);
    }
    free(copy);
    json_decref(object);
}

/* ---- one question ------------------------------------------------------------------------------- */

struct place {
    const char *code;
    size_t size, cursor; /* bytes */
    struct cell_text cell;
};

static struct place place_of(const struct message *message)
{
    const json_t *code = json_object_get(message->content, "code");
    struct place place = {.code = json_is_string(code) ? json_string_value(code) : "",
                          .size = json_string_length(code)};
    long long cursor = message_whole(message, "cursor_pos", -1);
    place.cursor = cursor < 0 ? place.size : utf8_offset(place.code, place.size, (size_t)cursor);
    place.cell = cell_read(place.code, place.size);
    return place;
}

/* The cell's C, with blanks in place of its first line. Caller frees. */
static char *text_of(const struct place *place)
{
    char *text = memory_take(place->size + 1);
    if (text == NULL)
        return NULL;
    memcpy(text, place->code, place->size);
    text[place->size] = '\0';
    cell_mend_line_ends(text, place->size);
    for (size_t i = 0; i < place->cell.header_start + place->cell.header_size; i++)
        if (text[i] != '\n')
            text[i] = ' ';
    return text;
}

static bool ask(struct c_assist *a)
{
    struct error error;
    struct place place = place_of(a->queue[0].message);
    char *text = text_of(&place);
    json_t *question =
        json_pack("{s:s, s:s, s:I, s:s, s:O}", "do", a->queue[0].inspect ? "inspect" : "complete",
                  "text", text != NULL ? text : "", "cursor", (json_int_t)place.cursor, "scope",
                  a->scope, "flags", a->flags);
    free(text);
    a->asked = question != NULL && assistant_begin(a->assistant, question, &error);
    a->deadline_ms = moment_ms() + C_ASSIST_WAIT_MS;
    return a->asked;
}

static const char *word(const json_t *match, const char *key)
{
    const char *text = json_string_value(json_object_get(match, key));
    return text != NULL ? text : "";
}

static json_t *complete_content(const struct place *place, const json_t *answer)
{
    size_t start = answer != NULL ? (size_t)json_integer_value(json_object_get(answer, "start"))
                                  : place->cursor;
    json_int_t from = (json_int_t)utf8_count(place->code, start),
               to = (json_int_t)utf8_count(place->code, place->cursor);
    json_t *matches = json_array(), *types = json_array(), *match;
    size_t i;
    json_array_foreach(json_object_get(answer, "matches"), i, match) {
        json_array_append_new(matches, json_string(word(match, "text")));
        json_array_append_new(types,
                              json_pack("{s:I, s:I, s:s, s:s, s:s}", "start", from, "end", to,
                                        "text", word(match, "text"), "type", word(match, "type"),
                                        "signature", word(match, "detail")));
    }
    return json_pack("{s:s, s:o, s:I, s:I, s:{s:o}}", "status", "ok", "matches", matches,
                     "cursor_start", from, "cursor_end", to, "metadata",
                     "_jupyter_types_experimental", types);
}

static json_t *markdown_of(const char *declaration, const char *comment)
{
    struct text text;
    text_init(&text, C_ASSIST_MARKDOWN_SIZE_MAX);
    text_add_fenced(&text, "c", declaration);
    markdown_add(&text, comment);
    char *whole = text_take(&text);
    json_t *markdown = json_string(whole != NULL ? whole : "");
    free(whole);
    return markdown;
}

/* Declaration and comment of the word. */
static json_t *inspect_content(const json_t *answer)
{
    const json_t *match = json_array_get(json_object_get(answer, "matches"), 0);
    json_t *data = json_object();
    if (match != NULL) {
        const char *comment = word(match, "comment"), *detail = word(match, "detail");
        const char *gap = comment[0] != '\0' ? "\n\n" : "";
        json_object_set_new(data, "text/plain", json_sprintf("%s%s%s", detail, gap, comment));
        json_object_set_new(data, "text/markdown", markdown_of(detail, comment));
    }
    return json_pack("{s:s, s:b, s:o, s:{}}", "status", "ok", "found", match != NULL, "data", data,
                     "metadata");
}

/* Replies to the first of the queue; answer NULL: nothing is known. */
static void finish(struct c_assist *a, const json_t *answer)
{
    if (a->warming) {
        a->asked = a->warming = false;
        return;
    }
    struct waiting *first = &a->queue[0];
    struct place place = place_of(first->message);
    json_t *content = first->inspect ? inspect_content(answer) : complete_content(&place, answer);
    reply(a->config.shell, a->config.author, first->message,
          first->inspect ? "inspect_reply" : "complete_reply", content, NULL);
    publisher_status(a->config.publisher, first->message, "idle");
    message_free(&first->message);
    a->count--;
    memmove(a->queue, a->queue + 1, a->count * sizeof *a->queue);
    a->asked = false;
}

/* Asks for the first of the queue; those that cannot be asked get an empty answer. */
static void go_on(struct c_assist *a)
{
    while (a->count > 0 && !a->asked && !ask(a))
        finish(a, NULL);
}

bool c_assist_request(struct c_assist *a, struct message **message, bool inspect)
{
    struct place place = place_of(*message);
    if (!place.cell.is_c || place.cursor <= place.cell.header_start + place.cell.header_size ||
        place.size > ASSIST_CODE_SIZE_MAX || a->count == C_ASSIST_QUEUE_MAX)
        return false;
    a->queue[a->count++] = (struct waiting){*message, inspect};
    *message = NULL;
    go_on(a);
    return true;
}

/* ---- the main loop's part ------------------------------------------------------------------------- */

struct channel_wait c_assist_wait(const struct c_assist *a)
{
    return (struct channel_wait){.descriptor = a->asked ? assistant_descriptor(a->assistant) : -1};
}

int64_t c_assist_deadline(const struct c_assist *a)
{
    return a->asked ? a->deadline_ms : MOMENT_NEVER;
}

void c_assist_act(struct c_assist *a)
{
    struct error error;
    json_t *answer;
    while (a->asked) {
        enum assistant_status status = assistant_poll(a->assistant, &answer, &error);
        if (status == ASSISTANT_WAITS && moment_ms() < a->deadline_ms)
            return;
        if (status == ASSISTANT_WAITS)
            assistant_give_up(a->assistant);
        finish(a, answer);
        json_decref(answer);
        go_on(a);
    }
}
