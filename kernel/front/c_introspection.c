/*
 * c_introspection - the queue of requests for mnist-clang.
 *
 * mnist-clang works on one question at a time. queue[0] is the request whose question it has; the
 * later entries wait. Each entry leaves the queue with exactly one reply: the answer, or an empty
 * one when mnist-clang cannot be started or does not answer before deadline_ms.
 */
#include "kernel/front/c_introspection.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front_memory.h"
#include "kernel/front/introspection.h"
#include "kernel/front/reply.h"
#include "mnist/base/clock.h"
#include "mnist/base/utf8.h"
#include "mnist/c_cells/clang_client.h"
#include "mnist/language/cell.h"
#include "mnist/language/markdown.h"

struct waiting {
    struct message *message;
    bool inspect;
};

struct c_introspection {
    struct c_introspection_config config;
    struct clang_client *clang_client;
    char *scope;
    json_t *flags;
    struct waiting queue[C_INTROSPECTION_QUEUE_MAX]; /* [0]: its question is asked, or is next */
    size_t count;
    bool asked;          /* mnist-clang has a question */
    bool warming;        /* that question is the warm-up, which belongs to no request */
    int64_t deadline_ms; /* of the question */
};

struct c_introspection *c_introspection_new(const struct c_introspection_config *config)
{
    struct c_introspection *a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->config = *config;
    a->clang_client = clang_client_new(config->program);
    a->scope = strdup("");
    a->flags = json_array();
    if (a->clang_client == NULL || a->scope == NULL)
        c_introspection_free(&a);
    return a;
}

void c_introspection_free(struct c_introspection **assist)
{
    struct c_introspection *a = *assist;
    if (a == NULL)
        return;
    for (size_t i = 0; i < a->count; i++)
        message_free(&a->queue[i].message);
    clang_client_free(&a->clang_client);
    json_decref(a->flags);
    free(a->scope);
    free(a);
    *assist = NULL;
}

/* Starts mnist-clang with an empty question. libclang is slow to start, and front ends wait for a
   completion only one second. */
static void warm_up(struct c_introspection *a)
{
    struct error error;
    if (a->scope[0] == '\0' || a->asked || clang_client_descriptor(a->clang_client) >= 0)
        return;
    json_t *question = json_pack("{s:s, s:s, s:i, s:s, s:O}", "do", "complete", "text", "",
                                 "cursor", 0, "scope", a->scope, "flags", a->flags);
    a->asked = a->warming =
        question != NULL && clang_client_begin(a->clang_client, question, &error);
    a->deadline_ms = clock_ms() + C_INTROSPECTION_WAIT_MS;
}

void c_introspection_take_scope(struct c_introspection *a, const char *text, size_t size)
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

/* ---- one question ---- */

struct cell_position {
    const char *code;
    size_t size, cursor; /* bytes */
    struct cell_text cell;
};

static struct cell_position position_of(const struct message *message)
{
    const json_t *code = json_object_get(message->content, "code");
    struct cell_position position = {.code = json_is_string(code) ? json_string_value(code) : "",
                                     .size = json_string_length(code)};
    long long cursor = message_whole(message, "cursor_pos", -1);
    position.cursor =
        cursor < 0 ? position.size : utf8_offset(position.code, position.size, (size_t)cursor);
    position.cell = cell_read(position.code, position.size);
    return position;
}

/* The C text of the cell; its first line is overwritten with blanks, so that offsets stay the same.
   Caller frees. */
static char *c_text_of(const struct cell_position *position)
{
    char *text = front_memory_alloc(position->size + 1);
    if (text == NULL)
        return NULL;
    memcpy(text, position->code, position->size);
    text[position->size] = '\0';
    cell_mend_line_ends(text, position->size);
    for (size_t i = 0; i < position->cell.header_start + position->cell.header_size; i++)
        if (text[i] != '\n')
            text[i] = ' ';
    return text;
}

static bool ask(struct c_introspection *a)
{
    struct error error;
    struct cell_position position = position_of(a->queue[0].message);
    char *text = c_text_of(&position);
    json_t *question =
        json_pack("{s:s, s:s, s:I, s:s, s:O}", "do", a->queue[0].inspect ? "inspect" : "complete",
                  "text", text != NULL ? text : "", "cursor", (json_int_t)position.cursor, "scope",
                  a->scope, "flags", a->flags);
    free(text);
    a->asked = question != NULL && clang_client_begin(a->clang_client, question, &error);
    a->deadline_ms = clock_ms() + C_INTROSPECTION_WAIT_MS;
    return a->asked;
}

static const char *word(const json_t *match, const char *key)
{
    const char *text = json_string_value(json_object_get(match, key));
    return text != NULL ? text : "";
}

static json_t *complete_content(const struct cell_position *position, const json_t *answer)
{
    size_t start = answer != NULL ? (size_t)json_integer_value(json_object_get(answer, "start"))
                                  : position->cursor;
    json_int_t from = (json_int_t)utf8_count(position->code, start),
               to = (json_int_t)utf8_count(position->code, position->cursor);
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
    struct string_buffer text;
    string_buffer_init(&text, C_INTROSPECTION_MARKDOWN_SIZE_MAX);
    string_buffer_add_fenced(&text, "c", declaration);
    markdown_add(&text, comment);
    char *whole = string_buffer_take(&text);
    json_t *markdown = json_string(whole != NULL ? whole : "");
    free(whole);
    return markdown;
}

/* Content of inspect_reply: declaration and comment of the first match. */
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

/* Replies to the first request of the queue. answer NULL: the reply is empty. */
static void finish(struct c_introspection *a, const json_t *answer)
{
    if (a->warming) {
        a->asked = a->warming = false;
        return;
    }
    struct waiting *first = &a->queue[0];
    struct cell_position position = position_of(first->message);
    json_t *content =
        first->inspect ? inspect_content(answer) : complete_content(&position, answer);
    reply(a->config.shell, a->config.author, first->message,
          first->inspect ? "inspect_reply" : "complete_reply", content, NULL);
    iopub_status(a->config.iopub, first->message, "idle");
    message_free(&first->message);
    a->count--;
    memmove(a->queue, a->queue + 1, a->count * sizeof *a->queue);
    a->asked = false;
}

/* Asks the next question of the queue. A request whose question cannot be sent gets an empty
   reply. */
static void ask_next(struct c_introspection *a)
{
    while (a->count > 0 && !a->asked && !ask(a))
        finish(a, NULL);
}

bool c_introspection_request(struct c_introspection *a, struct message **message, bool inspect)
{
    struct cell_position position = position_of(*message);
    if (!position.cell.is_c ||
        position.cursor <= position.cell.header_start + position.cell.header_size ||
        position.size > INTROSPECTION_CODE_SIZE_MAX || a->count == C_INTROSPECTION_QUEUE_MAX)
        return false;
    a->queue[a->count++] = (struct waiting){*message, inspect};
    *message = NULL;
    ask_next(a);
    return true;
}

/* ---- called by the main loop ---- */

struct channel_wait c_introspection_wait(const struct c_introspection *a)
{
    return (struct channel_wait){.descriptor =
                                     a->asked ? clang_client_descriptor(a->clang_client) : -1};
}

int64_t c_introspection_deadline(const struct c_introspection *a)
{
    return a->asked ? a->deadline_ms : CLOCK_NEVER;
}

void c_introspection_act(struct c_introspection *a)
{
    struct error error;
    json_t *answer;
    while (a->asked) {
        enum clang_client_status status = clang_client_poll(a->clang_client, &answer, &error);
        if (status == CLANG_CLIENT_WAITS && clock_ms() < a->deadline_ms)
            return;
        if (status == CLANG_CLIENT_WAITS)
            clang_client_give_up(a->clang_client);
        finish(a, answer);
        json_decref(answer);
        ask_next(a);
    }
}
