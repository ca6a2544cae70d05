/*
 * html - the entities; used by tables, progress displays and help.
 */
#include "mnist/base/html.h"

#include <stddef.h>

const char *html_entity(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\n': return "<br>";
    default: return NULL;
    }
}

void html_add(struct string_buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *entity = html_entity(*text);
        if (entity != NULL)
            string_buffer_add(out, entity);
        else
            string_buffer_add_bytes(out, text, 1);
    }
}

char *html_escape(const char *text)
{
    struct string_buffer out;
    string_buffer_init(&out, HTML_SIZE_MAX);
    html_add(&out, text);
    return string_buffer_take(&out);
}
