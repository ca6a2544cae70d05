/*
 * generate - completion scripts for bash and zsh; generate_man.c has the manual pages.
 *
 * Both scripts pass the text before the cursor to the program and offer its answer. Only the
 * options, which are not part of the language, are written into the scripts, from options.c.
 */
#include "mnist/shell/generate.h"

#include <stdlib.h>
#include <string.h>

#include "mnist/base/utf8.h"
#include "mnist/language/complete.h"
#include "mnist/language/help.h"
#include "mnist/shell/options.h"

/* bash splits COMP_WORDS at each `=`, so the script uses the line without its first word. */
static const char bash_script[] =
    "# bash completion for mnist, written by `mnist --generate=bash`.\n"
    "\n"
    "_mnist()\n"
    "{\n"
    "    local text=${COMP_LINE:0:COMP_POINT} word help program=$1\n"
    "    text=${text#\"${text%%[![:space:]]*}\"}\n"
    "    text=${text#*[[:space:]]}\n"
    "    COMPREPLY=()\n"
    "    while [[ $text =~ "
    "^[[:space:]]*(--format[=[:space:]][^[:space:]]*)[[:space:]]+(.*)$ ]]; do\n"
    "        text=${BASH_REMATCH[2]}\n"
    "    done\n"
    "    case ${text##*[[:space:]]} in\n"
    "    --format=*)\n"
    "        COMPREPLY=($(compgen -W 'text json csv' -- \"${text##*=}\"))\n"
    "        return ;;\n"
    "    -*)\n"
    "        COMPREPLY=($(compgen -W '@OPTIONS@' -- \"${text##*[[:space:]]}\"))\n"
    "        [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
    "        return ;;\n"
    "    esac\n"
    "    if [[ $text =~ ^[[:space:]]*run[[:space:]] ]]; then\n"
    "        compopt -o filenames\n"
    "        COMPREPLY=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
    "        return\n"
    "    fi\n"
    "    while IFS=$'\\t' read -r word help; do\n"
    "        [[ $word == *[=/] ]] && compopt -o nospace\n"
    "        printf -v word %q \"$word\"\n"
    "        COMPREPLY+=(\"$word\")\n"
    "    done < <(\"$program\" --complete=\"$text\" 2>/dev/null)\n"
    "}\n"
    "complete -F _mnist mnist\n";

static const char zsh_script[] = "#compdef mnist\n"
                                 "# zsh completion for mnist, written by `mnist --generate=zsh`.\n"
                                 "\n"
                                 "_mnist()\n"
                                 "{\n"
                                 "    local program=$words[1] word help text\n"
                                 "    local -a before whole open options\n"
                                 "    options=(@OPTIONS@)\n"
                                 "    before=(${words[2,CURRENT-1]:#--format=*})\n"
                                 "    if [[ $PREFIX == --format=* ]]; then\n"
                                 "        compset -P '*='\n"
                                 "        compadd text json csv\n"
                                 "        return\n"
                                 "    elif [[ $PREFIX == -* ]]; then\n"
                                 "        open=(${(M)options:#*=:*})\n"
                                 "        whole=(${options:#*=:*})\n"
                                 "        _describe option whole -- open -S ''\n"
                                 "        return\n"
                                 "    elif [[ $before[1] == run ]]; then\n"
                                 "        _files\n"
                                 "        return\n"
                                 "    fi\n"
                                 "    text=\"${(j: :)before} $PREFIX\"\n"
                                 "    while IFS=$'\\t' read -r word help; do\n"
                                 "        if [[ $word == *[=/] ]]; then\n"
                                 "            open+=(\"${word//:/\\\\:}:$help\")\n"
                                 "        else\n"
                                 "            whole+=(\"${word//:/\\\\:}:$help\")\n"
                                 "        fi\n"
                                 "    done < <($program --complete=$text 2>/dev/null)\n"
                                 "    compset -P '*='\n"
                                 "    _describe -t words word whole -- open -S ''\n"
                                 "}\n"
                                 "\n"
                                 "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
                                 "    _mnist \"$@\"\n"
                                 "else\n"
                                 "    compdef _mnist mnist\n"
                                 "fi\n";

/* Writes the script, with the options at its marker. */
static void put_script(FILE *file, const char *script, const char *options)
{
    static const char mark[] = "@OPTIONS@";
    const char *place = strstr(script, mark);
    fwrite(script, 1, (size_t)(place - script), file);
    fputs(options, file);
    fputs(place + sizeof mark - 1, file);
}

/* "--command= --help": the options as they are typed. */
static void put_bash(FILE *file)
{
    char options[512] = "";
    size_t used = 0;
    for (size_t i = 0; options_at(i) != NULL && used < sizeof options; i++) {
        const struct option_text *option = options_at(i);
        used += (size_t)snprintf(options + used, sizeof options - used, "%s%s%s", i > 0 ? " " : "",
                                 option->name, option->value != NULL ? "=" : "");
    }
    put_script(file, bash_script, options);
}

/* '--format=:text, json or csv' for _describe: colons and quotes of the text are escaped. */
static void put_zsh(FILE *file)
{
    char options[2048] = "";
    size_t used = 0;
    for (size_t i = 0; options_at(i) != NULL && used < sizeof options; i++) {
        const struct option_text *option = options_at(i);
        used +=
            (size_t)snprintf(options + used, sizeof options - used, "%s'%s%s:%s'", i > 0 ? " " : "",
                             option->name, option->value != NULL ? "=" : "", option->help);
    }
    put_script(file, zsh_script, options);
}

static void put_reference(FILE *file)
{
    char *table = help_table_markdown();
    if (table != NULL)
        fputs(table, file);
    free(table);
}

bool generate(FILE *file, const char *what)
{
    static const struct {
        const char *what;
        void (*put)(FILE *file);
    } kinds[] = {{"man", generate_man},
                 {"kernel-man", generate_kernel_man},
                 {"bash", put_bash},
                 {"zsh", put_zsh},
                 {"reference", put_reference}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].what, what) == 0) {
            kinds[i].put(file);
            return true;
        }
    }
    fprintf(stderr, "mnist: --generate is man, kernel-man, bash, zsh or reference, not `%s`\n",
            what);
    return false;
}

void generate_matches(FILE *file, const char *text, const struct live_names *names)
{
    struct completion completion;
    size_t size = strlen(text);
    complete(text, size, utf8_count(text, size), names, &completion);
    for (size_t i = 0; i < completion.count; i++)
        fprintf(file, "%s\t%s\n", completion.matches[i].text, completion.matches[i].help);
    completion_release(&completion);
}
