/*
 * main - the program mnist-clang: libclang in a separate process, so that its crashes and its
 * memory do not affect a session.
 *
 * Started by clang_client.c, never by hand. Reads one JSON object per line from standard input and
 * writes one line per answer; ends at end of file.
 *
 *     {"do": "split", "text": "…", "scope": "…", "flags": []}                    cell_parse.h
 *     {"do": "complete", "text": "…", "cursor": 7, "scope": "…", "flags": []}    clang_complete.h
 *     {"do": "inspect", ...}                          the same, for the whole word at the cursor
 *     anything else                                   {"error": "…"}
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mnist/c_cells/clang/cell_parse.h"
#include "mnist/c_cells/clang/clang_complete.h"

static json_t *split(CXIndex index, const json_t *request)
{
    const json_t *text = json_object_get(request, "text");
    const char *scope = json_string_value(json_object_get(request, "scope"));
    if (!json_is_string(text) || scope == NULL)
        return NULL;
    return cell_parse(index, json_string_value(text), json_string_length(text), scope,
                      json_object_get(request, "flags"));
}

static json_t *complete(CXIndex index, const json_t *request, bool whole)
{
    const json_t *text = json_object_get(request, "text");
    const char *scope = json_string_value(json_object_get(request, "scope"));
    json_int_t cursor = json_integer_value(json_object_get(request, "cursor"));
    if (!json_is_string(text) || scope == NULL || cursor < 0)
        return NULL;
    return clang_complete(index, json_string_value(text), json_string_length(text), (size_t)cursor,
                          whole, scope, json_object_get(request, "flags"));
}

static json_t *answer(CXIndex index, const json_t *request)
{
    const char *what = json_string_value(json_object_get(request, "do"));
    json_t *reply = NULL;
    if (what != NULL && strcmp(what, "split") == 0)
        reply = split(index, request);
    else if (what != NULL && (strcmp(what, "complete") == 0 || strcmp(what, "inspect") == 0))
        reply = complete(index, request, what[0] == 'i');
    return reply != NULL ? reply : json_pack("{s:s}", "error", "unknown request, or out of memory");
}

static bool reply_with(json_t *reply)
{
    char *text = json_dumps(reply, JSON_COMPACT);
    json_decref(reply);
    bool sent = text != NULL && puts(text) >= 0 && fflush(stdout) == 0;
    free(text);
    return sent;
}

int main(void)
{
    if (isatty(STDIN_FILENO)) {
        fprintf(stderr,
                "mnist-clang is started by a session to parse C cells; it is not run by hand.\n");
        return 2;
    }
    setenv("LIBCLANG_NOTHREADS", "1", 1);
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    CXIndex index = clang_createIndex(0, 0);
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    bool more = index != NULL;
    while (more && (size = getline(&line, &capacity, stdin)) > 0) {
        json_t *request = json_loadb(line, (size_t)size, 0, NULL);
        more = reply_with(answer(index, request));
        json_decref(request);
    }
    free(line);
    clang_disposeIndex(index);
    return 0;
}
