/*
 * html - the entities; used by tables, progress displays and help.
 */
#include "mnist/base/html.h"

#include <stdio.h>

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

char *html_escape(const char *text)
{
    char *escaped = NULL;
    size_t size;
    FILE *to = open_memstream(&escaped, &size);
    if (to == NULL)
        return NULL;
    for (; *text != '\0'; text++) {
        const char *entity = html_entity(*text);
        if (entity != NULL)
            fputs(entity, to);
        else
            fputc(*text, to);
    }
    return fclose(to) == 0 ? escaped : NULL;
}
