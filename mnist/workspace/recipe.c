/*
 * recipe - adding commands to a recipe, and the position of a training that has not finished.
 */
#include "mnist/workspace/recipe.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "mnist/base/utf8.h"
#include "mnist/nn/train/trainer.h"

void recipe_add(char recipe[RECIPE_SIZE], const char *command)
{
    static const char truncation[] = " ...";
    size_t used = strlen(recipe), size = strlen(command), end = sizeof truncation - 1;
    const char *separator = used > 0 ? "; " : "";
    if (used + strlen(separator) + size < RECIPE_SIZE - sizeof truncation) {
        snprintf(recipe + used, RECIPE_SIZE - used, "%s%s", separator, command);
        return;
    }
    bool truncated = used > end && strcmp(recipe + used - end, truncation) == 0;
    if (!truncated && used < RECIPE_SIZE - sizeof truncation)
        snprintf(recipe + used, RECIPE_SIZE - used, "%s", truncation);
}

void recipe_prepend(char recipe[RECIPE_SIZE], const char *command)
{
    char rest[RECIPE_SIZE];
    utf8_copy(rest, sizeof rest, recipe, strlen(recipe));
    recipe[0] = '\0';
    recipe_add(recipe, command);
    recipe_add(recipe, rest);
}

static const char stopped[] = " (stopped ";

void recipe_remove_stop(char recipe[RECIPE_SIZE])
{
    char *last = NULL;
    for (char *next = recipe; (next = strstr(next, stopped)) != NULL; next++)
        last = next;
    if (last != NULL && strchr(last, ';') == NULL)
        *last = '\0';
}

void recipe_add_stop(char recipe[RECIPE_SIZE], const struct trainer *trainer)
{
    struct trainer_position position = trainer_position(trainer);
    recipe_remove_stop(recipe);
    size_t used = strlen(recipe);
    if (!trainer_finished(trainer) && used + 80 < RECIPE_SIZE)
        snprintf(recipe + used, RECIPE_SIZE - used, "%sin epoch %d after %d of %d batches)",
                 stopped, position.epoch, position.batch, trainer_batches(trainer));
}
