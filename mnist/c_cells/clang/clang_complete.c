/*
 * clang_complete - the text for libclang, and the conversion of its results to JSON.
 */
#include "mnist/c_cells/clang/clang_complete.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/c_cells/clang/cell_parse.h"
#include "mnist/c_cells/clang/cell_probe.h"

enum { DETAIL_SIZE = 400 };

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_kind(const json_t *item, const char *kind)
{
    const char *own = json_string_value(json_object_get(item, "kind"));
    return own != NULL && strcmp(own, kind) == 0;
}

/* ---- the text that is completed
   ------------------------------------------------------------------ */

struct probe {
    char *text;
    size_t size;
};

static bool at_file_scope(const json_t *item)
{
    return is_kind(item, "directive") || is_kind(item, "type") || is_kind(item, "function") ||
           is_kind(item, "prototype") || is_kind(item, "variables");
}

/* The unfinished piece that contains the cursor. */
static void put_tail(FILE *to, const char *text, size_t tail, size_t end, bool in_function)
{
    bool directive = tail < end && text[tail] == '#';
    if (!in_function && !directive)
        fputs("void mnist_cell_(void)\n{\n", to);
    fwrite(text + tail, 1, end - tail, to);
}

/* The text before `end`; the cursor is then at the end of the probe. */
static bool make_probe(struct probe *probe, const char *text, size_t end, const json_t *split)
{
    size_t i, tail = (size_t)json_integer_value(json_object_get(split, "tail"));
    const json_t *item;
    bool in_function = false;
    FILE *to = open_memstream(&probe->text, &probe->size);
    if (to == NULL)
        return false;
    fputs("#include \"" CELL_PROBE_SCOPE_FILE "\"\n", to);
    json_array_foreach(json_object_get(split, "items"), i, item) {
        size_t from = (size_t)json_integer_value(json_object_get(item, "start")),
               until = (size_t)json_integer_value(json_object_get(item, "end"));
        if (from >= tail)
            in_function |= json_is_true(json_object_get(item, "function"));
        else if (at_file_scope(item))
            fprintf(to, "%.*s\n", (int)(until - from), text + from);
    }
    put_tail(to, text, tail < end ? tail : end, end, in_function);
    return fclose(to) == 0;
}

/* Line and column, from 1. */
static void end_position(const struct probe *probe, unsigned *line, unsigned *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < probe->size; i++) {
        *column = probe->text[i] == '\n' ? 1 : *column + 1;
        *line += probe->text[i] == '\n';
    }
}

/* ---- libclang's results
   ---------------------------------------------------------------------------- */

static const char *type_of(enum CXCursorKind kind)
{
    switch ((int)kind) {
    case CXCursor_FunctionDecl: return "function";
    case CXCursor_VarDecl:
    case CXCursor_ParmDecl: return "variable";
    case CXCursor_FieldDecl: return "field";
    case CXCursor_MacroDefinition: return "macro";
    case CXCursor_EnumConstantDecl: return "constant";
    case CXCursor_StructDecl:
    case CXCursor_UnionDecl:
    case CXCursor_EnumDecl:
    case CXCursor_TypedefDecl: return "type";
    case CXCursor_NotImplemented: return "keyword";
    default: return "name";
    }
}

struct completion_text {
    char name[DETAIL_SIZE], detail[DETAIL_SIZE];
    size_t used;
};

static void append(struct completion_text *r, const char *text)
{
    size_t room = sizeof r->detail - r->used, size = strlen(text);
    if (size >= room)
        return;
    memcpy(r->detail + r->used, text, size + 1);
    r->used += size;
}

/* "int", "printf", "(", "const char *format", ")" -> "int printf(const char *format)" */
static void read_string(struct completion_text *r, CXCompletionString string)
{
    unsigned count = clang_getNumCompletionChunks(string);
    *r = (struct completion_text){.used = 0};
    for (unsigned i = 0; i < count; i++) {
        enum CXCompletionChunkKind kind = clang_getCompletionChunkKind(string, i);
        CXString text = clang_getCompletionChunkText(string, i);
        const char *words = clang_getCString(text);
        if (kind == CXCompletionChunk_TypedText)
            snprintf(r->name, sizeof r->name, "%s", words);
        if (kind == CXCompletionChunk_Optional || kind == CXCompletionChunk_VerticalSpace) {
            clang_disposeString(text);
            continue;
        }
        append(r, words != NULL ? words : "");
        if (kind == CXCompletionChunk_ResultType && r->used > 0 && r->detail[r->used - 1] != '*')
            append(r, " ");
        if (kind == CXCompletionChunk_Comma && words != NULL && strcmp(words, ",") == 0)
            append(r, " ");
        clang_disposeString(text);
    }
}

struct completion_filter {
    const char *word;
    size_t size;
    bool whole;
};

static bool fits(const struct completion_filter *filter, const char *name)
{
    if (name[0] == '\0' || strncmp(name, "mnist_cell_", 11) == 0 ||
        strncmp(name, filter->word, filter->size) != 0)
        return false;
    if (filter->whole)
        return name[filter->size] == '\0';
    return name[0] != '_' || (filter->size > 0 && filter->word[0] == '_');
}

static json_t *match_of(const CXCompletionResult *result, const struct completion_filter *filter)
{
    struct completion_text r;
    if (clang_getCompletionAvailability(result->CompletionString) == CXAvailability_NotAvailable)
        return NULL;
    read_string(&r, result->CompletionString);
    if (!fits(filter, r.name))
        return NULL;
    CXString comment = clang_getCompletionBriefComment(result->CompletionString);
    const char *brief = clang_getCString(comment);
    json_t *match =
        json_pack("{s:s, s:s, s:s, s:s, s:i}", "text", r.name, "type", type_of(result->CursorKind),
                  "detail", r.detail, "comment", brief != NULL ? brief : "", "priority",
                  (int)clang_getCompletionPriority(result->CompletionString));
    clang_disposeString(comment);
    return match;
}

static int compare(const void *a, const void *b)
{
    const json_t *const *x = a, *const *y = b;
    json_int_t one = json_integer_value(json_object_get(*x, "priority")),
               two = json_integer_value(json_object_get(*y, "priority"));
    if (one != two)
        return one < two ? -1 : 1;
    return strcmp(json_string_value(json_object_get(*x, "text")),
                  json_string_value(json_object_get(*y, "text")));
}

/* Sorted by priority; each name once. */
static json_t *collect(const CXCodeCompleteResults *results, const struct completion_filter *filter)
{
    unsigned count = results != NULL ? results->NumResults : 0;
    size_t found = 0;
    json_t **list = calloc(count + 1, sizeof *list), *matches = json_array();
    for (unsigned i = 0; list != NULL && i < count; i++) {
        json_t *match = match_of(&results->Results[i], filter);
        if (match != NULL)
            list[found++] = match;
    }
    if (list != NULL)
        qsort(list, found, sizeof *list, compare);
    const char *last = "";
    for (size_t i = 0; i < found; i++) {
        const char *name = json_string_value(json_object_get(list[i], "text"));
        if (strcmp(name, last) != 0 && json_array_size(matches) < CLANG_COMPLETE_MAX)
            json_array_append(matches, list[i]);
        last = name;
    }
    for (size_t i = 0; i < found; i++)
        json_decref(list[i]);
    free(list);
    return matches;
}

static json_t *ask_clang(CXIndex index, const struct probe *probe, const char *scope,
                         const json_t *flags, const struct completion_filter *filter)
{
    struct CXUnsavedFile files[2] = {{CELL_PROBE_FILE, probe->text, probe->size},
                                     {CELL_PROBE_SCOPE_FILE, scope, strlen(scope)}};
    const char *arguments[CELL_PROBE_ARGUMENTS_MAX];
    int count = cell_probe_arguments(arguments, flags);
    arguments[count++] = "-fparse-all-comments";
    CXTranslationUnit unit = NULL;
    unsigned line, column;
    clang_parseTranslationUnit2(index, CELL_PROBE_FILE, arguments, count, files, 2,
                                CXTranslationUnit_KeepGoing | CXTranslationUnit_Incomplete |
                                    CXTranslationUnit_IncludeBriefCommentsInCodeCompletion,
                                &unit);
    if (unit == NULL)
        return NULL;
    end_position(probe, &line, &column);
    CXCodeCompleteResults *results =
        clang_codeCompleteAt(unit, CELL_PROBE_FILE, line, column, files, 2,
                             CXCodeComplete_IncludeMacros | CXCodeComplete_IncludeCodePatterns |
                                 CXCodeComplete_IncludeBriefComments);
    json_t *matches = collect(results, filter);
    clang_disposeCodeCompleteResults(results);
    clang_disposeTranslationUnit(unit);
    return matches;
}

json_t *clang_complete(CXIndex index, const char *text, size_t size, size_t cursor, bool whole,
                       const char *scope, const json_t *flags)
{
    struct probe probe = {NULL, 0};
    size_t end = cursor < size ? cursor : size, start = end;
    while (start > 0 && is_word(text[start - 1]))
        start--;
    while (whole && end < size && is_word(text[end]))
        end++;
    const struct completion_filter filter = {text + start, end - start, whole};
    json_t *split = cell_parse(index, text, start, scope, flags), *matches = NULL;
    if (split != NULL && make_probe(&probe, text, start, split))
        matches = ask_clang(index, &probe, scope, flags, &filter);
    json_decref(split);
    free(probe.text);
    return matches != NULL ? json_pack("{s:I, s:I, s:o}", "start", (json_int_t)start, "end",
                                       (json_int_t)end, "matches", matches)
                           : NULL;
}
