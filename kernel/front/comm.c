/*
 * comm - closes every comm that a front end opens, since this kernel has no comm targets.
 */
#include "kernel/front/comm.h"

void comm_open(struct iopub *iopub, const struct message *request)
{
    const char *id = message_text(request, "comm_id", NULL);
    if (id != NULL)
        iopub_send(iopub, request, "comm_close", json_pack("{s:s, s:{}}", "comm_id", id, "data"));
}

json_t *comm_info(void)
{
    return json_pack("{s:s, s:{}}", "status", "ok", "comms");
}
