/*
 * image_stack - copies selected images to one block.
 */
#include "mnist/commands/image_stack.h"

#include "mnist/workspace/session_state.h"

#include <stdlib.h>
#include <string.h>

unsigned char *image_stack(const struct session *s, const struct selection *selection,
                           const uint32_t *positions, int count)
{
    size_t size = dataset_image_size(s->data.prepared);
    unsigned char *bytes = malloc((size_t)count * size + 1);
    for (int i = 0; bytes != NULL && i < count; i++)
        memcpy(bytes + (size_t)i * size, selection_image(s, selection, (int)positions[i]), size);
    return bytes;
}
