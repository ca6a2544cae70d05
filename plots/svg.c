/*
 * svg - rewrites gnuplot's SVG in one pass from tag to tag (see svg.h).
 */
#include "plots/svg.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* preserveAspectRatio is none because the rounded height does not have the exact ratio of the
   viewBox. */
static const char root_attributes[] =
    " font-family=\"DejaVu Sans,Verdana,Arial,sans-serif\" role=\"img\" width=\"%d\" height=\"%d\" "
    "style=\"max-width:100%%;height:auto\" preserveAspectRatio=\"none\"";
static const char image_attributes[] = " style=\"image-rendering:pixelated\"";
static const char plain_font[] = " font-family=\"" SVG_FONT "\"";
static const char bold_font[] = " font-family=\"" SVG_FONT ":Bold\"";
static const char bold_attribute[] = " font-weight=\"bold\"";

/* Maximum growth: `<image` and `<svg` get attributes, and `&` becomes `&amp;`. */
enum { GROWTH_PER_TAG = 256, GROWTH_PER_CHARACTER = 6 };

struct svg_output {
    char *bytes;
    size_t size;
    /* only the first <title>, <desc> and <svg> belong to the picture, later ones to its parts */
    bool has_title, has_description, has_root;
};

static void put(struct svg_output *output, const char *bytes, size_t size)
{
    memcpy(output->bytes + output->size, bytes, size);
    output->size += size;
}

static void put_escaped(struct svg_output *output, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': put(output, "&amp;", 5); break;
        case '<': put(output, "&lt;", 4); break;
        case '>': put(output, "&gt;", 4); break;
        default: put(output, text, 1); break;
        }
    }
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Copies the tag from '<' to before end without its font family; bold becomes font-weight. */
static void put_tag(struct svg_output *output, const char *tag, const char *end)
{
    size_t size = (size_t)(end - tag);
    const char *bold = memmem(tag, size, bold_font, sizeof bold_font - 1);
    const char *font = bold != NULL ? bold : memmem(tag, size, plain_font, sizeof plain_font - 1);
    if (font == NULL) {
        put(output, tag, size);
        return;
    }
    const char *rest = font + (bold != NULL ? sizeof bold_font : sizeof plain_font) - 1;
    put(output, tag, (size_t)(font - tag));
    if (bold != NULL)
        put(output, bold_attribute, sizeof bold_attribute - 1);
    put(output, rest, (size_t)(end - rest));
}

/* Copies the element `<name>...</name>` with new content. Returns the position of the closing
   tag. */
static const char *put_replaced(struct svg_output *output, const char *tag, const char *closing,
                                const char *content)
{
    const char *start = strchr(tag, '>');
    const char *end = start == NULL ? NULL : strstr(start, closing);
    if (end == NULL)
        return tag;
    put(output, tag, (size_t)(start + 1 - tag));
    put_escaped(output, content);
    return end;
}

/* Writes the name of the root element and its new attributes, and skips gnuplot's width and height.
   Returns the position of the viewBox. */
static const char *put_root(struct svg_output *output, const char *tag, const struct svg_page *page)
{
    char attributes[GROWTH_PER_TAG];
    int size = snprintf(attributes, sizeof attributes, root_attributes, page->width, page->height);
    size_t name_size = strcspn(tag, " \n");
    const char *end = strchr(tag, '>'), *box = strstr(tag, " viewBox=");
    put(output, tag, name_size);
    put(output, attributes, (size_t)size);
    output->has_root = true;
    return box != NULL && end != NULL && box < end ? box : tag + name_size;
}

/* Copies or rewrites one tag. Returns the position of the rest. */
static const char *one_tag(struct svg_output *output, const char *tag, const struct svg_page *page)
{
    const char *head = tag;
    if (starts(tag, "<title>") && !output->has_title) {
        head = put_replaced(output, tag, "</title>", page->title);
        output->has_title = true;
    } else if (starts(tag, "<desc>") && !output->has_description) {
        head = put_replaced(output, tag, "</desc>", page->sentence);
        output->has_description = true;
    } else if (starts(tag, "<svg") && !output->has_root) {
        head = put_root(output, tag, page);
    } else if (starts(tag, "<image")) {
        size_t name_size = strcspn(tag, " \n");
        put(output, tag, name_size);
        put(output, image_attributes, strlen(image_attributes));
        head = tag + name_size;
    }
    const char *end = strchr(head, '>');
    if (end == NULL)
        end = head + strlen(head);
    put_tag(output, head, end);
    return end;
}

char *svg_tidy(const char *raw, size_t size, const struct svg_page *page, size_t *tidy_size)
{
    size_t tags = 0;
    for (size_t i = 0; i < size; i++)
        tags += raw[i] == '<' && (raw[i + 1] == 'i' || raw[i + 1] == 's');
    size_t room = size + tags * GROWTH_PER_TAG +
                  (strlen(page->title) + strlen(page->sentence)) * GROWTH_PER_CHARACTER + 1;
    struct svg_output output = {.bytes = malloc(room)};
    if (output.bytes == NULL)
        return NULL;
    for (const char *p = raw; *p != '\0';) {
        size_t plain = strcspn(p, "<");
        put(&output, p, plain);
        p += plain;
        if (*p == '<')
            p = one_tag(&output, p, page);
    }
    output.bytes[output.size] = '\0';
    *tidy_size = output.size;
    return output.bytes;
}
