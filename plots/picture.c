/*
 * picture - giving back what a finished picture holds.
 */
#include "plots/picture.h"

#include <stdlib.h>

void picture_release(struct picture *picture)
{
    free(picture->svg);
    free(picture->png);
    *picture = (struct picture){0};
}
