/*
 * sanitize_log - line by line. A heading line defines the meaning of the stack frames after it.
 */
#include "mnist/c_cells/faults/sanitize_log.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_LINE_SIZE = 4096, LOG_LINES_MAX = 100000 };

struct log_reading {
    struct sanitize_log *log;
    const char *folder;
    struct sanitize_finding *finding; /* the current one; NULL = none         */
    FILE *calls;                      /* of the current finding               */
    const char *heading;              /* of the next frames; NULL = written   */
    bool ignores, failed;
};

/* ---- pieces of a line ---- */

/* The text after a mark; NULL = no such mark. */
static char *after(char *line, const char *mark)
{
    char *at = strstr(line, mark);
    return at != NULL ? at + strlen(mark) : NULL;
}

/* Removes addresses such as "0x602000000038 ", which mean nothing to the user. */
static void drop_addresses(char *text)
{
    char *to = text;
    for (char *from = text; *from != '\0';) {
        bool address = strncmp(from, "0x", 2) == 0 && isxdigit((unsigned char)from[2]);
        if (!address) {
            *to++ = *from++;
            continue;
        }
        from += 2 + strspn(from + 2, "0123456789abcdef");
        if (*from == ' ' && to > text && to[-1] == ' ')
            from++;
    }
    *to = '\0';
}

/* "1 byte", "4 bytes" */
static const char *bytes(char text[32], long count)
{
    snprintf(text, 32, "%ld byte%s", count, count == 1 ? "" : "s");
    return text;
}

static void copy(char to[SANITIZE_TEXT_SIZE], const char *from)
{
    snprintf(to, SANITIZE_TEXT_SIZE, "%s", from);
}

/* ---- findings ---- */

static void end_finding(struct log_reading *r)
{
    if (r->finding != NULL && fclose(r->calls) != 0)
        r->failed = true;
    r->finding = NULL;
    r->heading = NULL;
    r->ignores = false;
}

static void begin_finding(struct log_reading *r, enum sanitize_kind kind, const char *title)
{
    end_finding(r);
    if (r->log->count == SANITIZE_FINDINGS_MAX) {
        r->log->dropped++;
        return;
    }
    struct sanitize_finding *finding = &r->log->findings[r->log->count];
    *finding = (struct sanitize_finding){.kind = kind};
    copy(finding->title, title);
    r->calls = open_memstream(&finding->calls, &finding->calls_size);
    r->failed = r->failed || r->calls == NULL;
    if (r->calls == NULL)
        return;
    r->log->count++;
    r->finding = finding;
}

static void put_frame(struct log_reading *r, const struct source_location *place)
{
    if (r->heading != NULL)
        fprintf(r->calls, "%s\n", r->heading);
    r->heading = NULL;
    source_location_put(r->calls, place);
    if (r->finding->place.line == 0)
        r->finding->place = *place;
}

/* "    #0 0x7f..  (/tmp/mnist-c-x/cell-5.so+0x1234)" */
static void parse_frame(struct log_reading *r, char *line)
{
    struct source_location places[SOURCE_LOCATIONS_MAX];
    char *object = strchr(line, '('), *plus = object != NULL ? strrchr(object, '+') : NULL;
    if (plus == NULL || r->ignores || strstr(object, "/cell-") == NULL)
        return;
    *plus = '\0';
    int count = source_location_look_up(places, object + 1, strtoull(plus + 1, NULL, 16));
    for (int i = 0; i < count; i++)
        put_frame(r, &places[i]);
}

/* ---- the memory concerned ---- */

/* Parses "0 bytes to the right of ", "4 bytes after ", "8 bytes inside of ". Returns the text after
   it; NULL = not such a line. */
static char *parse_side(char *line, long *distance, const char **side)
{
    static const struct {
        const char *phrase, *side;
    } sides[] = {{" bytes to the right of ", "after"}, {" bytes after ", "after"},
                 {" bytes to the left of ", "before"}, {" bytes before ", "before"},
                 {" bytes inside of ", "into"},        {" bytes inside ", "into"}};
    char *at = after(line, " is located ");
    if (at == NULL)
        return NULL;
    *distance = strtol(at, &at, 10);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        if (strncmp(at, sides[i].phrase, strlen(sides[i].phrase)) == 0) {
            *side = sides[i].side;
            return at + strlen(sides[i].phrase);
        }
    return NULL;
}

/* "global variable 'table$2' defined in 'cell 1:2:5' (0x..) of size 16" */
static bool parse_global(struct sanitize_finding *finding, long distance, const char *side,
                         char *text)
{
    char name[64] = "", file[64] = "";
    long line = 0;
    const char *of = after(text, " of size ");
    if (sscanf(text, "global variable '%63[^'$]%*[^(]", name) != 1)
        return false;
    char *defined = after(text, "defined in '");
    if (defined != NULL && sscanf(defined, "%63[^:']:%ld", file, &line) < 1)
        return false;
    char away[32], whole[32];
    snprintf(finding->memory, sizeof finding->memory, "%s %s the variable %s (%s%s%.0ld), of %s",
             bytes(away, distance), side, name, file, line > 0 ? ", line " : "", line,
             bytes(whole, of != NULL ? strtol(of, NULL, 10) : 0));
    return true;
}

static void parse_location(struct log_reading *r, char *line)
{
    long distance = 0;
    const char *side = "";
    char *text = parse_side(line, &distance, &side);
    if (text == NULL || r->finding->memory[0] != '\0' ||
        parse_global(r->finding, distance, side, text))
        return;
    long size = strtol(text, &text, 10);
    char away[32], whole[32];
    if (strncmp(text, "-byte region", strlen("-byte region")) == 0)
        snprintf(r->finding->memory, sizeof r->finding->memory, "%s %s a block of %s",
                 bytes(away, distance), side, bytes(whole, size));
}

/* "    [32, 48) 'a' (line 5) <== Memory access at offset 48 overflows this variable" */
static void parse_local(struct log_reading *r, char *line)
{
    long begin, end, offset;
    char name[64], where[64] = "";
    const char *access = after(line, "Memory access at offset ");
    if (access == NULL ||
        sscanf(line, " [%ld, %ld) '%63[^']' %63[^<]", &begin, &end, name, where) < 3)
        return;
    offset = strtol(access, NULL, 10);
    size_t size = strlen(where);
    while (size > 0 && where[size - 1] == ' ')
        where[--size] = '\0';
    bool is_after = offset >= end, is_before = offset < begin;
    char away[32], whole[32];
    snprintf(r->finding->memory, sizeof r->finding->memory,
             "%s %s the local variable %s%s%s, of %s",
             bytes(away, is_after    ? offset - end
                         : is_before ? begin - offset
                                     : offset - begin),
             is_after    ? "after"
             : is_before ? "before"
                         : "into",
             name, size > 0 ? " " : "", where, bytes(whole, end - begin));
}

/* ---- lines ---- */

/* "heap-buffer-overflow on address 0x..", "attempting double-free on 0x.. in thread T0:",
   "memcpy-param-overlap: memory ..." */
static void parse_error(struct log_reading *r, char *text)
{
    static const struct {
        const char *phrase, *title, *access;
    } sentences[] = {
        {"attempting double-free", "double-free", "free of a block that had already been freed"},
        {"attempting free on address which was not malloc", "bad-free",
         "free of an address that malloc did not return"},
        {"attempting to call malloc_usable_size", "bad-malloc_usable_size", ""},
    };
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (strncmp(text, sentences[i].phrase, strlen(sentences[i].phrase)) == 0) {
            begin_finding(r, SANITIZE_MEMORY, sentences[i].title);
            if (r->finding != NULL)
                copy(r->finding->access, sentences[i].access);
            return;
        }
    char *rest = text + strcspn(text, ": ");
    bool has_more = *rest == ':';
    if (*rest != '\0')
        *rest++ = '\0';
    begin_finding(r, SANITIZE_MEMORY, text);
    if (r->finding == NULL || !has_more)
        return;
    long size;
    drop_addresses(rest);
    if (sscanf(rest, " (size=%ld)", &size) == 1)
        snprintf(r->finding->access, sizeof r->finding->access, "a size of %ld byte%s", size,
                 size == 1 ? "" : "s");
    else
        copy(r->finding->access, strstr(rest, "overlap") != NULL
                                     ? "the two ranges of memory overlap"
                                     : rest + strspn(rest, " "));
}

/* "cell 3:7:12: runtime error: signed integer overflow: 2147483647 + 1 cannot be represented in
   type 'int'" */
static void parse_undefined(struct log_reading *r, char *line, char *text)
{
    char *end = text - strlen(": runtime error: ");
    struct source_location place = {.line = 0};
    *end = '\0';
    const char *slash = strrchr(line, '/'), *colon = strchr(slash != NULL ? slash : line, ':');
    if (colon != NULL) {
        const char *file = slash != NULL ? slash + 1 : line;
        snprintf(place.file, sizeof place.file, "%.*s", (int)(colon - file), file);
        place.line = (int)strtol(colon + 1, NULL, 10);
    }
    snprintf(place.object, sizeof place.object, "%s/", r->folder);
    drop_addresses(text);
    for (int i = 0; i < r->log->count; i++) {
        const struct sanitize_finding *old = &r->log->findings[i];
        if (old->kind == SANITIZE_UNDEFINED && old->place.line == place.line &&
            strcmp(old->place.file, place.file) == 0 && strcmp(old->title, text) == 0)
            return;
    }
    begin_finding(r, SANITIZE_UNDEFINED, text);
    if (r->finding != NULL)
        put_frame(r, &place);
    end_finding(r);
}

/* "Direct leak of 40 byte(s) in 1 object(s) allocated from:" */
static void parse_leak(struct log_reading *r, const char *text)
{
    char title[SANITIZE_TEXT_SIZE];
    long size = 0, count = 0;
    if (sscanf(text, "%ld byte(s) in %ld object(s)", &size, &count) != 2)
        return;
    char whole[32];
    snprintf(title, sizeof title, "leak of %s", bytes(whole, size));
    begin_finding(r, SANITIZE_LEAK, title);
    if (r->finding != NULL && count > 1)
        snprintf(r->finding->memory, sizeof r->finding->memory, "in %ld blocks", count);
}

static void parse_access(struct log_reading *r, const char *line)
{
    char whole[32];
    bool writes = strncmp(line, "WRITE of size ", 14) == 0;
    if (writes || strncmp(line, "READ of size ", 13) == 0)
        snprintf(r->finding->access, sizeof r->finding->access, "a %s of %s",
                 writes ? "write" : "read",
                 bytes(whole, strtol(line + (writes ? 14 : 13), NULL, 10)));
}

/* Sets the heading of the frames that follow. */
static void parse_heading(struct log_reading *r, const char *line)
{
    static const struct {
        const char *phrase, *heading;
    } table[] = {{"freed by thread", "the block was freed here:"},
                 {"previously allocated by thread", "and had been allocated here:"},
                 {"allocated by thread", "the block was allocated here:"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strncmp(line, table[i].phrase, strlen(table[i].phrase)) == 0) {
            r->heading = table[i].heading;
            r->ignores = false;
        }
    if (strstr(line, " is located in stack of thread") != NULL ||
        (line[0] == 'T' && strstr(line, " created by ") != NULL))
        r->ignores = true;
}

static void parse_line(struct log_reading *r, char *line)
{
    char *text;
    line[strcspn(line, "\r\n")] = '\0';
    if ((text = after(line, ": runtime error: ")) != NULL)
        parse_undefined(r, line, text);
    else if ((text = after(line, "ERROR: AddressSanitizer: ")) != NULL)
        parse_error(r, text);
    else if ((text = after(line, " leak of ")) != NULL)
        parse_leak(r, text);
    else if (r->finding != NULL && strncmp(line, "    #", 5) == 0)
        parse_frame(r, line);
    else if (r->finding != NULL) {
        parse_access(r, line);
        parse_heading(r, line);
        parse_location(r, line);
        parse_local(r, line);
    }
}

bool sanitize_log_read(struct sanitize_log *log, const char *path, const char *folder)
{
    char line[LOG_LINE_SIZE];
    FILE *file = fopen(path, "r");
    struct log_reading reading = {.log = log, .folder = folder};
    for (int i = 0; file != NULL && i < LOG_LINES_MAX && fgets(line, sizeof line, file) != NULL;
         i++) {
        if (log->broken[0] == '\0' && strncmp(line, "==", 2) == 0 && line[2] != '=')
            snprintf(log->broken, sizeof log->broken, "%.*s", (int)strcspn(line, "\n"), line);
        parse_line(&reading, line);
    }
    end_finding(&reading);
    if (file != NULL)
        fclose(file);
    return !reading.failed;
}

void sanitize_log_release(struct sanitize_log *log)
{
    for (int i = 0; i < log->count; i++)
        free(log->findings[i].calls);
    *log = (struct sanitize_log){.count = 0};
}
