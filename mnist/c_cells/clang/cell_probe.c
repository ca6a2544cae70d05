/*
 * cell_probe - tokens, chunks, the text of the probe, and its translation unit.
 *
 * Each copied range is recorded as a probe_piece, in the order of the probe.
 */
#include "mnist/c_cells/clang/cell_probe.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/array.h"

/* ---- tokens ---------------------------------------------------------------------------------- */

size_t cell_probe_offset(CXSourceLocation location)
{
    unsigned offset;
    clang_getExpansionLocation(location, NULL, NULL, NULL, &offset);
    return offset;
}

static enum token_kind kind_of(CXTokenKind kind)
{
    switch (kind) {
    case CXToken_Keyword: return TOKEN_KEYWORD;
    case CXToken_Identifier: return TOKEN_IDENTIFIER;
    case CXToken_Literal: return TOKEN_LITERAL;
    case CXToken_Punctuation:
    case CXToken_Comment: break;
    }
    return TOKEN_PUNCTUATION;
}

static bool keep_tokens(struct cell_probe *s, CXTranslationUnit unit, const CXToken *tokens,
                        unsigned count)
{
    s->tokens = calloc(count + 1, sizeof *s->tokens);
    for (unsigned i = 0; s->tokens != NULL && i < count; i++) {
        CXSourceRange range = clang_getTokenExtent(unit, tokens[i]);
        CXTokenKind kind = clang_getTokenKind(tokens[i]);
        struct token token = {kind_of(kind), cell_probe_offset(clang_getRangeStart(range)),
                              cell_probe_offset(clang_getRangeEnd(range))};
        if (kind != CXToken_Comment && token.end > token.start && token.end <= s->size)
            s->tokens[s->token_count++] = token;
    }
    return s->tokens != NULL;
}

static bool lex(struct cell_probe *s, CXIndex index)
{
    struct CXUnsavedFile file = {CELL_PROBE_FILE, s->text, s->size};
    CXTranslationUnit unit = NULL;
    clang_parseTranslationUnit2(index, CELL_PROBE_FILE, NULL, 0, &file, 1,
                                CXTranslationUnit_SingleFileParse | CXTranslationUnit_KeepGoing,
                                &unit);
    if (unit == NULL)
        return false;
    CXFile opened = clang_getFile(unit, CELL_PROBE_FILE);
    CXSourceRange all = clang_getRange(clang_getLocationForOffset(unit, opened, 0),
                                       clang_getLocationForOffset(unit, opened, (unsigned)s->size));
    CXToken *tokens = NULL;
    unsigned count = 0;
    clang_tokenize(unit, all, &tokens, &count);
    bool kept = keep_tokens(s, unit, tokens, count);
    clang_disposeTokens(unit, tokens, count);
    clang_disposeTranslationUnit(unit);
    return kept;
}

/* ---- the probe ------------------------------------------------------------------------------- */

static bool add_piece(struct cell_probe *s, size_t cell, size_t size)
{
    struct probe_piece *pieces = array_grow(s->pieces, s->piece_count, sizeof *pieces, SIZE_MAX);
    if (pieces == NULL)
        return false;
    s->pieces = pieces;
    s->pieces[s->piece_count++] = (struct probe_piece){(size_t)ftell(s->writer), cell, size};
    return true;
}

static bool copy(struct cell_probe *s, size_t from, size_t to)
{
    if (!add_piece(s, from, to - from))
        return false;
    fwrite(s->text + from, 1, to - from, s->writer);
    return true;
}

bool cell_probe_to_cell(const struct cell_probe *s, size_t probe, size_t *cell)
{
    for (size_t i = 0; i < s->piece_count; i++) {
        const struct probe_piece *piece = &s->pieces[i];
        if (probe >= piece->probe && probe <= piece->probe + piece->size) {
            *cell = piece->cell + (probe - piece->probe);
            return true;
        }
    }
    return false;
}

static bool is_hidden_word(const struct cell_probe *s, const struct token *token)
{
    return token_is(token, s->text, "static") || token_is(token, s->text, "inline") ||
           token_is(token, s->text, "__inline") || token_is(token, s->text, "__inline__");
}

void cell_probe_each_hidden(const struct cell_probe *s, const struct chunk *chunk, size_t before,
                            void (*hide)(void *context, const struct token *token), void *context)
{
    int depth = 0;
    for (size_t i = chunk->first; i < chunk->first + chunk->count; i++) {
        const struct token *token = &s->tokens[i];
        if (token->start >= before)
            return;
        if (token_is(token, s->text, "(") || token_is(token, s->text, "{"))
            depth++;
        else if (token_is(token, s->text, ")") || token_is(token, s->text, "}"))
            depth--;
        else if (depth == 0 && is_hidden_word(s, token))
            hide(context, token);
    }
}

struct copy_job {
    struct cell_probe *split;
    size_t at;
    bool done;
};

static void copy_up_to(void *context, const struct token *token)
{
    struct copy_job *c = context;
    c->done = c->done && copy(c->split, c->at, token->start);
    c->at = token->end;
}

static bool write_chunk(struct cell_probe *s, const struct chunk *chunk)
{
    bool headed = chunk->body > 0;
    size_t end = headed ? chunk->body : chunk->end;
    struct copy_job c = {s, chunk->start, true};
    if (headed)
        cell_probe_each_hidden(s, chunk, end, copy_up_to, &c);
    if (!c.done || !copy(s, c.at, end))
        return false;
    fputs(chunk->kind == CHUNK_BODY || chunk->kind == CHUNK_TAIL ? "\n;\n" : "\n", s->writer);
    return true;
}

static bool is_include(const struct cell_probe *s, const struct chunk *chunk)
{
    return chunk->kind == CHUNK_DIRECTIVE && chunk->count > 1 &&
           (token_is(&s->tokens[chunk->first + 1], s->text, "include") ||
            token_is(&s->tokens[chunk->first + 1], s->text, "include_next"));
}

static bool write_probe(struct cell_probe *s)
{
    size_t hoisted = 0;
    for (size_t i = 0; i < s->chunks.count; i++)
        if (is_include(s, &s->chunks.items[i]))
            hoisted = i + 1;
    s->writer = open_memstream(&s->probe, &s->probe_size);
    if (s->writer == NULL)
        return false;
    bool done = true;
    fputs("#include \"" CELL_PROBE_SCOPE_FILE "\"\n", s->writer);
    for (size_t i = 0; i < hoisted && done; i++)
        if (s->chunks.items[i].kind == CHUNK_DIRECTIVE)
            done = write_chunk(s, &s->chunks.items[i]);
    fputs("void " CELL_PROBE "(void)\n{\n", s->writer);
    for (size_t i = 0; i < s->chunks.count && done; i++)
        if ((!s->chunks.items[i].broken || s->chunks.items[i].body > 0) &&
            (s->chunks.items[i].kind != CHUNK_DIRECTIVE || i >= hoisted))
            done = write_chunk(s, &s->chunks.items[i]);
    fputs(";}\n", s->writer);
    return fclose(s->writer) == 0 && done;
}

int cell_probe_arguments(const char *arguments[CELL_PROBE_ARGUMENTS_MAX], const json_t *flags)
{
    int count = 0;
    size_t i;
    json_t *flag;
    arguments[count++] = "-xc";
    arguments[count++] = "-std=gnu17";
    arguments[count++] = "-ferror-limit=0";
    json_array_foreach(flags, i, flag)
        if (count < CELL_PROBE_ARGUMENTS_MAX - 1)
            arguments[count++] = json_string_value(flag);
    return count;
}

static bool parse(struct cell_probe *s, CXIndex index, const char *scope, const json_t *flags)
{
    struct CXUnsavedFile files[2] = {{CELL_PROBE_FILE, s->probe, s->probe_size},
                                     {CELL_PROBE_SCOPE_FILE, scope, strlen(scope)}};
    const char *arguments[CELL_PROBE_ARGUMENTS_MAX];
    int count = cell_probe_arguments(arguments, flags);
    clang_parseTranslationUnit2(
        index, CELL_PROBE_FILE, arguments, count, files, 2,
        CXTranslationUnit_DetailedPreprocessingRecord | CXTranslationUnit_KeepGoing, &s->unit);
    s->file = s->unit != NULL ? clang_getFile(s->unit, CELL_PROBE_FILE) : NULL;
    return s->unit != NULL;
}

bool cell_probe_make(struct cell_probe *s, CXIndex index, const char *scope, const json_t *flags)
{
    return s->size <= UINT32_MAX / 2 && lex(s, index) &&
           cell_tokens_cut(&s->chunks, s->text, s->size, s->tokens, s->token_count) &&
           write_probe(s) && parse(s, index, scope, flags);
}

void cell_probe_release(struct cell_probe *s)
{
    clang_disposeTranslationUnit(s->unit);
    cell_tokens_release(&s->chunks);
    free(s->tokens);
    free(s->probe);
    free(s->pieces);
}
