/*
 * generate_man - manual pages in roff, for the macros man(7).
 *
 * Options, exit statuses and commands come from their tables; the rest is prose. In roff a
 * backslash is written \e, a minus sign that the user types \-, and a line must not begin with a
 * dot or an apostrophe.
 */
#include <string.h>

#include "mnist/base/version.h"
#include "mnist/language/parameter.h"
#include "mnist/language/vocabulary.h"
#include "mnist/shell/generate.h"
#include "mnist/shell/options.h"

/* Writes text within a line of roff. */
static void put_text(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '\\': fputs("\\e", file); break;
        case '-': fputs("\\-", file); break;
        case '`': fputs("\\(ga", file); break;
        case '\'': fputs("\\(aq", file); break;
        case '^': fputs("\\(ha", file); break;
        case '~': fputs("\\(ti", file); break;
        default: fputc(*text, file);
        }
    }
}

/* Writes lines of text, each of which may begin with any character. */
static void put_lines(FILE *file, const char *text)
{
    while (*text != '\0') {
        char line[1024];
        size_t size = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)size, text);
        fputs(line[0] == '.' ? "\\&" : "", file);
        put_text(file, line);
        fputc('\n', file);
        text += size + (text[size] == '\n');
    }
}

/* Writes a sentence with a capital letter and a full stop. */
static void put_sentence(FILE *file, const char *text)
{
    char first[2] = {text[0], '\0'};
    if (first[0] >= 'a' && first[0] <= 'z')
        first[0] = (char)(first[0] - 'a' + 'A');
    put_text(file, first);
    put_text(file, text + 1);
    fputs(text[strlen(text) - 1] == '.' ? "\n" : ".\n", file);
}

/* Writes the bold tag of a tagged paragraph. */
static void put_tag(FILE *file, const char *tag)
{
    fputs(".TP\n.B ", file);
    put_text(file, tag);
    fputc('\n', file);
}

static void put_options(FILE *file)
{
    fputs(".SH OPTIONS\n"
          "Options may stand before and after the command, up to\n.BR \\-\\- ;\n"
          "those of one letter only before it.\n",
          file);
    for (size_t i = 0; options_at(i) != NULL; i++) {
        const struct option_text *option = options_at(i);
        fputs(".TP\n", file);
        if (option->letter != '\0')
            fprintf(file, ".BR \\-%c \", \" ", option->letter);
        else
            fputs(".BR ", file);
        put_text(file, option->name);
        if (option->value != NULL)
            fprintf(file, " =\\fI%s\\fR", option->value);
        fputc('\n', file);
        put_sentence(file, option->help);
    }
}

/* Writes values and default of a parameter in the form of `help`. */
static void put_parameter(FILE *file, const struct parameter *parameter)
{
    char wants[PARAMETER_EXPECTED_SIZE];
    put_tag(file, parameter->name);
    if (parameter->help[0] != '\0')
        put_sentence(file, parameter->help);
    if (parameter->kind != PARAMETER_BOOLEAN) {
        fputs("Values: ", file);
        put_text(file, parameter_expected(wants, parameter));
        fputs(".\n", file);
    }
    if (parameter->required)
        fputs("Must be given.\n", file);
    else {
        fputs("When left out: ", file);
        put_text(file, parameter->fallback != NULL    ? parameter->fallback
                       : parameter->otherwise != NULL ? parameter->otherwise
                                                      : "nothing");
        fputs(".\n", file);
    }
}

static void put_command(FILE *file, const struct command *command)
{
    char title[COMMAND_TITLE_SIZE];
    command_title(title, command);
    put_tag(file, title);
    put_sentence(file, command->summary);
    if (command->details != NULL)
        put_lines(file, command->details);
    if (command->parameter_count > 0)
        fputs(".RS\n", file);
    for (size_t i = 0; i < command->parameter_count; i++)
        put_parameter(file, &command->parameters[i]);
    if (command->parameter_count > 0)
        fputs(".RE\n", file);
}

static void put_commands(FILE *file)
{
    fputs(".SH COMMANDS\n"
          "A command is a verb, perhaps a subject, and parameters: values in their order or as\n"
          ".IR name = value .\n"
          "The same language is that of notebooks and of the prompt.\n",
          file);
    for (size_t f = 0; f < vocabulary_family_count(); f++) {
        const struct family *family = vocabulary_family(f);
        fputs(".SS ", file);
        put_text(file, family->title);
        fputc('\n', file);
        for (size_t i = 0; i < family->count; i++)
            put_command(file, &family->commands[i]);
    }
}

static void put_statuses(FILE *file)
{
    fputs(".SH EXIT STATUS\n", file);
    for (size_t i = 0; options_status(i)->status[0] != '\0'; i++) {
        put_tag(file, options_status(i)->status);
        put_sentence(file, options_status(i)->meaning);
    }
    fputs("A prompt that ends has status 0, whatever its commands did.\n", file);
}

static const char man_head[] =
    ".SH NAME\n"
    "mnist \\- a laboratory for convolutional networks that classify digits\n"
    ".SH SYNOPSIS\n"
    ".nf\n"
    ".B mnist\n"
    "\\fBmnist\\fR [\\fIOPTION\\fR...] \\fICOMMAND\\fR...\n"
    "\\fBmnist\\fR [\\fIOPTION\\fR...] \\fB\\-c\\fR \\fICOMMANDS\\fR\n"
    "\\fBmnist\\fR [\\fIOPTION\\fR...] \\fBrun\\fR \\fIFILE\\fR\n"
    ".fi\n"
    ".SH DESCRIPTION\n"
    "The program trains convolutional networks on MNIST and similar data sets, evaluates them and\n"
    "draws plots, with the same commands as the notebooks of\n"
    ".BR mnist\\-kernel (1).\n"
    "Without a command it shows a prompt on a terminal; otherwise it reads commands from standard\n"
    "input. With\n.B run\nit executes the commands of a file, or the code cells of a notebook\n"
    "(.ipynb).\n"
    ".PP\n"
    "A training writes a line at the end of each epoch. Another command can use a network "
    "that was\n"
    "saved\n"
    ".RB ( \"mnist train save=mine\" )\n"
    "by its name\n"
    ".RB ( \"mnist evaluate model=mine\" ).\n"
    "Pictures are written to the folder pictures, or to the folder of the command\n"
    ".BR \"set plot.folder=\" .\n";

static const char man_tables[] =
    ".SH TABLES\n"
    "On a terminal a table is at most as wide as the terminal: titles and texts are wrapped, and\n"
    "nothing is omitted. In a pipe or a file the length of lines is not limited.\n"
    ".PP\n"
    "With\n.B \\-\\-format=json\n"
    "each table is one JSON document, an array with one object for each row; with\n"
    ".B \\-\\-format=csv\n"
    "it is a line of names and one line for each row (RFC 4180), with an empty line "
    "between tables.\n"
    "Numbers have the digits of the text, and percentages are fractions: 99.2 % is 0.992. Missing\n"
    "values are null in JSON and empty in CSV. The name of a column is its title in "
    "lower case, with\n"
    "underscores for blanks. A training is one table, at its end, and so is the answer of\n"
    ".BR predict .\nThe accuracy of\n.B evaluate\n"
    "is the recall in the row of all images. Everything that is not a table is written "
    "to standard\n"
    "error.\n";

static const char man_tail[] =
    ".SH ENVIRONMENT\n"
    ".TP\n.B MNIST_HOME\n"
    "The folder of data and models. Default: the project's folder if the program runs from its\n"
    "build tree; otherwise mnist in\n.B XDG_DATA_HOME\nor in \\(ti/.local/share.\n"
    ".TP\n.B MNIST_DATA\nThe folder of the data. Default: the folder data in the former.\n"
    ".TP\n.B XDG_STATE_HOME\n"
    "The history of the prompt is mnist/history in this folder, by default \\(ti/.local/state.\n"
    ".SH FILES\n"
    ".TP\n.I models/NAME.safetensors\nSaved networks.\n"
    ".TP\n.I data/checkpoints/NAME.safetensors\n"
    "The last training of the network NAME, saved after each epoch and after an interrupt.\n"
    ".SH EXAMPLES\n"
    ".nf\n"
    "mnist train epochs=5 save=mine\n"
    "mnist evaluate model=mine\n"
    "mnist predict model=mine test 42\n"
    "mnist \\-c \\(aqload fashion; model keras; train epochs=2 save=clothes\\(aq\n"
    "mnist \\-\\-format=json evaluate model=mine | "
    "jq \\(aq.[] | select(.recall < 0.99)\\(aq\n"
    ".fi\n"
    ".SH SEE ALSO\n"
    ".BR mnist\\-kernel (1)\n";

static const char kernel_man[] =
    ".SH NAME\n"
    "mnist\\-kernel \\- the Jupyter kernel of MNIST Digit Classification\n"
    ".SH SYNOPSIS\n"
    ".nf\n"
    "\\fBmnist\\-kernel\\fR \\fICONNECTION_FILE\\fR\n"
    "\\fBmnist\\-kernel install\\fR [\\fB\\-\\-user\\fR | \\fB\\-\\-sys\\-prefix\\fR | "
    "\\fB\\-\\-prefix\\fR \\fIDIR\\fR] [\\fB\\-\\-name\\fR \\fINAME\\fR] "
    "[\\fB\\-\\-display\\-name\\fR \\fITEXT\\fR]\n"
    "\\fBmnist\\-kernel\\fR \\fB\\-\\-version\\fR | \\fB\\-\\-help\\fR\n"
    ".fi\n"
    ".SH DESCRIPTION\n"
    "Jupyter runs the first form, which answers the messages of a notebook until Jupyter ends it.\n"
    "The second form registers the kernel with Jupyter, by a kernelspec. The commands "
    "of cells are\n"
    "described in\n"
    ".BR mnist (1).\n"
    ".SH OPTIONS\n"
    ".TP\n.B \\-\\-user\nInstall for the current user. This is the default.\n"
    ".TP\n.B \\-\\-sys\\-prefix\n"
    "Install into the Python environment in VIRTUAL_ENV or CONDA_PREFIX.\n"
    ".TP\n.BI \\-\\-prefix \" DIR\"\nInstall into DIR/share/jupyter/kernels.\n"
    ".TP\n.BI \\-\\-name \" NAME\"\nThe name of the kernelspec. Default: mnist.\n"
    ".TP\n.BI \\-\\-display\\-name \" TEXT\"\n"
    "The name that the launcher shows. Default: MNIST (C).\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B MNIST_HISTORY\nThe file of the history.\n"
    ".TP\n.B MNIST_SESSION\nThe path of the session program.\n"
    ".TP\n.BR MNIST_INTERRUPT_WAIT_MS \", \" MNIST_READY_WAIT_MS \", \" MNIST_PENDING_MAX\n"
    "Limits: the time in milliseconds that the kernel waits for an interrupted and for a starting\n"
    "session, and the maximum number of waiting requests.\n"
    ".SH SEE ALSO\n"
    ".BR mnist (1),\n"
    ".BR jupyter (1)\n";

static void put_title(FILE *file, const char *name)
{
    fprintf(file,
            ".\\\" Written by `mnist --generate`.\n"
            ".TH %s 1 \"\" \"MNIST Digit Classification %s\" \"User Commands\"\n"
            ".nh\n.ad l\n",
            name, MNIST_VERSION);
}

void generate_man(FILE *file)
{
    put_title(file, "MNIST");
    fputs(man_head, file);
    put_options(file);
    put_commands(file);
    fputs(man_tables, file);
    put_statuses(file);
    fputs(man_tail, file);
}

void generate_kernel_man(FILE *file)
{
    put_title(file, "MNIST\\-KERNEL");
    fputs(kernel_man, file);
}
