/*
 * progress_html - a progress bar, the rate, and above them the table of finished epochs.
 */
#include "kernel/session/progress_html.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "mnist/base/html.h"
#include "mnist/base/utf8_json.h"
#include "mnist/output/table.h"

enum { BAR_CELLS = 30 };

static void seconds_text(char *text, size_t size, double seconds)
{
    if (seconds < 60)
        snprintf(text, size, "%.0f s", seconds);
    else
        snprintf(text, size, "%.0f min %02.0f s", (double)(long)(seconds / 60),
                 seconds - 60 * (double)(long)(seconds / 60));
}

/* The text after the bar, for example "12000 images/s · 18 s left". */
static void rate_text(char *text, size_t size, const struct progress_display *p)
{
    double rate = p->elapsed_s > 0 ? (p->done - p->begun) / p->elapsed_s : 0;
    char left[32] = "";
    if (p->total > p->done && rate > 0)
        seconds_text(left, sizeof left, ceil((p->total - p->done) / rate));
    char elapsed[32];
    seconds_text(elapsed, sizeof elapsed, p->elapsed_s);
    char per_second[64] = ""; /* empty for a command that does not count its steps */
    if (rate >= 1)
        snprintf(per_second, sizeof per_second, "%.0f %s/s · ", rate, p->unit);
    snprintf(text, size, "%s%s%s%s", per_second, left[0] != '\0' ? left : elapsed,
             left[0] != '\0' ? " left" : "", p->note != NULL && p->note[0] != '\0' ? " · " : "");
}

/* text is consumed. */
static json_t *take_text(char *text)
{
    json_t *string = utf8_json(text);
    free(text);
    return string;
}

json_t *progress_html(const struct progress_display *p)
{
    double share = p->total > 0 ? p->done / p->total : 0;
    char rate[160], *html = NULL;
    rate_text(rate, sizeof rate, p);
    char *table = p->table != NULL ? table_html(p->table) : NULL;
    char *what = html_escape(p->what), *note = html_escape(p->note != NULL ? p->note : "");
    int size = asprintf(
        &html,
        "%s<div style=\"display:flex;align-items:center;gap:10px;padding:4px 0\"><span>%s</span>"
        "<div style=\"width:220px;height:10px;border-radius:5px;background:rgba(128,128,128,0.3)\">"
        "<div style=\"width:%.1f%%;height:10px;border-radius:5px;background:#0072b2\"></div></div>"
        "<span style=\"font-variant-numeric:tabular-nums\">%.0f %%</span>"
        "<span style=\"opacity:0.65\">%s%s</span></div>",
        table != NULL ? table : "", what != NULL ? what : "", 100 * share, 100 * share, rate,
        note != NULL ? note : "");
    free(table);
    free(what);
    free(note);
    return take_text(size < 0 ? NULL : html);
}

json_t *progress_plain(const struct progress_display *p)
{
    double share = p->total > 0 ? p->done / p->total : 0;
    char bar[BAR_CELLS + 1];
    for (int i = 0; i < BAR_CELLS; i++)
        bar[i] = i < (int)(share * BAR_CELLS + 0.5) ? '#' : '.';
    bar[BAR_CELLS] = '\0';
    char *table = p->table != NULL ? table_text(p->table) : NULL;
    char *plain;
    int size = asprintf(&plain, "%s%s%s [%s] %.0f %% %s", table != NULL ? table : "",
                        table != NULL ? "\n" : "", p->what, bar, 100 * share,
                        p->note != NULL ? p->note : "");
    free(table);
    return take_text(size < 0 ? NULL : plain);
}
