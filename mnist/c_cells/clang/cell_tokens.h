/*
 * cell_tokens - cuts a cell into chunks, at the end of each declaration, definition and statement
 * outside all brackets.
 *
 * cell_probe.c supplies the tokens (libclang lexes), cell_parse.c then asks libclang what each
 * chunk is. This file knows no types, only ; { } ( ) [ ] and the keywords that continue a statement
 * (else, while).
 *
 *     #define N 3              directive
 *     struct point { int x; }  continues to its ;
 *     int f(int a) { ... }     ends at }          CHUNK_BODY: perhaps a function; body is the {
 *     if (a) b; else c;        one chunk
 *     f(2)                     at the end, without ; : CHUNK_TAIL
 */
#ifndef MNIST_C_CELLS_CLANG_CELL_TOKENS_H
#define MNIST_C_CELLS_CLANG_CELL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind { TOKEN_PUNCTUATION, TOKEN_KEYWORD, TOKEN_IDENTIFIER, TOKEN_LITERAL };

/* A token; comments are dropped. Offsets are bytes of the text. */
struct token {
    enum token_kind kind;
    size_t start, end;
};

enum chunk_kind {
    CHUNK_DIRECTIVE, /* a preprocessor directive, with its continuation lines */
    CHUNK_BODY,      /* ends with a { } that follows a )                      */
    CHUNK_PLAIN,     /* ends with ; or with another }                         */
    CHUNK_TAIL,      /* the last chunk, if it is not terminated               */
};

struct chunk {
    enum chunk_kind kind;
    size_t start, end;   /* bytes of the text                    */
    size_t first, count; /* tokens                               */
    size_t body;         /* BODY, and a TAIL in braces: offset of the { */
    bool broken;         /* unmatched brackets                   */
};

struct cell_tokens {
    struct chunk *items;
    size_t count;
};

/* Cuts text [size], which has these tokens. False: out of memory. Caller releases in both cases. */
bool cell_tokens_cut(struct cell_tokens *chunks, const char *text, size_t size,
                     const struct token *tokens, size_t count);
void cell_tokens_release(struct cell_tokens *chunks);

/* True if the token is this word. */
bool token_is(const struct token *token, const char *text, const char *word);

#endif
