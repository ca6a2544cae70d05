/*
 * picture - frees a picture.
 */
#include "plots/picture.h"

#include <stdlib.h>

void picture_release(struct picture *picture)
{
    free(picture->svg);
    free(picture->png);
    *picture = (struct picture){0};
}
