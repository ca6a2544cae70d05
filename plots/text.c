/*
 * text - making words in pictures safe, measuring and cutting them.
 */
#include "plots/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "mnist/base/utf8.h"

static const char replacement[] = UTF8_REPLACEMENT_BYTES;
static const char ellipsis[] = "\xE2\x80\xA6"; /* U+2026 */

/* The character at from, which is not empty, and its size in bytes; 0 = invalid UTF-8. */
static int decode(const char *from, uint32_t *character)
{
    bool valid;
    size_t size = utf8_decode(from, strnlen(from, UTF8_SIZE_MAX), character, &valid);
    return valid ? (int)size : 0;
}

/* XML 1.0 allows neither controls nor U+FFFE and U+FFFF, and the SVG has to be XML. */
static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0x2028 ||
           character == 0x2029;
}

static bool is_noncharacter(uint32_t character)
{
    return (character & 0xFFFE) == 0xFFFE;
}

void text_clean(char *to, size_t size, const char *from)
{
    size_t used = 0;
    while (from != NULL && *from != '\0') {
        uint32_t character = 0;
        int bytes = decode(from, &character);
        const char *piece = from;
        size_t piece_size = (size_t)bytes;
        if (bytes == 0 || is_noncharacter(character)) {
            piece = replacement;
            piece_size = sizeof replacement - 1;
        } else if (is_control(character)) {
            piece = " ";
            piece_size = 1;
        }
        if (used + piece_size + 1 > size)
            break;
        memcpy(to + used, piece, piece_size);
        used += piece_size;
        from += bytes == 0 ? 1 : bytes;
    }
    to[used] = '\0';
}

/* Advances of DejaVu Sans, U+0020 to U+007E, in hundredths of the font's size, rounded up. */
static const unsigned char ascii_widths[] = {
    32, 41, 46, 84, 64, 96, 78, 28, 40,  40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79,
    61, 79, 70, 64, 62, 74, 69, 99, 69,  62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64,
    64, 28, 28, 58, 28, 98, 64, 62, 64,  64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,
};

/* Width of one character in parts of the font's size; beyond ASCII a generous guess for the
   script. */
static double character_width(uint32_t character)
{
    if (character >= 0x20 && character < 0x20 + sizeof ascii_widths)
        return ascii_widths[character - 0x20] / 100.0;
    if (character >= 0x300 && character < 0x370)
        return 0; /* combining */
    if (character >= 0x1100)
        return character >= 0x2000 && character < 0x2E80 ? 0.9 : 1.05;
    return 0.72;
}

double text_width(const char *text, double font_px)
{
    double width = 0;
    while (*text != '\0') {
        uint32_t character = 0;
        int bytes = decode(text, &character);
        width += bytes == 0 ? 1 : character_width(character);
        text += bytes == 0 ? 1 : bytes;
    }
    return width * font_px;
}

double text_lines_width(const char *lines, double font_px)
{
    double widest = 0, width = 0;
    while (*lines != '\0') {
        uint32_t character = 0;
        int bytes = decode(lines, &character);
        if (*lines == '\n')
            width = 0;
        else
            width += bytes == 0 ? 1 : character_width(character);
        widest = width > widest ? width : widest;
        lines += bytes == 0 ? 1 : bytes;
    }
    return widest * font_px;
}

/* Where in text (clean) the first character begins that ends beyond width pixels. */
static size_t bytes_within(const char *text, double font_px, double width)
{
    size_t used = 0;
    double so_far = 0;
    while (text[used] != '\0') {
        uint32_t character = 0;
        int bytes = decode(text + used, &character);
        so_far += character_width(character) * font_px;
        if (so_far > width)
            break;
        used += bytes == 0 ? 1 : (size_t)bytes;
    }
    return used;
}

/* Cuts clean text in place. */
static void fit_in_place(char *text, size_t size, double font_px, double width)
{
    if (text_width(text, font_px) <= width)
        return;
    size_t end = bytes_within(text, font_px, width - font_px);
    while (end > 0 && (text[end - 1] == ' ' || end + sizeof ellipsis > size))
        end--;
    while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80)
        end--;
    if (end + sizeof ellipsis <= size)
        memcpy(text + end, ellipsis, sizeof ellipsis);
    else
        text[end] = '\0';
}

void text_fit(char *to, size_t size, const char *from, double font_px, double width)
{
    text_clean(to, size, from);
    fit_in_place(to, size, font_px, width);
}

int text_wrap(char *to, size_t size, const char *from, double font_px, double width, int lines)
{
    text_clean(to, size, from);
    char *line = to;
    int count = to[0] != '\0';
    while (text_width(line, font_px) > width && count < lines) {
        size_t end = bytes_within(line, font_px, width);
        while (end > 0 && line[end] != ' ')
            end--;
        if (end == 0)
            break; /* one word wider than the line */
        line[end] = '\n';
        line += end + 1;
        count++;
    }
    fit_in_place(line, size - (size_t)(line - to), font_px, width);
    return count;
}
