/*
 * train_report - the messages and variables at the end of a training: the epoch whose weights are
 * kept, and a warning if the network does not predict better than guessing.
 *
 * All of them describe the weights that are kept: with patience those of the best epoch, else those
 * of the last.
 */
#include "mnist/commands/train.h"
#include "mnist/workspace/session_state.h"

#include <math.h>

/* A network has not learnt anything if the last epoch looks like guessing: its accuracy is below
   guess_accuracy times 1 / classes, and its loss is not below ln(classes) by more than guess_loss.
   The validation loss is measured at the end of the epoch. The training loss is a mean over the
   epoch, first steps included, so without validation images it must also be close to ln(classes).
   (Networks with dead ReLUs end within 0.1 % of ln(classes).) There is no warning after fewer than
   GUESS_STEPS steps, or if the loss fell by more than guess_fall in the last epoch. */
enum { GUESS_STEPS = 200 };
static const double guess_accuracy = 1.5, guess_loss = 0.015, guess_near = 0.05, guess_fall = 0.01;

static bool is_guessing(const struct epoch_record *record, double classes)
{
    double guess = log(classes), loss = (double)record->train_loss;
    bool validates = isfinite(record->validation_loss);
    if ((double)record->train_accuracy * classes >= guess_accuracy ||
        loss < (1 - guess_loss) * guess)
        return false;
    return validates ? (double)record->validation_accuracy * classes < guess_accuracy &&
                           (double)record->validation_loss >= (1 - guess_loss) * guess
                     : loss <= (1 + guess_near) * guess;
}

static bool learnt_nothing(const struct model *model)
{
    int count;
    const struct epoch_record *records = trainer_history(model->trainer, &count);
    const struct epoch_record *last = &records[count > 0 ? count - 1 : 0];
    if (count == 0 || trainer_config(model->trainer)->plugin_loss != NULL ||
        last->step < GUESS_STEPS)
        return false;
    bool falls =
        count > 1 && (double)last->train_loss < (1 - guess_fall) * (double)last[-1].train_loss;
    return !falls && is_guessing(last, network_classes(model->network));
}

static bool has_batchnorm(const struct network *network)
{
    for (int i = 0; i < network_layer_count(network); i++)
        if (layer_is(network_layer(network, i), &layer_batchnorm))
            return true;
    return false;
}

static void warn_learnt_nothing(struct session *s, const struct model *model)
{
    int count, classes = network_classes(model->network);
    const struct epoch_record *records = trainer_history(model->trainer, &count);
    const struct trainer_config *config = trainer_config(model->trainer);
    double rate = (double)config->rate, typical = config->optimizer == OPTIMIZER_SGD ? 0.01 : 0.001;
    bool normalized = model->preparation.config.normalize;
    output_print(
        s->output, OUTPUT_STDERR,
        "the network has not learnt anything: its loss is %.4f, and the loss of guessing among %d "
        "classes is ln(%d) = %.4f. Try %s rate, such as rate=%g%s%s\n",
        (double)records[count - 1].train_loss, classes, classes, log((double)classes),
        rate < typical ? "a higher" : "a lower", rate < typical ? typical : rate / 10,
        normalized ? "" : ", or `preprocess normalize`",
        has_batchnorm(model->network) ? "" : ", or a batchnorm after each conv and dense layer");
}

static void print_kept(struct session *s, const struct trainer *trainer)
{
    const struct epoch_record *kept = trainer_kept(trainer);
    const struct trainer_config *config = trainer_config(trainer);
    if (config->patience == 0 || kept == NULL)
        return;
    if (trainer_stopped_early(trainer))
        output_print(
            s->output, OUTPUT_STDOUT,
            "stopped early: the %s loss has not improved for %d epoch%s; the weights of epoch %d, "
            "the best, are kept\n",
            isfinite(kept->validation_loss) ? "validation" : "training", config->patience,
            config->patience > 1 ? "s" : "", kept->epoch);
    else
        output_print(s->output, OUTPUT_STDOUT, "the weights of epoch %d, the best, are kept\n",
                     kept->epoch);
}

void train_report(struct session *s, const struct model *model)
{
    print_kept(s, model->trainer);
    if (learnt_nothing(model))
        warn_learnt_nothing(s, model);
}

static void set_or_remove(struct session *s, const char *name, float value)
{
    if (isfinite(value))
        variables_set_number(s->variables, name, (double)value);
    else
        variables_remove(s->variables, name);
}

void train_set_variables(struct session *s, const struct model *model)
{
    static const struct epoch_record none = {
        .train_loss = NAN, .validation_loss = NAN, .validation_accuracy = NAN};
    const struct epoch_record *kept = trainer_kept(model->trainer);
    kept = kept != NULL ? kept : &none;
    set_or_remove(s, "loss", kept->train_loss);
    set_or_remove(s, "validation_loss", kept->validation_loss);
    set_or_remove(s, "validation_accuracy", kept->validation_accuracy);
}
