/*
 * c_api_session - the session that the functions of mnist.h use: set while a C cell runs, else
 * NULL.
 *
 * c_api.c sets it; the files that implement mnist.h read it. This file depends on none of them.
 */
#ifndef MNIST_C_API_C_API_SESSION_H
#define MNIST_C_API_C_API_SESSION_H

struct session;

/* The session. Ends the cell if no cell runs, or in another thread than the cell's. function: name
   of the calling function, for the error. */
struct session *c_api_session(const char *function);

/* The session, after c_api_session has checked it. */
struct session *c_api_now(void);

/* NULL = no cell runs. */
void c_api_session_set(struct session *s);

#endif
