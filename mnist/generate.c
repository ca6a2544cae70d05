/*
 * generate - manual pages and completion scripts.
 */
#include "mnist/generate.h"

#include <stdlib.h>
#include <string.h>

#include "mnist/language/complete.h"
#include "mnist/options.h"
#include "mnist/utf8.h"

bool generate(FILE *file, const char *what)
{
    (void)file;
    fprintf(stderr, "mnist: --generate is man, kernel-man, bash or zsh, not `%s`\n", what);
    return false;
}

void generate_matches(FILE *file, const char *text, const struct names *names)
{
    struct completion completion;
    size_t size = strlen(text);
    complete(text, size, utf8_count(text, size), names, &completion);
    for (size_t i = 0; i < completion.count; i++)
        fprintf(file, "%s\t%s\n", completion.matches[i].text, completion.matches[i].help);
    completion_release(&completion);
}
