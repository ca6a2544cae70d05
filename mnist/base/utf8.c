/*
 * utf8 - one scanner for all decoding; the byte ranges are those of Unicode 15, table 3-7
 * ("Well-Formed UTF-8 Byte Sequences").
 */
#include "mnist/base/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct code_point_range {
    uint32_t first, last;
};

/* The length of a character with this first byte, 0 for an invalid byte; low..high is the valid
   range of its second byte. */
static size_t expected(uint8_t first, uint8_t *low, uint8_t *high)
{
    *low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    *high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

enum utf8_status utf8_scan(const char *bytes, size_t size, size_t *length)
{
    assert(size > 0);
    const uint8_t *p = (const uint8_t *)bytes;
    uint8_t low, high;
    size_t needed = expected(p[0], &low, &high);
    *length = 1;
    if (needed == 0)
        return UTF8_INVALID;
    for (size_t i = 1; i < needed; i++) {
        if (i == size) {
            *length = size;
            return UTF8_TRUNCATED;
        }
        if (p[i] < low || p[i] > high) {
            *length = i;
            return UTF8_INVALID;
        }
        low = 0x80;
        high = 0xBF;
    }
    *length = needed;
    return UTF8_CHARACTER;
}

size_t utf8_valid_size(const char *bytes, size_t size)
{
    size_t at = 0, length;
    while (at < size) {
        if ((uint8_t)bytes[at] < 0x80)
            at++;
        else if (utf8_scan(bytes + at, size - at, &length) == UTF8_CHARACTER)
            at += length;
        else
            break;
    }
    return at;
}

size_t utf8_decode(const char *text, size_t size, uint32_t *point, bool *valid)
{
    size_t length;
    bool character = utf8_scan(text, size, &length) == UTF8_CHARACTER;
    uint32_t value = UTF8_REPLACEMENT;
    if (character) {
        value = (uint8_t)text[0] & (length == 1 ? 0x7Fu : 0x7Fu >> length);
        for (size_t i = 1; i < length; i++)
            value = value << 6 | ((uint8_t)text[i] & 0x3Fu);
    }
    if (point != NULL)
        *point = value;
    if (valid != NULL)
        *valid = character;
    return character ? length : 1;
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

static bool is_control(uint32_t point)
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
        char escaped[UTF8_ESCAPE_SIZE];
        size_t length = utf8_decode(text, left, &point, &valid), shown = length;
        const char *from = text;
        bool kept = lines && (point == '\n' || point == '\t');
        if (!valid || (is_control(point) && !kept)) {
            escape(escaped, valid ? point : (unsigned char)*text);
            from = escaped;
            shown = strlen(escaped);
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
    static const struct code_point_range combining[] = {
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
    if (in_ranges(combining, sizeof combining / sizeof combining[0], point))
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
