/*
 * prompt - collects lines until a cell is complete (language/is_complete.h).
 *
 * Tab completes from the vocabulary and the names of the session; a second Tab lists the candidates
 * of an ambiguous word. The history is stored in $XDG_STATE_HOME/mnist/history.
 */
#include "mnist/shell/prompt.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/atomic_file.h"
#include "mnist/base/string_buffer.h"
#include "mnist/language/cell.h"
#include "mnist/language/complete.h"
#include "mnist/language/is_complete.h"

enum { HISTORY_LINES = 5000, PATH_SIZE = 1024 };

struct prompt {
    EditLine *editor;
    History *history;
    struct session *session;
    struct string_buffer cell; /* lines so far */
    bool discarded;            /* Ctrl-C ended the last line */
    char history_path[PATH_SIZE];
};

static struct prompt *prompt_of(EditLine *editor)
{
    void *data = NULL;
    el_get(editor, EL_CLIENTDATA, &data);
    return data;
}

static char *show_prompt(EditLine *editor)
{
    static char first[] = "mnist> ", more[] = "  ...> ";
    return prompt_of(editor)->cell.size == 0 ? first : more;
}

/* Length of the common prefix of all matches. */
static size_t common_size(const struct completion *completion)
{
    size_t size = strlen(completion->matches[0].text);
    for (size_t i = 1; i < completion->count; i++) {
        size_t same = 0;
        while (same < size &&
               completion->matches[i].text[same] == completion->matches[0].text[same])
            same++;
        size = same;
    }
    return size;
}

static void list_matches(const struct completion *completion)
{
    fputc('\n', stdout);
    for (size_t i = 0; i < completion->count; i++)
        printf("  %-22s %s\n", completion->matches[i].text, completion->matches[i].help);
    fflush(stdout);
}

/* Replaces the `typed` bytes before the cursor that completion covers. */
static unsigned char insert_match(EditLine *editor, const struct completion *completion,
                                  size_t typed)
{
    size_t size = common_size(completion);
    char *text = strndup(completion->matches[0].text, size);
    if (text == NULL)
        return CC_ERROR;
    bool longer = size > typed || completion->count == 1;
    if (longer) {
        el_deletestr(editor, (int)typed);
        el_insertstr(editor, text);
    } else
        list_matches(completion);
    if (completion->count == 1 && size > 0 && text[size - 1] != '=' && text[size - 1] != '/')
        el_insertstr(editor, " ");
    free(text);
    return longer ? CC_REFRESH : CC_REDISPLAY;
}

static size_t code_points(const char *text, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static unsigned char complete_word(EditLine *editor, int key)
{
    (void)key;
    struct prompt *prompt = prompt_of(editor);
    const LineInfo *line = el_line(editor);
    size_t before = (size_t)(line->cursor - line->buffer), all = prompt->cell.size + before;
    char *text = malloc(all + 1);
    if (text == NULL)
        return CC_ERROR;
    memcpy(text, prompt->cell.bytes, prompt->cell.size);
    memcpy(text + prompt->cell.size, line->buffer, before);
    text[all] = '\0';
    struct completion completion;
    size_t cursor = code_points(text, all);
    complete(text, all, cursor, session_names(prompt->session), &completion);
    unsigned char outcome = CC_REFRESH_BEEP;
    if (completion.count > 0)
        outcome = insert_match(editor, &completion, cursor - completion.start);
    completion_release(&completion);
    free(text);
    return outcome;
}

/* Ctrl-C: ends el_gets without a line. */
static unsigned char discard_line(EditLine *editor, int key)
{
    (void)key;
    prompt_of(editor)->discarded = true;
    return CC_EOF;
}

/* Ctrl-Z and Ctrl-\: the signal of the key, which the terminal sends only while a cell runs. */
static unsigned char send_signal(EditLine *editor, int key)
{
    (void)editor;
    kill(0, key == ('Z' & 0x1F) ? SIGTSTP : SIGQUIT);
    return CC_REDISPLAY;
}

static void find_history(char path[PATH_SIZE])
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char folder[PATH_SIZE - 16];
    path[0] = '\0';
    int size = state != NULL && state[0] == '/' ? snprintf(folder, sizeof folder, "%s/mnist", state)
               : home != NULL ? snprintf(folder, sizeof folder, "%s/.local/state/mnist", home)
                              : -1;
    if (size < 0 || size >= (int)sizeof folder)
        return;
    if (atomic_file_make_folder(folder, 0700, NULL))
        snprintf(path, PATH_SIZE, "%s/history", folder);
}

void prompt_set_locale(void)
{
    if (setlocale(LC_CTYPE, "") == NULL ||
        MB_CUR_MAX == 1) /* libedit drops characters that it cannot decode */
        setlocale(LC_CTYPE, "C.UTF-8");
}

static bool prompt_open(struct prompt *prompt, struct session *session)
{
    HistEvent event;
    *prompt = (struct prompt){.session = session, .cell.maximum = CELL_SIZE_MAX - 1};
    string_buffer_add(&prompt->cell, ""); /* allocates the first bytes */
    prompt->editor = el_init("mnist", stdin, stdout, stderr);
    prompt->history = history_init();
    if (prompt->cell.failed || prompt->editor == NULL || prompt->history == NULL)
        return false;
    find_history(prompt->history_path);
    history(prompt->history, &event, H_SETSIZE, HISTORY_LINES);
    history(prompt->history, &event, H_SETUNIQUE, 1);
    if (prompt->history_path[0] != '\0')
        history(prompt->history, &event, H_LOAD, prompt->history_path);
    el_set(prompt->editor, EL_CLIENTDATA, prompt);
    el_set(prompt->editor, EL_PROMPT, show_prompt);
    el_set(prompt->editor, EL_SIGNAL, 1);
    el_set(prompt->editor, EL_HIST, history, prompt->history);
    el_set(prompt->editor, EL_EDITOR, "emacs");
    el_set(prompt->editor, EL_ADDFN, "mnist-complete", "complete the word", complete_word);
    el_set(prompt->editor, EL_BIND, "^I", "mnist-complete", NULL);
    el_set(prompt->editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_set(prompt->editor, EL_ADDFN, "mnist-discard", "discard the line", discard_line);
    el_set(prompt->editor, EL_BIND, "^C", "mnist-discard", NULL);
    el_set(prompt->editor, EL_ADDFN, "mnist-signal", "suspend or quit", send_signal);
    el_set(prompt->editor, EL_BIND, "^Z", "mnist-signal", NULL);
    el_set(prompt->editor, EL_BIND, "\\034", "mnist-signal", NULL);
    el_set(prompt->editor, EL_SETTY, "-d", "-isig", NULL);
    el_source(prompt->editor, NULL);
    return true;
}

static void prompt_close(struct prompt *prompt)
{
    HistEvent event;
    if (prompt->history != NULL) {
        if (prompt->history_path[0] != '\0')
            history(prompt->history, &event, H_SAVE, prompt->history_path);
        history_end(prompt->history);
    }
    if (prompt->editor != NULL)
        el_end(prompt->editor);
    string_buffer_release(&prompt->cell);
}

static bool add_line(struct prompt *prompt, const char *line, size_t size)
{
    HistEvent event;
    string_buffer_add_bytes(&prompt->cell, line, size);
    if (prompt->cell.failed)
        return false;
    if (size > 1)
        history(prompt->history, &event, H_ENTER, line);
    return true;
}

/* The next line, NULL at the end of the input. Ctrl-C discards the line and prompts again. While a
   line is edited, Ctrl-C is a key and not a signal: libedit notices a signal only if it interrupts
   its read. The terminal is prepared before el_gets prints the prompt: el_gets does so only
   afterwards, and keys typed in between were echoed and lost. */
static const char *read_line(struct prompt *prompt, int *size)
{
    for (;;) {
        el_set(prompt->editor, EL_PREP_TERM, 1);
        errno = 0;
        prompt->discarded = false;
        const char *line = el_gets(prompt->editor, size);
        if (line != NULL && *size > 0)
            return line;
        if (!prompt->discarded && errno != EINTR)
            return NULL;
        string_buffer_clear(&prompt->cell);
        fputc('\n', stdout);
        el_reset(prompt->editor);
    }
}

/* Removes the automatic indentation from a line that was typed or pasted with its own. */
static size_t indent_size(const char *line, const char *indent)
{
    size_t size = strlen(indent);
    bool twice = strncmp(line, indent, size) == 0 && (line[size] == ' ' || line[size] == '\t');
    return twice ? size : 0;
}

/* A block or C cell continues up to an empty line; the end of the line just typed is not one. */
static enum completeness ask(const struct prompt *prompt, const char **indent)
{
    return is_complete(prompt->cell.bytes, prompt->cell.size - 1, indent);
}

bool prompt_run(struct session *session, bool (*run)(void *context, const char *cell),
                void *context)
{
    struct prompt prompt;
    bool open = prompt_open(&prompt, session);
    const char *line, *indent = "";
    int size;
    while (open && (line = read_line(&prompt, &size)) != NULL) {
        size_t skipped = prompt.cell.size > 0 ? indent_size(line, indent) : 0;
        if (!add_line(&prompt, line + skipped, (size_t)size - skipped))
            break;
        if (ask(&prompt, &indent) == TEXT_INCOMPLETE) {
            el_push(prompt.editor, indent);
            continue;
        }
        if (!run(context, prompt.cell.bytes))
            break;
        string_buffer_clear(&prompt.cell);
    }
    if (open)
        fputc('\n', stdout);
    prompt_close(&prompt);
    return open;
}
