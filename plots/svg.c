/*
 * svg - making gnuplot's SVG ours, in one pass from tag to tag.
 */
#include "plots/svg.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char root_attributes[] =
    " font-family=\"DejaVu Sans,Verdana,Arial,sans-serif\" role=\"img\"";
static const char image_attributes[] = " style=\"image-rendering:pixelated\"";
static const char font_attribute[] = " font-family=\"" SVG_FONT "\"";

/* No tag grows by more than this; `<image` and `<svg` gain their attributes, `&` becomes `&amp;`. */
enum { GROWTH_PER_TAG = 96, GROWTH_PER_CHARACTER = 6 };

struct output {
    char *bytes;
    size_t size;
};

static void put(struct output *output, const char *bytes, size_t size)
{
    memcpy(output->bytes + output->size, bytes, size);
    output->size += size;
}

static void put_escaped(struct output *output, const char *text)
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

/* Copies the tag from '<' to before end, without its font. */
static void put_tag(struct output *output, const char *tag, const char *end)
{
    const char *font = memmem(tag, (size_t)(end - tag), font_attribute, sizeof font_attribute - 1);
    if (font == NULL) {
        put(output, tag, (size_t)(end - tag));
        return;
    }
    const char *rest = font + sizeof font_attribute - 1;
    put(output, tag, (size_t)(font - tag));
    put(output, rest, (size_t)(end - rest));
}

/* Copies the element `<name>...</name>` with other content; returns where the text goes on. */
static const char *put_replaced(struct output *output, const char *tag, const char *closing,
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

/* Deals with the tag at `tag`; returns where the text goes on. */
static const char *one_tag(struct output *output, const char *tag, const char *title,
                           const char *sentence)
{
    const char *head = tag;
    if (starts(tag, "<title>"))
        head = put_replaced(output, tag, "</title>", title);
    else if (starts(tag, "<desc>"))
        head = put_replaced(output, tag, "</desc>", sentence);
    const char *added = starts(tag, "<image") ? image_attributes
                        : starts(tag, "<svg") ? root_attributes
                                              : NULL;
    if (added != NULL) {
        size_t name_size = strcspn(tag, " \n");
        put(output, tag, name_size);
        put(output, added, strlen(added));
        head = tag + name_size;
    }
    const char *end = strchr(head, '>');
    if (end == NULL)
        end = head + strlen(head);
    put_tag(output, head, end);
    return end;
}

char *svg_tidy(const char *raw, size_t size, const char *title, const char *sentence,
               size_t *tidy_size)
{
    size_t tags = 0;
    for (size_t i = 0; i < size; i++)
        tags += raw[i] == '<' && (raw[i + 1] == 'i' || raw[i + 1] == 's');
    size_t room = size + tags * GROWTH_PER_TAG +
                  (strlen(title) + strlen(sentence)) * GROWTH_PER_CHARACTER + 1;
    struct output output = {.bytes = malloc(room)};
    if (output.bytes == NULL)
        return NULL;
    for (const char *p = raw; *p != '\0';) {
        size_t plain = strcspn(p, "<");
        put(&output, p, plain);
        p += plain;
        if (*p == '<')
            p = one_tag(&output, p, title, sentence);
    }
    output.bytes[output.size] = '\0';
    *tidy_size = output.size;
    return output.bytes;
}
