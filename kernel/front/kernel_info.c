/*
 * kernel_info - builds the content of kernel_info_reply.
 *
 * JupyterLab chooses syntax highlighting by codemirror_mode or name only, so the mode is the
 * built-in "shell".
 */
#include "kernel/front/kernel_info.h"

#include "kernel/front/message.h"
#include "mnist/base/version.h"

static json_t *language(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", "mnist", "version", MNIST_VERSION,
                     "mimetype", "text/x-mnist", "file_extension", ".mnist", "pygments_lexer",
                     "bash", "codemirror_mode", "shell");
}

static json_t *help_links(void)
{
    return json_pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]", "text", "The MNIST database", "url",
                     "https://en.wikipedia.org/wiki/MNIST_database", "text",
                     "Convolutional networks", "url",
                     "https://cs231n.github.io/convolutional-networks/", "text", "gnuplot", "url",
                     "http://www.gnuplot.info/documentation.html");
}

json_t *kernel_info_content(void)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:b, s:[]}", "status", "ok", "protocol_version",
        MESSAGE_PROTOCOL_VERSION, "implementation", "mnist-kernel", "implementation_version",
        MNIST_VERSION, "language_info", language(), "banner",
        "MNIST Digit Classification " MNIST_VERSION
        ": a convolutional-network laboratory. `help` lists the commands, Tab completes them.",
        "help_links", help_links(), "debugger", 0, "supported_features");
}
