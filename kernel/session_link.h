/*
 * session_link - how the front process and the session process talk.
 *
 * One AF_UNIX stream socket, frames both ways, beside it two pipes for the session's stdout and
 * stderr, and one page of shared memory for the interrupt.
 *
 *     frame:  u32 size of payload | u8 kind | u8 0 | u16 0 | u64 mark | payload
 *             (host byte order: one machine)
 *
 * Marks keep two kinds of output in order. Before a frame, the session writes the same numbered
 * mark into both pipes; the front handles the frame when it has read both pipes up to that mark. So
 * what a C cell printed comes before the picture that followed it, without a wait.
 *
 *     mark:   0x1E | 32 hex digits of the session's token | 16 hex digits of the number | 0x1E
 *
 * The waiting copy. After a cell that changed something, the session forks a copy of itself that
 * blocks on a socket of its own, whose other end the session sends to the front (SESSION_LINK_COPY, with
 * the descriptor). When the front sees the session die, it sends SESSION_LINK_TAKE_OVER down that socket,
 * which from then on is the link. When the front closes the socket (a newer copy came, or the front
 * ended), the copy ends by itself.
 */
#ifndef KERNEL_SESSION_LINK_H
#define KERNEL_SESSION_LINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mnist/c_cells/faults/crash.h"

enum {
    SESSION_LINK_PAYLOAD_MAX = 256 * 1024 * 1024,
    SESSION_LINK_HEADER_SIZE = 16,
    SESSION_LINK_TOKEN_SIZE = 32, /* hex digits, no NUL */
    SESSION_LINK_MARK_SIZE = 1 + SESSION_LINK_TOKEN_SIZE + 16 + 1,
    SESSION_LINK_WILL_MAX = 4096, /* bytes of SESSION_LINK_WILL's payload */
};

/* Payloads: JSON but where another form is said. */
enum session_link_kind {
    /* front to session */
    SESSION_LINK_EXECUTE = 1, /* {"cell":n,"code":"…","count":n,"silent":b,"allow_stdin":b,
                          "user_expressions":{},"from":n}; from: the statement to
                          begin with, 0 if it is left out                            */
    SESSION_LINK_INPUT,       /* {"value":"…"}, or {} when nobody will answer                */
    SESSION_LINK_TAKE_OVER,   /* to the copy: be the session now; no payload                 */
    SESSION_LINK_QUIT,        /* end in good order; no payload                               */
    /* session to front */
    SESSION_LINK_READY = 32, /* {"pid":n}: first frame after start and after a take-over;
                           then perhaps "error": {"ename":"…","evalue":"…","traceback":[]}:
                           what the one before died of                               */
    SESSION_LINK_COPY,       /* {"pid":n,"before":b} and one descriptor: a new waiting copy,
                           of what was before the running cell, or with it           */
    SESSION_LINK_MOVED,      /* {"pid":n}: the session goes on in this process, with the same link;
                           the one that it was ends now, which is no death           */
    SESSION_LINK_FRESH,      /* {"from":n}: the cell has come to `reset`, its statement n. This
                           process ends; the cell is to go on from there in a new one */
    SESSION_LINK_NAMES,      /* [{"kind":"variable","name":"…","note":"…"}…]: what
                           completion may offer                                      */
    SESSION_LINK_C_SCOPE,    /* {"scope":"…","flags":["-I…"]}: what cells of C have defined   */
    SESSION_LINK_STREAM,     /* u8 1 (stdout) or 2 (stderr), then text                    */
    SESSION_LINK_OUTPUT,     /* iopub message type, NUL, its content                      */
    SESSION_LINK_WILL,       /* the same: an output to publish if the session dies in this
                           cell; each replaces the one before. At most SESSION_LINK_WILL_MAX */
    SESSION_LINK_INPUT_REQUEST, /* {"prompt":"…","password":b}                               */
    SESSION_LINK_DONE,          /* content of the execute_reply but execution_count          */
};

/* The shared page. The front stores the number of the cell that is to stop; the session compares
   with the one it runs, so an interrupt can neither be lost nor hit the cell after. SIGINT follows,
   to end waits. */
struct session_link_shared {
    _Atomic uint64_t interrupted_cell;
    struct crash_record crash; /* how a cell of C ended its process: for the copy that takes over */
};

struct session_link_frame {
    enum session_link_kind kind;
    uint64_t mark;    /* 0 = none */
    uint8_t *payload; /* NUL-terminated beyond size, for text; owned by the frame */
    size_t size;
    int descriptor; /* -1 = none; owned by the frame until taken (set it to -1) */
};

enum session_link_status {
    SESSION_LINK_OK,
    SESSION_LINK_AGAIN,
    SESSION_LINK_CLOSED,
    SESSION_LINK_BROKEN
};

/* Reads frames from a socket, blocking or not. It never reads beyond the frame it is at, so a
   descriptor always belongs to that frame. */
struct session_link_reader {
    int socket;
    uint8_t header[SESSION_LINK_HEADER_SIZE];
    uint8_t *payload; /* NULL until the header is whole */
    size_t used;      /* bytes of header and payload that are here */
    int descriptor;
};

void session_link_reader_init(struct session_link_reader *reader, int socket);
void session_link_reader_release(
    struct session_link_reader *reader); /* does not close the socket */

/* The next whole frame. SESSION_LINK_AGAIN: not all of it is here yet (the socket is non-blocking, or a
   signal ended the wait): call again, nothing is lost. SESSION_LINK_CLOSED: the other side is gone.
   SESSION_LINK_BROKEN: a size beyond the limit, or no memory. The frame is only filled for SESSION_LINK_OK; caller
   frees it with session_link_frame_release. */
enum session_link_status session_link_read(struct session_link_reader *reader,
                                           struct session_link_frame *frame);
void session_link_frame_release(struct session_link_frame *frame);

/* Sends a whole frame, waiting for room; descriptor -1 = none, else it stays the caller's. False
   when the other side is gone (no SIGPIPE) or the payload is beyond SESSION_LINK_PAYLOAD_MAX. */
bool session_link_send(int socket, enum session_link_kind kind, uint64_t mark, const void *payload,
                       size_t size, int descriptor);

/* Writes a frame's header, for those who keep their own queue of bytes to send. */
void session_link_header(uint8_t header[SESSION_LINK_HEADER_SIZE], enum session_link_kind kind,
                         uint64_t mark, size_t size);

/* Writes the mark's bytes. */
void session_link_mark(char mark[SESSION_LINK_MARK_SIZE], const char token[SESSION_LINK_TOKEN_SIZE],
                       uint64_t number);

/* Finds the first mark of this token in bytes: returns its offset and sets *number; -1 when there
   is none. *partial is the offset from which a mark may have begun that is not all here (= size
   when none). */
ptrdiff_t session_link_find_mark(const char *bytes, size_t size,
                                 const char token[SESSION_LINK_TOKEN_SIZE], uint64_t *number,
                                 size_t *partial);

#endif
