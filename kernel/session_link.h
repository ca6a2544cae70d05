/*
 * session_link - the connection between the front process and the session process.
 *
 * It consists of one AF_UNIX stream socket that carries frames in both directions, two pipes for
 * the session's stdout and stderr, and one page of shared memory for interrupts. This file
 * carries the payload bytes without interpreting them; the payload of each kind is documented
 * with the enum.
 *
 *     frame:  u32 size of payload | u8 kind | u8 0 | u16 0 | u64 mark | payload
 *             (host byte order: one machine)
 *
 * Marks order the text in the pipes relative to the frames. Before each frame, the session writes
 * the same numbered mark into both pipes. The front handles the frame after it has read both
 * pipes up to that mark. So text that a C cell printed before a picture is also shown before the
 * picture, and no delay is needed.
 *
 *     mark:   0x1E | 32 hex digits of the session's token | 16 hex digits of the number | 0x1E
 *
 * Standbys. After a cell that changed something, the session forks a standby: a copy of itself that
 * blocks on its own socket. The session sends the other end of that socket to the front
 * (SESSION_LINK_COPY, with the descriptor). When the session dies, the front sends
 * SESSION_LINK_TAKE_OVER on that socket, which is the link from then on. When the front closes the
 * socket, because it has newer standbys or has ended, the standby exits.
 */
#ifndef KERNEL_SESSION_LINK_H
#define KERNEL_SESSION_LINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "mnist/process/crash_record.h"

enum {
    SESSION_LINK_PAYLOAD_MAX = 256 * 1024 * 1024, /* bytes */
    SESSION_LINK_HEADER_SIZE = 16,
    SESSION_LINK_TOKEN_SIZE = 32, /* hex digits, no NUL */
    SESSION_LINK_MARK_SIZE = 1 + SESSION_LINK_TOKEN_SIZE + 16 + 1,
    SESSION_LINK_DEATH_OUTPUT_MAX = 4096,
    SESSION_LINK_PARTS_MAX = 3, /* blocks of one payload */
};

/* The payload is a JSON value, unless another form is given. "output" = the type of an iopub
   message, NUL, its content as JSON. */
enum session_link_kind {
    /* front to session */
    SESSION_LINK_EXECUTE = 1, /* a JSON object, NUL, the text of the cell. {"cell":id,
                                 "execution_count":n,"silent":b,"allow_stdin":b,
                                 "user_expressions":{},"from":n}; from = index of the first
                                 statement to run, 0 unless the cell is resumed after `reset` */
    SESSION_LINK_INPUT,       /* the user's answer: {"value":"…"}; {} if there is no answer */
    SESSION_LINK_TAKE_OVER,   /* to a standby: become the session; no payload */
    SESSION_LINK_QUIT,        /* end normally; no payload */
    /* session to front */
    SESSION_LINK_READY = 32, /* {"pid":n}: first frame after a start or a promotion. "error":
                                  {"ename":"…","evalue":"…","traceback":[…]} is added if the
                                  promoted standby knows how its predecessor died */
    SESSION_LINK_COPY,       /* {"pid":n,"before":b} and a descriptor: a new standby, with the
                                  state before the running cell (before) or after it */
    SESSION_LINK_RESET,      /* {"from":n}: the cell has reached `reset`, its statement n. This
                                  process ends; a new session must resume the cell there */
    SESSION_LINK_NAMES,      /* [{"kind":"variable","name":"…","note":"…"}…]: the names for
                                  completion; sent after each cell that changed the session, before
                                  the COPY, which is omitted if no standby can be forked */
    SESSION_LINK_C_SCOPE, /* {"scope":"…","flags":["-I…"]}: declarations of earlier C cells */
    SESSION_LINK_STREAM,  /* u8 1 (stdout) or 2 (stderr), then text */
    SESSION_LINK_OUTPUT,  /* an output */
    SESSION_LINK_DEATH_OUTPUT,  /* an output to publish if the session dies during this cell; each
                                  replaces the previous one; at most
                                  SESSION_LINK_DEATH_OUTPUT_MAX bytes */
    SESSION_LINK_INPUT_REQUEST, /* {"prompt":"…","password":b} */
    SESSION_LINK_DONE,          /* the content of execute_reply without execution_count */
    SESSION_LINK_KINDS,
};

/* The shared page. To interrupt a cell, the front stores its id here, and the session compares it
   with the id of the running cell. So an interrupt cannot be lost and cannot stop a later cell.
   The front then sends SIGINT to end blocking calls. */
struct session_link_shared {
    _Atomic uint64_t interrupted_cell;
    struct crash_record crash; /* how a C cell crashed; read by the standby that is promoted */
};

struct session_link_frame {
    enum session_link_kind kind;
    uint64_t mark;    /* 0 = no mark */
    uint8_t *payload; /* payload[size] is NUL; owned by the frame */
    size_t size;
    int descriptor; /* -1 = none; owned by the frame; a receiver that keeps it sets it to -1 */
};

enum session_link_status {
    SESSION_LINK_OK,     /* a frame was read */
    SESSION_LINK_AGAIN,  /* the frame is incomplete; call again */
    SESSION_LINK_CLOSED, /* the other side has closed the socket or ended */
    SESSION_LINK_BROKEN, /* the size exceeds the limit, or memory ran out */
};

/* The state of reading frames from a blocking or non-blocking socket. It never reads beyond the
   current frame, so a received descriptor always belongs to that frame. */
struct session_link_reader {
    int socket;
    uint8_t header[SESSION_LINK_HEADER_SIZE];
    uint8_t *payload; /* NULL until the header is complete */
    size_t used;      /* bytes of header and payload read so far */
    int descriptor;
};

void session_link_reader_init(struct session_link_reader *reader, int socket);
void session_link_reader_release(
    struct session_link_reader *reader); /* does not close the socket */

/* Reads the next frame. SESSION_LINK_AGAIN is returned if a non-blocking socket has no more bytes
   or a signal interrupted the wait; the bytes read so far are kept. The frame is filled for
   SESSION_LINK_OK only; caller frees it with session_link_frame_release. */
enum session_link_status session_link_read(struct session_link_reader *reader,
                                           struct session_link_frame *frame);
void session_link_frame_release(struct session_link_frame *frame);

/* Sends a whole frame; blocks until the socket has accepted it. descriptor -1 = none; it stays the
   caller's. False: the other side has closed the socket (no SIGPIPE is raised), or the payload is
   larger than SESSION_LINK_PAYLOAD_MAX. */
bool session_link_send(int socket, enum session_link_kind kind, uint64_t mark, const void *payload,
                       size_t size, int descriptor);

/* Sends a frame whose payload consists of several blocks, at most SESSION_LINK_PARTS_MAX, without
   joining them in memory. */
bool session_link_send_parts(int socket, enum session_link_kind kind, uint64_t mark,
                             const struct iovec *parts, size_t count, int descriptor);

/* Writes the header of a frame, for a caller that has its own send queue. */
void session_link_header(uint8_t header[SESSION_LINK_HEADER_SIZE], enum session_link_kind kind,
                         uint64_t mark, size_t size);

/* Writes the bytes of a mark. */
void session_link_mark(char mark[SESSION_LINK_MARK_SIZE], const char token[SESSION_LINK_TOKEN_SIZE],
                       uint64_t number);

/* Finds the first mark with this token: returns its offset and sets *number, or returns -1.
   *partial is set to the offset of a mark that may be incomplete at the end of the bytes; to size
   if there is none. */
ptrdiff_t session_link_find_mark(const char *bytes, size_t size,
                                 const char token[SESSION_LINK_TOKEN_SIZE], uint64_t *number,
                                 size_t *partial);

#endif
