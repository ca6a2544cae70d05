/*
 * session_report - release.
 */
#include "mnist/workspace/session_report.h"

#include <stdlib.h>

void session_report_release(struct session_report *report)
{
    free(report->text);
    free(report->detail);
    *report = (struct session_report){0};
}
