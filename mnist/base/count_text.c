/*
 * count_text - see count_text.h.
 */
#include "mnist/base/count_text.h"

#include <stdio.h>

const char *count_text(char text[COUNT_TEXT_SIZE], long long count)
{
    char digits[COUNT_TEXT_SIZE];
    int size = snprintf(digits, sizeof digits, "%lld", count < 0 ? -count : count);
    char *to = text;
    if (count < 0)
        *to++ = '-';
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}
