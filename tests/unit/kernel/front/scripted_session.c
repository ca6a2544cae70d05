/*
 * scripted_session - frames for each line of a cell (see scripted_session.h).
 */
#include "scripted_session.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/session_link.h"

static void send_frame(int link, enum session_link_kind kind, const char *text)
{
    session_link_send(link, kind, 0, text, strlen(text), -1);
}

/* Sends an output; content must be JSON. */
static void send_output(int link, enum session_link_kind kind, const char *type,
                        const char *content)
{
    const struct iovec parts[] = {{(void *)(uintptr_t)type, strlen(type) + 1},
                                  {(void *)(uintptr_t)content, strlen(content)}};
    session_link_send_parts(link, kind, 0, parts, 2, -1);
}

static void ask(int link)
{
    struct session_link_reader reader;
    struct session_link_frame frame;
    session_link_reader_init(&reader, link);
    send_frame(link, SESSION_LINK_INPUT_REQUEST, "{\"prompt\":\"?\",\"password\":false}");
    if (session_link_read(&reader, &frame) != SESSION_LINK_OK)
        _exit(1);
    send_output(link, SESSION_LINK_OUTPUT, "display_data", (const char *)frame.payload);
    session_link_frame_release(&frame);
}

/* One line of a cell. False: the cell fails. */
static bool run_line(int link, const char *line, const char *flags)
{
    static const char error[] = "{\"ename\":\"E\",\"evalue\":\"v\",\"traceback\":[]}";
    if (strcmp(line, "flags") == 0)
        send_output(link, SESSION_LINK_OUTPUT, "display_data", flags);
    else if (strcmp(line, "text") == 0)
        send_frame(link, SESSION_LINK_STREAM, "\001text");
    else if (strcmp(line, "error") == 0)
        send_output(link, SESSION_LINK_OUTPUT, "error", error);
    else if (strcmp(line, "last") == 0)
        send_output(link, SESSION_LINK_DEATH_OUTPUT, "display_data", "{\"last\":1}");
    else if (strcmp(line, "ask") == 0)
        ask(link);
    else if (strcmp(line, "die") == 0)
        raise(SIGKILL);
    return strcmp(line, "fail") != 0;
}

static void run_cell(int link, const char *flags, const char *code)
{
    char *copy = strdup(code), *rest = copy, *line;
    bool good = true;
    while (good && (line = strsep(&rest, "\n")) != NULL)
        good = run_line(link, line, flags);
    free(copy);
    send_frame(link, SESSION_LINK_DONE,
               good ? "{\"status\":\"ok\"}"
                    : "{\"status\":\"error\",\"ename\":\"F\",\"evalue\":\"v\",\"traceback\":[]}");
}

int scripted_session(int link)
{
    struct session_link_reader reader;
    struct session_link_frame frame;
    session_link_reader_init(&reader, link);
    send_frame(link, SESSION_LINK_READY, "{\"pid\":1}");
    while (session_link_read(&reader, &frame) == SESSION_LINK_OK) {
        const char *flags = (const char *)frame.payload;
        if (frame.kind == SESSION_LINK_EXECUTE)
            run_cell(link, flags, flags + strlen(flags) + 1);
        session_link_frame_release(&frame);
        if (frame.kind == SESSION_LINK_QUIT)
            break;
    }
    return 0;
}
