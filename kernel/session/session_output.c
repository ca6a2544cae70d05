/*
 * session_output - converts the outputs of commands to Jupyter contents and sends them as frames.
 *
 * Before each frame, a mark is written into both pipes (session_link.h), so that the front can
 * order frames and printed text.
 */
#include "kernel/session/session_output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/session/progress_html.h"
#include "mnist/base/clock.h"
#include "mnist/base/utf8_json.h"
#include "mnist/base/write_all.h"

static const double progress_after_s = 0.5; /* the display of shorter work stays empty */
static const double progress_every_s = 0.1; /* front ends drop updates at higher rates */
enum { ASK_POLL_MS = 100, TEXT_PIECE_MAX = 64 * 1024 * 1024 };

static uint64_t write_mark(struct session_output *self)
{
    char mark[SESSION_LINK_MARK_SIZE];
    fflush(stdout);
    fflush(stderr);
    session_link_mark(mark, self->token, ++self->mark);
    write_all(self->pipes[0], mark, sizeof mark);
    write_all(self->pipes[1], mark, sizeof mark);
    return self->mark;
}

/* What no frame can hold is left out before a mark is written, for which the front would wait. */
static bool send_frame(struct session_output *self, enum session_link_kind kind,
                       const struct iovec *parts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].iov_len;
    if (size > SESSION_LINK_PAYLOAD_MAX) {
        dprintf(self->pipes[1],
                "an output of %.0f MiB was omitted: an output must not exceed %d MiB\n",
                (double)size / (1024 * 1024), SESSION_LINK_PAYLOAD_MAX / (1024 * 1024));
        return false;
    }
    return session_link_send_parts(self->link, kind, write_mark(self), parts, count, -1);
}

bool session_output_send(struct session_output *self, enum session_link_kind kind, json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (text == NULL)
        return false;
    bool sent = send_frame(self, kind, &(struct iovec){text, strlen(text)}, 1);
    free(text);
    return sent;
}

/* A frame of an iopub message's type and content; content is consumed. */
static void send_typed(struct session_output *self, enum session_link_kind kind, const char *type,
                       json_t *content)
{
    char *text = content != NULL ? json_dumps(content, JSON_COMPACT) : NULL;
    json_decref(content);
    if (text == NULL)
        return;
    const struct iovec parts[] = {{(void *)(uintptr_t)type, strlen(type) + 1},
                                  {text, strlen(text)}};
    send_frame(self, kind, parts, 2);
    free(text);
}

static void send_output(struct session_output *self, const char *type, json_t *content)
{
    send_typed(self, SESSION_LINK_OUTPUT, type, content);
}

static void sink_text(struct output *output, enum output_stream stream, const char *bytes,
                      size_t size)
{
    struct session_output *self = (struct session_output *)output;
    char number = (char)stream;
    while (size > 0) {
        size_t piece = size < TEXT_PIECE_MAX ? size : TEXT_PIECE_MAX;
        const struct iovec parts[] = {{&number, 1}, {(void *)(uintptr_t)bytes, piece}};
        send_frame(self, SESSION_LINK_STREAM, parts, 2);
        bytes += piece;
        size -= piece;
    }
}

/* data and metadata are consumed. */
static void send_display(struct session_output *self, json_t *data, json_t *metadata)
{
    send_output(self, "display_data",
                json_pack("{s:o, s:o, s:{}}", "data", data, "metadata", metadata, "transient"));
}

/* ---- the progress display of the running command ---- */

/* Sends a message that creates or updates the display; data is consumed. */
static void send_progress(struct session_output *self, enum session_link_kind kind,
                          const char *type, json_t *data)
{
    json_t *id = json_sprintf("mnist-%.12s-%llu-%d", self->token, (unsigned long long)self->cell,
                              self->displays);
    send_typed(
        self, kind, type,
        json_pack("{s:o, s:{}, s:{s:o}}", "data", data, "metadata", "transient", "display_id", id));
}

/* Invisible in JupyterLab and in a console. */
static json_t *empty_data(void)
{
    return json_pack("{s:s}", "text/html", "");
}

static void open_progress(struct session_output *self)
{
    self->progress_open = true;
    self->displays++;
    send_progress(self, SESSION_LINK_OUTPUT, "display_data", empty_data());
    send_progress(self, SESSION_LINK_DEATH_OUTPUT, "update_display_data", empty_data());
}

static void empty_progress(struct session_output *self)
{
    if (self->progress_shown)
        send_progress(self, SESSION_LINK_OUTPUT, "update_display_data", empty_data());
    self->progress_shown = false;
}

static void sink_progress(struct output *output, const struct progress_display *progress)
{
    struct session_output *self = (struct session_output *)output;
    double now = clock_s();
    if (!self->progress_open)
        open_progress(self);
    if (progress->elapsed_s < progress_after_s || now - self->progress_shown_s < progress_every_s)
        return;
    self->progress_shown = true;
    self->progress_shown_s = now;
    send_progress(self, SESSION_LINK_OUTPUT, "update_display_data",
                  json_pack("{s:o, s:o}", "text/html", progress_html(progress), "text/plain",
                            progress_plain(progress)));
}

static void sink_progress_end(struct output *output)
{
    struct session_output *self = (struct session_output *)output;
    empty_progress(self);
    self->progress_open = false;
}

/* ---- results ---- */

static void sink_table(struct output *output, const struct table *table)
{
    struct session_output *self = (struct session_output *)output;
    char *text = table_text(table), *html = table_html(table);
    if (text != NULL && html != NULL)
        send_display(
            self,
            json_pack("{s:o, s:o}", "text/html", utf8_json(html), "text/plain", utf8_json(text)),
            json_object());
    free(text);
    free(html);
    empty_progress(self);
}

/* The bytes as base64 with a final line end, as front ends write it. Caller frees. */
static char *base64(const unsigned char *bytes, size_t size)
{
    assert(size < (size_t)1 << 30);
    char *text = malloc(4 * ((size + 2) / 3) + 2);
    if (text == NULL)
        return NULL;
    int length = EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    text[length] = '\n';
    text[length + 1] = '\0';
    return text;
}

static void sink_picture(struct output *output, const struct picture *picture)
{
    struct session_output *self = (struct session_output *)output;
    json_t *data = json_object(), *metadata = json_object();
    json_object_set_new(data, "text/plain", utf8_json(picture->sentence));
    if (picture->svg != NULL) {
        json_object_set_new(data, "image/svg+xml",
                            utf8_json_sized(picture->svg, picture->svg_size));
        json_object_set_new(metadata, "image/svg+xml",
                            json_pack("{s:o}", "alt", utf8_json(picture->sentence)));
    }
    char *png = picture->png != NULL ? base64(picture->png, picture->png_size) : NULL;
    if (png != NULL) {
        json_object_set_new(data, "image/png", json_string(png));
        json_object_set_new(metadata, "image/png",
                            json_pack("{s:i, s:i, s:o}", "width", picture->shown_width, "height",
                                      picture->shown_height, "alt", utf8_json(picture->sentence)));
    }
    free(png);
    send_display(self, data, metadata);
    empty_progress(self);
}

static void sink_markdown(struct output *output, const char *markdown, const char *plain)
{
    struct session_output *self = (struct session_output *)output;
    send_display(self,
                 json_pack("{s:o, s:o}", "text/markdown", utf8_json(markdown), "text/plain",
                           utf8_json(plain)),
                 json_object());
    empty_progress(self);
}

static void sink_value(struct output *output, const char *plain)
{
    struct session_output *self = (struct session_output *)output;
    if (self->silent)
        return;
    send_output(self, "execute_result",
                json_pack("{s:i, s:{s:o}, s:{}}", "execution_count", self->execution_count, "data",
                          "text/plain", utf8_json(plain), "metadata"));
}

static void sink_page(struct output *output, const char *plain)
{
    struct session_output *self = (struct session_output *)output;
    json_array_append_new(self->payload, json_pack("{s:s, s:{s:o}, s:i}", "source", "page", "data",
                                                   "text/plain", utf8_json(plain), "start", 0));
}

static void sink_clear(struct output *output, bool wait)
{
    struct session_output *self = (struct session_output *)output;
    self->progress_open = self->progress_shown = false;
    send_output(self, "clear_output", json_pack("{s:b}", "wait", wait));
}

/* Waits for SESSION_LINK_INPUT. No other kind of frame is sent while a cell runs; if one arrives,
   the wait ends. */
static bool await_answer(struct session_output *self, struct session_link_frame *frame,
                         struct error *error)
{
    for (;;) {
        if (self->stop(self->stop_context))
            return error_interrupted(error);
        struct pollfd poll_link = {.fd = self->link, .events = POLLIN};
        int ready = poll(&poll_link, 1, ASK_POLL_MS);
        if (ready == 0 || (ready < 0 && errno == EINTR))
            continue;
        enum session_link_status status = session_link_read(self->reader, frame);
        if (status == SESSION_LINK_OK)
            return true;
        if (status != SESSION_LINK_AGAIN)
            return error_set(error, ERROR_SYSTEM, "the front end has disconnected");
    }
}

static bool sink_ask(struct output *output, const char *prompt, bool secret, char **answer,
                     struct error *error)
{
    struct session_output *self = (struct session_output *)output;
    if (!self->allow_stdin)
        return error_set(error, ERROR_STATE,
                         "this front end cannot answer questions (allow_stdin is false)");
    session_output_send(self, SESSION_LINK_INPUT_REQUEST,
                        json_pack("{s:o, s:b}", "prompt", utf8_json(prompt), "password", secret));
    struct session_link_frame frame;
    if (!await_answer(self, &frame, error))
        return false;
    json_t *object = frame.kind == SESSION_LINK_INPUT
                         ? json_loadb((const char *)frame.payload, frame.size, JSON_ALLOW_NUL, NULL)
                         : NULL;
    session_link_frame_release(&frame);
    const char *value = json_string_value(json_object_get(object, "value"));
    *answer = value != NULL ? strdup(value) : NULL;
    json_decref(object);
    if (*answer != NULL)
        return true;
    return self->stop(self->stop_context)
               ? error_interrupted(error)
               : error_set(error, ERROR_STATE, "the question was not answered");
}

bool session_output_init(struct session_output *self, int link, struct session_link_reader *reader,
                         const char *token)
{
    *self = (struct session_output){
        .output = {sink_text, sink_table, sink_picture, sink_markdown, sink_value, sink_page,
                   sink_progress, sink_progress_end, sink_clear, sink_ask, NULL},
        .link = link,
        .reader = reader,
        .pipes = {fcntl(1, F_DUPFD_CLOEXEC, 64), fcntl(2, F_DUPFD_CLOEXEC, 64)},
        .payload = json_array(),
    };
    memcpy(self->token, token, SESSION_LINK_TOKEN_SIZE);
    return self->pipes[0] >= 0 && self->pipes[1] >= 0 && self->payload != NULL;
}

void session_output_release(struct session_output *self)
{
    close(self->pipes[0]);
    close(self->pipes[1]);
    json_decref(self->payload);
}

void session_output_begin(struct session_output *self, uint64_t cell, int execution_count,
                          bool silent, bool allow_stdin)
{
    self->cell = cell;
    self->execution_count = execution_count;
    self->silent = silent;
    self->allow_stdin = allow_stdin;
    self->progress_open = self->progress_shown = false;
    self->displays = 0;
    json_array_clear(self->payload);
}

static json_t *traceback(const struct session_report *report)
{
    json_t *lines = json_array();
    json_array_append_new(lines, json_sprintf("\033[1m%s\033[0m", report->name));
    const char *line = report->detail;
    while (line != NULL && *line != '\0') {
        size_t size = strcspn(line, "\n");
        json_array_append_new(lines, utf8_json_sized(line, size));
        line += size + (line[size] == '\n');
    }
    return lines;
}

void session_output_describe(const struct session_report *report, json_t *object)
{
    json_object_set_new(object, "ename", json_string(report->name));
    json_object_set_new(object, "evalue", utf8_json(report->text));
    json_object_set_new(object, "traceback", traceback(report));
}

void session_output_error(struct session_output *self, const struct session_report *report)
{
    json_t *content = json_object();
    session_output_describe(report, content);
    send_output(self, "error", content);
}
