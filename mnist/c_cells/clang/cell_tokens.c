/*
 * cell_tokens - one pass over the tokens, with the depth of brackets and the properties of the open
 * chunk.
 */
#include "mnist/c_cells/clang/cell_tokens.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/array.h"

static const size_t NONE = (size_t)-1;

struct cut {
    struct cell_tokens *chunks;
    const char *text;
    size_t size;
    const struct token *tokens;
    size_t count;
    /* the open chunk */
    bool open, equals, braced, ends, broken;
    int depth, dos; /* dos: number of `do` without their `while` */
    size_t first, body;
};

bool token_is(const struct token *token, const char *text, const char *word)
{
    size_t size = strlen(word);
    return token->end - token->start == size && memcmp(text + token->start, word, size) == 0;
}

static bool at_is(const struct cut *c, size_t at, const char *word)
{
    return at < c->count && token_is(&c->tokens[at], c->text, word);
}

static bool at_one_of(const struct cut *c, size_t at, const char *const *words)
{
    for (; *words != NULL; words++)
        if (at_is(c, at, *words))
            return true;
    return false;
}

/* True if the token is the # of a directive: the first token of its line. */
static bool is_directive(const struct cut *c, size_t at)
{
    if (!at_is(c, at, "#"))
        return false;
    for (size_t i = c->tokens[at].start; i > 0 && c->text[i - 1] != '\n'; i--)
        if (c->text[i - 1] != ' ' && c->text[i - 1] != '\t')
            return false;
    return true;
}

/* End of the line that contains start, with its continuation lines (backslash). */
static size_t logical_end(const struct cut *c, size_t start)
{
    size_t i = start;
    while (i < c->size && (c->text[i] != '\n' || c->text[i - 1] == '\\'))
        i++;
    return i;
}

static bool add(struct cut *c, enum chunk_kind kind, size_t start, size_t end, size_t first,
                size_t next)
{
    struct cell_tokens *chunks = c->chunks;
    struct chunk *items = array_grow(chunks->items, chunks->count, sizeof *items, SIZE_MAX);
    if (items == NULL)
        return false;
    chunks->items = items;
    bool in_braces = kind == CHUNK_BODY || (kind == CHUNK_TAIL && c->braced && c->depth > 0);
    chunks->items[chunks->count++] =
        (struct chunk){kind, start, end, first, next - first, in_braces ? c->body : 0, c->broken};
    return true;
}

/* The ( that matches the ) at `at`, or NONE. */
static size_t opening(const struct cut *c, size_t at)
{
    int depth = 0;
    for (size_t i = at + 1; i-- > c->first;) {
        if (at_is(c, i, ")"))
            depth++;
        else if (at_is(c, i, "(") && --depth == 0)
            return i;
    }
    return NONE;
}

static const char *const tags[] = {"struct", "union", "enum", NULL};

/* struct __attribute__((packed)) { */
static bool is_attributed_tag(const struct cut *c, size_t closing)
{
    size_t open = opening(c, closing);
    return open != NONE && open >= c->first + 2 && c->text[c->tokens[open - 1].start] == '_' &&
           at_one_of(c, open - 2, tags);
}

/* True if a struct, union or enum precedes outside all brackets. */
static bool has_tag(const struct cut *c, size_t before)
{
    int depth = 0;
    for (size_t i = c->first; i < before; i++) {
        if (at_is(c, i, "{") || at_is(c, i, "("))
            depth++;
        else if (at_is(c, i, "}") || at_is(c, i, ")"))
            depth--;
        else if (depth == 0 && at_one_of(c, i, tags))
            return true;
    }
    return false;
}

/* A { at depth 0: sets c->ends if its } ends the chunk. */
static void handle_brace(struct cut *c, size_t at)
{
    static const char *const values[] = {"(", "return", "sizeof", NULL};
    static const char *const begins[] = {"else", "do", ":", NULL};
    bool after_parenthesis = at > c->first && at_is(c, at - 1, ")");
    c->braced = false;
    c->ends = true;
    if (at == c->first || at_one_of(c, at - 1, begins))
        return;
    if (c->equals || at_one_of(c, c->first, values)) {
        c->ends = false;
    } else if (after_parenthesis) {
        c->ends = !is_attributed_tag(c, at - 1);
        c->braced = c->ends;
        c->body = c->tokens[at].start;
    } else {
        c->ends = !has_tag(c, at);
    }
}

static bool close(struct cut *c, size_t at, enum chunk_kind kind)
{
    c->open = false;
    return add(c, kind, c->tokens[c->first].start, c->tokens[at].end, c->first, at + 1);
}

/* After ; or }: ends the chunk, unless an else or the while of a do follows. */
static bool may_close(struct cut *c, size_t at, enum chunk_kind kind)
{
    if (at_is(c, at + 1, "else"))
        return true;
    if (c->dos > 0 && at_is(c, at + 1, "while")) {
        c->dos--;
        return true;
    }
    return close(c, at, kind);
}

static bool handle_token(struct cut *c, size_t at)
{
    if (at_is(c, at, "{") || at_is(c, at, "(") || at_is(c, at, "[")) {
        if (c->depth == 0 && at_is(c, at, "{"))
            handle_brace(c, at);
        c->depth++;
    } else if (at_is(c, at, "}") || at_is(c, at, ")") || at_is(c, at, "]")) {
        if (--c->depth < 0) {
            c->broken = true;
            return close(c, at, CHUNK_PLAIN);
        }
        if (c->depth == 0 && c->ends && at_is(c, at, "}"))
            return may_close(c, at, c->braced ? CHUNK_BODY : CHUNK_PLAIN);
    } else if (c->depth == 0 && at_is(c, at, ";")) {
        return may_close(c, at, CHUNK_PLAIN);
    } else if (c->depth == 0) {
        c->equals |= at_is(c, at, "=");
        c->dos += at_is(c, at, "do") ? 1 : 0;
    }
    return true;
}

bool cell_tokens_cut(struct cell_tokens *chunks, const char *text, size_t size,
                     const struct token *tokens, size_t count)
{
    struct cut c = {.chunks = chunks, .text = text, .size = size, .tokens = tokens, .count = count};
    *chunks = (struct cell_tokens){0};
    for (size_t at = 0; at < count;) {
        if (is_directive(&c, at)) {
            size_t first = at, end = logical_end(&c, tokens[at].start);
            while (at < count && tokens[at].start < end)
                at++;
            if (!c.open && !add(&c, CHUNK_DIRECTIVE, tokens[first].start, end, first, at))
                return false;
            continue;
        }
        if (!c.open) {
            c.open = true;
            c.equals = c.braced = c.broken = c.ends = false;
            c.depth = c.dos = 0;
            c.first = at;
        }
        if (!handle_token(&c, at))
            return false;
        at++;
    }
    c.broken = c.depth != 0;
    return !c.open || close(&c, count - 1, CHUNK_TAIL);
}

void cell_tokens_release(struct cell_tokens *chunks)
{
    free(chunks->items);
    *chunks = (struct cell_tokens){0};
}
