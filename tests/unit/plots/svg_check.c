/*
 * svg_check - a small strict parser of SVG and PNG (see svg_check.h).
 */
#include "tests/unit/plots/svg_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/text.h"

enum { DEPTH_MAX = 64, NAME_MAX_SIZE = 32 };

struct reader {
    const char *at;
    char open[DEPTH_MAX][NAME_MAX_SIZE];
    int depth;
    double x, y, font; /* position of the last text */
    char anchor;       /* 's', 'm' or 'e' */
    bool level;
};

static bool is_entity(const char *at)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (strncmp(at, entities[i], strlen(entities[i])) == 0)
            return true;
    return false;
}

/* Parses one attribute, from its name. */
static bool read_attribute(struct reader *reader)
{
    size_t name = strcspn(reader->at, "= \n\t>/");
    const char *equals = reader->at + name + strspn(reader->at + name, " ");
    if (name == 0 || *equals != '=')
        return false;
    const char *opening = equals + 1 + strspn(equals + 1, " ");
    char quote = *opening;
    if (quote != '"' && quote != '\'')
        return false;
    const char *value = opening + 1;
    const char *end = strchr(value, quote);
    if (end == NULL || memchr(value, '<', (size_t)(end - value)) != NULL)
        return false;
    if (strncmp(reader->at, "transform=", 10) == 0 && strncmp(value, "translate(", 10) == 0) {
        char *rest = NULL;
        reader->x = strtod(value + 10, &rest);
        reader->y = strtod(rest + 1, NULL);
        reader->level = memmem(value, (size_t)(end - value), "rotate", 6) == NULL;
    } else if (strncmp(reader->at, "font-size=", 10) == 0) {
        reader->font = strtod(value, NULL);
    } else if (strncmp(reader->at, "text-anchor=", 12) == 0) {
        reader->anchor = *value;
    }
    reader->at = end + 1;
    return true;
}

static bool read_tag(struct reader *reader)
{
    bool closes = reader->at[1] == '/';
    reader->at += closes ? 2 : 1;
    size_t size = strcspn(reader->at, " \n\t>/");
    if (size == 0 || size >= NAME_MAX_SIZE)
        return false;
    char name[NAME_MAX_SIZE] = "";
    memcpy(name, reader->at, size);
    reader->at += size;
    for (;;) {
        reader->at += strspn(reader->at, " \n\t");
        if (*reader->at == '>' || strncmp(reader->at, "/>", 2) == 0)
            break;
        if (!read_attribute(reader))
            return false;
    }
    bool empty = *reader->at == '/';
    reader->at += empty ? 2 : 1;
    if (closes)
        return reader->depth > 0 && strcmp(reader->open[--reader->depth], name) == 0;
    if (!empty) {
        if (reader->depth == DEPTH_MAX)
            return false;
        memcpy(reader->open[reader->depth++], name, sizeof name);
    }
    return true;
}

/* Parses the text up to the next tag, and decodes its entities. */
static bool read_text(struct reader *reader, char *text, size_t size)
{
    size_t used = 0;
    while (*reader->at != '\0' && *reader->at != '<') {
        if (*reader->at == '&' && !is_entity(reader->at))
            return false;
        if (used + 1 < size)
            text[used++] = *reader->at;
        reader->at += *reader->at == '&' ? strcspn(reader->at, ";") + 1 : 1;
    }
    text[used] = '\0';
    return true;
}

static bool is_clean(const char *text)
{
    char clean[TEXT_SIZE_MAX];
    text_clean(clean, sizeof clean, text);
    return strcmp(clean, text) == 0;
}

static bool is_inside(const struct reader *reader, const char *text, const struct picture *picture)
{
    double width = text_width(text, reader->font);
    double left = reader->x - (reader->anchor == 'm'   ? width / 2
                               : reader->anchor == 'e' ? width
                                                       : 0);
    return left >= -1 && left + width <= picture->width + 1 &&
           reader->y - 0.6 * reader->font >= 0 && reader->y <= picture->height;
}

const char *svg_check(const struct picture *picture, char wrong[200])
{
    struct reader reader = {.at = picture->svg};
    char size[64], box[64];
    snprintf(size, sizeof size, " width=\"%d\" height=\"%d\"", picture->shown_width,
             picture->shown_height);
    snprintf(box, sizeof box, " viewBox=\"0 0 %d %d\"", picture->width, picture->height);
    if (strlen(picture->svg) != picture->svg_size || strncmp(picture->svg, "<?xml", 5) != 0)
        return "does not begin as XML, or is cut by a zero byte";
    if (strstr(picture->svg, size) == NULL)
        return "does not have the size that the picture is shown at";
    if (strstr(picture->svg, box) == NULL || strstr(picture->svg, "max-width:100%") == NULL)
        return "does not have the viewBox of the drawing, or cannot shrink";
    if (picture->shown_width > PICTURE_SHOWN_MAX || picture->shown_width > picture->width)
        return "is wider than a narrow page, or enlarged";
    if (strstr(picture->svg, "<script") != NULL || strstr(picture->svg, "GNUPLOT") != NULL)
        return "has a script, or gnuplot's version";
    reader.at = strchr(picture->svg, '>') + 1;
    while (*reader.at != '\0') {
        char text[TEXT_SIZE_MAX];
        bool in_text = reader.depth > 0 && strcmp(reader.open[reader.depth - 1], "text") == 0;
        if (*reader.at == '<' && !read_tag(&reader)) {
            snprintf(wrong, 200, "a tag is broken or does not nest before: %.80s", reader.at);
            return wrong;
        }
        if (!read_text(&reader, text, sizeof text))
            return "an & that is no entity";
        bool begins =
            reader.depth > 0 && strcmp(reader.open[reader.depth - 1], "text") == 0 && !in_text;
        if (begins && !is_clean(text))
            return "text that is not clean UTF-8";
        if (begins && reader.level && !is_inside(&reader, text, picture)) {
            snprintf(wrong, 200, "text outside the picture at %g,%g: %.80s", reader.x, reader.y,
                     text);
            return wrong;
        }
    }
    return reader.depth == 0 ? NULL : "an element is not closed";
}

static unsigned long big_endian(const unsigned char *bytes)
{
    return (unsigned long)bytes[0] << 24 | (unsigned long)bytes[1] << 16 |
           (unsigned long)bytes[2] << 8 | bytes[3];
}

const char *png_check(const struct picture *picture)
{
    static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    const unsigned char *png = picture->png;
    if (picture->png_size < 57 || memcmp(png, signature, sizeof signature) != 0)
        return "no PNG signature";
    if (big_endian(png + 16) != 2ul * (unsigned long)picture->width ||
        big_endian(png + 20) != 2ul * (unsigned long)picture->height)
        return "the PNG is not twice the picture's size";
    size_t at = 8;
    while (at + 12 <= picture->png_size) {
        size_t size = big_endian(png + at);
        if (memcmp(png + at + 4, "IEND", 4) == 0)
            return at + 12 == picture->png_size ? NULL : "bytes after IEND";
        at += 12 + size;
    }
    return "a chunk is cut short";
}
