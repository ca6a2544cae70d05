/*
 * introspection - converts requests to calls of mnist/language, and their results to reply
 * contents.
 *
 * Offsets on the wire count code points, those of the language count bytes.
 */
#include "kernel/front/introspection.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front_memory.h"
#include "mnist/language/cell.h"
#include "mnist/language/complete.h"
#include "mnist/language/inspect.h"
#include "mnist/language/is_complete.h"
#include "mnist/language/plugin_words.h"

static bool is_too_large(const struct message *request)
{
    return json_string_length(json_object_get(request->content, "code")) >
           INTROSPECTION_CODE_SIZE_MAX;
}

/* A copy of the request's code with normalised line ends; it may contain NULs. "" if the request
   has no code or too much of it. NULL when memory runs out. Caller frees. */
static char *code_of(const struct message *request, size_t *size)
{
    const json_t *code = json_object_get(request->content, "code");
    *size = is_too_large(request) ? 0 : json_string_length(code);
    char *text = front_memory_alloc(*size + 1);
    if (text == NULL)
        return NULL;
    if (*size > 0)
        memcpy(text, json_string_value(code), *size);
    text[*size] = '\0';
    cell_mend_line_ends(text, *size);
    return text;
}

/* The cursor in code points; if it is missing or negative, the end of the code. */
static size_t cursor_of(const struct message *request)
{
    long long cursor = message_whole(request, "cursor_pos", -1);
    return cursor < 0 ? SIZE_MAX : (size_t)cursor;
}

json_t *introspection_complete(const struct message *request, const struct live_names *names)
{
    size_t size;
    char *code = code_of(request, &size);
    struct completion completion = {0};
    if (code == NULL)
        return NULL;
    if (is_too_large(request))
        completion.start = completion.end = (size_t)message_whole(request, "cursor_pos", 0);
    else
        complete(code, size, cursor_of(request), names, &completion);
    free(code);
    json_t *matches = json_array(), *types = json_array();
    for (size_t i = 0; i < completion.count; i++) {
        const struct match *match = &completion.matches[i];
        json_array_append_new(matches, json_string(match->text));
        json_array_append_new(
            types, json_pack("{s:I, s:I, s:s, s:s}", "start", (json_int_t)completion.start, "end",
                             (json_int_t)completion.end, "text", match->text, "type", match->type));
    }
    json_t *content =
        json_pack("{s:s, s:o, s:I, s:I, s:{s:o}}", "status", "ok", "matches", matches,
                  "cursor_start", (json_int_t)completion.start, "cursor_end",
                  (json_int_t)completion.end, "metadata", "_jupyter_types_experimental", types);
    completion_release(&completion);
    return content;
}

json_t *introspection_inspect(const struct message *request, const struct live_names *names)
{
    size_t size;
    char *code = code_of(request, &size);
    int detail = message_whole(request, "detail_level", 0) > 0;
    struct inspection inspection;
    if (code == NULL)
        return NULL;
    bool found = inspect(code, size, cursor_of(request), detail, names, &inspection);
    free(code);
    json_t *data = json_object();
    if (found && inspection.plain != NULL)
        json_object_set_new(data, "text/plain", json_string(inspection.plain));
    if (found && inspection.markdown != NULL)
        json_object_set_new(data, "text/markdown", json_string(inspection.markdown));
    inspection_release(&inspection);
    return json_pack("{s:s, s:b, s:o, s:{}}", "status", "ok", "found", found, "data", data,
                     "metadata");
}

json_t *introspection_is_complete(const struct message *request)
{
    size_t size;
    const char *indent = "";
    if (is_too_large(request))
        return json_pack("{s:s}", "status", "unknown");
    char *code = code_of(request, &size);
    if (code == NULL)
        return NULL;
    enum completeness completeness = is_complete(code, size, &indent);
    free(code);
    json_t *content = json_pack("{s:s}", "status", completeness_name(completeness));
    if (completeness == TEXT_INCOMPLETE)
        json_object_set_new(content, "indent", json_string(indent));
    return content;
}

void introspection_take_names(struct live_names *names, const char *text, size_t size)
{
    json_t *list = json_loadb(text, size, 0, NULL), *item;
    size_t index;
    if (!json_is_array(list)) {
        json_decref(list);
        return;
    }
    live_names_release(names);
    live_names_init(names);
    json_array_foreach(list, index, item) {
        const char *kind = json_string_value(json_object_get(item, "kind"));
        const char *name = json_string_value(json_object_get(item, "name"));
        if (kind != NULL && name != NULL)
            (void)live_names_add(names, name_kind_of(kind), name,
                                 json_string_value(json_object_get(item, "note")));
    }
    json_decref(list);
    plugin_words_learn(names);
}
