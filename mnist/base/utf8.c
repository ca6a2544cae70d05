/*
 * utf8 - decoding, encoding, counting.
 */
#include "mnist/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct code_point_range {
    uint32_t first, last;
};

static size_t bad_byte(uint32_t *point, bool *valid)
{
    if (point != NULL)
        *point = UTF8_REPLACEMENT;
    if (valid != NULL)
        *valid = false;
    return 1;
}

/* Bytes of the character that begins with this byte; 0 = none does. */
static size_t sequence_size(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    if (lead >= 0xF0 && lead <= 0xF4)
        return 4;
    return 0;
}

size_t utf8_decode(const char *text, size_t size, uint32_t *point, bool *valid)
{
    static const uint32_t least[UTF8_SIZE_MAX + 1] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)text[0];
    size_t length = sequence_size(lead);
    if (length == 0 || length > size)
        return bad_byte(point, valid);
    uint32_t value = length == 1 ? lead : lead & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        unsigned char next = (unsigned char)text[i];
        if ((next & 0xC0) != 0x80)
            return bad_byte(point, valid);
        value = value << 6 | (next & 0x3Fu);
    }
    if (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return bad_byte(point, valid);
    if (point != NULL)
        *point = value;
    if (valid != NULL)
        *valid = true;
    return length;
}

size_t utf8_encode(char bytes[UTF8_SIZE_MAX], uint32_t point)
{
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return 0;
    if (point < 0x80) {
        bytes[0] = (char)point;
        return 1;
    }
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    static const unsigned char lead[UTF8_SIZE_MAX + 1] = {0, 0, 0xC0, 0xE0, 0xF0};
    bytes[0] = (char)(lead[length] | point);
    return length;
}

size_t utf8_count(const char *text, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; count++)
        i += utf8_decode(text + i, size - i, NULL, NULL);
    return count;
}

size_t utf8_offset(const char *text, size_t size, size_t index)
{
    size_t offset = 0;
    for (size_t n = 0; n < index && offset < size; n++)
        offset += utf8_decode(text + offset, size - offset, NULL, NULL);
    return offset;
}

static bool acts_on_a_terminal(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x061C || point == 0x200E ||
           point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2066 && point <= 0x2069);
}

static void escape(char text[UTF8_ESCAPE_SIZE], uint32_t point)
{
    static const char names[] = "\n\r\t", letters[] = "nrt";
    const char *name = point != 0 && point < 0x20 ? strchr(names, (int)point) : NULL;
    if (name != NULL)
        snprintf(text, UTF8_ESCAPE_SIZE, "\\%c", letters[name - names]);
    else
        snprintf(text, UTF8_ESCAPE_SIZE, point < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)point);
}

void utf8_visible(char *to, size_t size, const char *text, bool lines)
{
    size_t used = 0, left = strlen(text);
    while (left > 0) {
        uint32_t point;
        bool valid;
        char piece[UTF8_ESCAPE_SIZE];
        size_t length = utf8_decode(text, left, &point, &valid), shown = length;
        const char *from = text;
        bool kept = lines && (point == '\n' || point == '\t');
        if (!valid || (acts_on_a_terminal(point) && !kept)) {
            escape(piece, valid ? point : (unsigned char)*text);
            from = piece;
            shown = strlen(piece);
        }
        if (used + shown >= size)
            break;
        memcpy(to + used, from, shown);
        used += shown;
        text += length;
        left -= length;
    }
    to[used] = '\0';
}

char *utf8_visible_copy(const char *text, bool lines)
{
    size_t size = strlen(text) * (UTF8_ESCAPE_SIZE - 1) + 1;
    char *copy = malloc(size);
    if (copy != NULL)
        utf8_visible(copy, size, text, lines);
    return copy;
}

void utf8_copy(char *to, size_t size, const char *text, size_t length)
{
    size_t used = 0;
    while (used < length) {
        size_t next = utf8_decode(text + used, length - used, NULL, NULL);
        if (used + next >= size)
            break;
        used += next;
    }
    memcpy(to, text, used);
    to[used] = '\0';
}

static bool in_ranges(const struct code_point_range *ranges, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    }
    return false;
}

int utf8_width(uint32_t point)
{
    static const struct code_point_range none[] = {
        {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
        {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F},
        {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0x1F3FB, 0x1F3FF},
    };
    static const struct code_point_range wide[] = {
        {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
        {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},
        {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
        {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
        {0x20000, 0x3FFFD},
    };
    if (point < 0x300)
        return 1;
    if (in_ranges(none, sizeof none / sizeof none[0], point))
        return 0;
    return in_ranges(wide, sizeof wide / sizeof wide[0], point) ? 2 : 1;
}

size_t utf8_text_width(const char *text, size_t size)
{
    size_t width = 0;
    for (size_t i = 0; i < size;) {
        uint32_t point;
        i += utf8_decode(text + i, size - i, &point, NULL);
        width += (size_t)utf8_width(point);
    }
    return width;
}
