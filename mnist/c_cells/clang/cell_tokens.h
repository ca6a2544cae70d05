/*
 * cell_tokens - a cell's C cut where a declaration, a definition or a statement ends, at the level of brackets.
 *
 * clang_split.c makes the tokens (libclang lexes) and then asks libclang what each chunk is; here nothing is known of types,
 * only of ; { } ( ) [ ] and the few keywords that go on after them.
 *
 *     #define N 3              directive
 *     struct point { int x; }  goes on to its ;
 *     int f(int a) { ... }     ends at }          CHUNK_BODY: perhaps a function, body is the {
 *     if (a) b; else c;        one chunk
 *     f(2)                     at the end, without ; : CHUNK_TAIL
 */
#ifndef MNIST_C_CELLS_CLANG_CELL_TOKENS_H
#define MNIST_C_CELLS_CLANG_CELL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind { TOKEN_PUNCTUATION, TOKEN_KEYWORD, TOKEN_IDENTIFIER, TOKEN_LITERAL };

/* Comments are none. Offsets are bytes of the text. */
struct token {
    enum token_kind kind;
    size_t start, end;
};

enum chunk_kind {
    CHUNK_DIRECTIVE, /* a preprocessor's line, with those that go on after a \  */
    CHUNK_BODY,      /* ends with a { } that follows a )                        */
    CHUNK_PLAIN,     /* ends with ; or with another }                           */
    CHUNK_TAIL,      /* the last one, which nothing ends                        */
};

struct chunk {
    enum chunk_kind kind;
    size_t start, end;   /* bytes of the text                    */
    size_t first, count; /* tokens                               */
    size_t body;         /* BODY, and a TAIL in braces: where the { is */
    bool broken;         /* brackets that do not match           */
};

struct cell_tokens {
    struct chunk *items;
    size_t count, capacity;
};

/* Cuts text, whose tokens these are. False: no memory. Caller frees with cell_tokens_release, in either case. */
bool cell_tokens_cut(struct cell_tokens *chunks, const char *text, size_t size,
                     const struct token *tokens, size_t count);
void cell_tokens_release(struct cell_tokens *chunks);

/* The token is this word. */
bool token_is(const struct token *token, const char *text, const char *word);

#endif
