/*
 * state - what a session holds, and what run functions share.
 *
 * The inside of session.h, for mnist/commands/ alone. A run function gets the session and a resolved call; it checks,
 * works into new objects, and puts them into the session only when all went well, so that a failing command loses
 * nothing. It speaks through state_output; its failure is a diagnostic that points into the cell.
 */
#ifndef MNIST_WORKSPACE_STATE_H
#define MNIST_WORKSPACE_STATE_H

#include "mnist/c_cells/cells.h"
#include "mnist/c_cells/faults/crash.h"
#include "mnist/base/clock.h"
#include "mnist/data/augment.h"
#include "mnist/data/data_loader.h"
#include "mnist/data/dataset.h"
#include "mnist/data/normalize.h"
#include "mnist/data/preprocess.h"
#include "mnist/data/split.h"
#include "mnist/language/bound_call.h"
#include "mnist/language/live_names.h"
#include "mnist/nn/engine/engine.h"
#include "mnist/nn/model/network.h"
#include "mnist/nn/train/data_source.h"
#include "mnist/nn/train/trainer.h"
#include "mnist/session.h"
#include "mnist/workspace/project_paths.h"
#include "mnist/workspace/provenance.h"
#include "plots/gnuplot.h"
#include "plots/plots.h"

enum { NAME_SIZE = 64, RECIPE_SIZE = 2048, AUGMENTATION_SIZE = 256 };

/* How pixels become a network's input. A network remembers the one it was trained with. */
struct preparation {
    struct preprocess_config config;
    struct normalization normalization;
};

/* The data: as loaded, as prepared, and who is held out. */
struct data {
    struct dataset *loaded;   /* NULL = nothing is loaded                                     */
    struct dataset *prepared; /* deskewed, cropped; the same pointer as loaded when neither   */
    struct preparation preparation;
    int validation; /* images held out */
    uint64_t split_seed;
    struct split split;
    bool chosen; /* the user said how to preprocess; if not, `train` does as it sees fit */
    struct augment_config augment;
    int clean_epochs; /* the last epochs of a training, which are not augmented */
    uint64_t version; /* changes whenever the images that training would see change        */
};

/* One epoch's figures, kept after the trainer is gone and saved with the model. */
struct training_history {
    struct epoch_record *records;
    int count;
    int planned; /* epochs that were asked for */
    int batches; /* in an epoch                */
    struct trainer_config config;
    bool
        known; /* config and progress are those of the training; false: a file without them, which only has the seed */
    struct trainer_progress progress;
    struct rate_curve rates; /* empty when not known */
};

/* The network, and how it came to be. */
struct model {
    struct network *network; /* NULL = none                          */
    char name[NAME_SIZE];
    bool trained;
    struct preparation preparation;       /* meaningful when trained             */
    struct provenance provenance;         /* the images it has learnt from         */
    char recipe[RECIPE_SIZE];             /* the commands that trained it         */
    char augmentation[AUGMENTATION_SIZE]; /* of that training; "" = not known */
    struct training_history history;
    double test_accuracy; /* of the last `evaluate`, NAN = not yet */
    /* A training that can be resumed; NULL = none. Its sources live as long. */
    struct trainer *trainer;
    struct data_loader *training_batch, *validation_batch;
    uint64_t data_version;
};

/* A network that `model NAME:` defined in this session. */
struct blueprint {
    char name[NAME_SIZE];
    char *text; /* canonical layers, a line each */
};

struct session {
    struct session_config config;
    struct project_paths places;
    struct thread_pool *pool;
    struct gnuplot *gnuplot;
    const struct engine *engine;
    struct variables *variables;
    struct live_names names;
    struct data data;
    struct model model;
    struct blueprint *blueprints;
    int blueprint_count;
    char plot_format[8];                  /* "svg", "png", "both"            */
    char plot_folder[PROJECT_PATHS_SIZE]; /* pictures are written there too; "" = nowhere */
    struct live_names
        pictures_written;  /* file names of this session, without suffix: none is written twice */
    struct output *output; /* of the running cell             */
    bool changed;
    bool exits;             /* the running cell has said `exit` */
    bool warned_checkpoint; /* said once that none can be kept */
    struct cells *cells;    /* of C; NULL until the first */
    char *c_text;           /* of the running cell; NULL: it is not one of C */
    int cell_number;
    int statement, skip;     /* of the running cell: the current one; those that are left out */
    int inside;              /* commands that a cell of C is running     */
    char c_compiler[256];    /* "cc"                               */
    uint64_t c_memory;       /* bytes that a cell of C may take    */
    int c_seconds;           /* that it may run; 0 = any           */
    char *compiler_messages; /* of a cell of C that did not compile */
    struct crash_report c_report; /* of one that was checked and failed; text NULL = none */
};

typedef bool (*command_run)(struct session *s, const struct bound_call *call,
                            struct diagnostic *diagnostic);

/* ---- what every command may need (state.c) ---- */

bool state_stopped(struct session *s);

/* Progress of a long command: put &work.watch where a watch is wanted. note and table may be changed on the way. */
struct work {
    struct progress watch;
    struct session *session;
    const char *what, *unit;
    double scale; /* units of progress per unit of the watch */
    char note[128];
    const struct table *table;
    double began_s, shown_s;
    double begun; /* done at the first tick, -1 before it */
};
void work_begin(struct work *work, struct session *s, const char *what, const char *unit);
double work_elapsed_s(const struct work *work);

/* The failure of a layer below as a diagnostic of this command. Returns false. */
bool fail(const struct bound_call *call, struct diagnostic *diagnostic, const struct error *error);

/* Settings as a session begins. */
void session_defaults(struct session *s);

/* Shows a picture (picture.c), and writes it to the plot folder if there is one; or tells why it could not be drawn.
   drawn is what the plot function returned. */
bool show_picture(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic,
                  bool drawn, struct picture *picture, const struct plot_error *error);

/* The same for one that is drawn; title: the file's name. False with error: it was shown, but not written. */
bool keep_picture(struct session *s, const char *title, struct picture *picture,
                  struct error *error);

/* 55000 -> "55,000". Returns text. */
enum { COUNT_TEXT_SIZE = 32 };
const char *count_text(char text[COUNT_TEXT_SIZE], long long count);

/* ---- the data (current_data.c) ---- */

/* Data are there, loading MNIST if nothing was. */
bool data_need(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
/* Adds to the error of a published data set ("mnist", "fashion") that could not be loaded how to get
   its files. */
void data_advise(const char *set, struct error *error);
/* Puts a data set in the place of the old one, with nothing preprocessed; consumed. */
void data_replace(struct session *s, struct dataset *dataset);
/* New preprocessing of the loaded data: all made first, then put in place. report may be NULL. */
bool data_prepare(struct session *s, const struct preprocess_config *config, int validation,
                  uint64_t seed, struct preprocess_report *report, struct progress *watch,
                  struct error *error);
/* The same into *data, and the session keeps its own. Where the one is taken, data_release_other frees what only the
   other has. */
bool data_prepare_beside(struct session *s, const struct preprocess_config *config, int validation,
                         uint64_t seed, struct data *data, struct preprocess_report *report,
                         struct progress *watch, struct error *error);
void data_release_other(struct data *data, const struct data *kept);
void data_release(struct data *data);

/* "train", "validation" or "test" images of the prepared data. */
struct selection {
    const char *name;
    const struct dataset_part *part;
    const uint32_t *items; /* [count] indices into part; NULL = all of it in order */
    int count;
};
bool data_select(struct session *s, const struct bound_call *call, const char *parameter,
                 struct selection *selection, struct diagnostic *diagnostic);
/* The image that the parameter "index" names, or a diagnostic that says how many there are. */
bool pick_image(const struct bound_call *call, const struct selection *selection, int *index,
                struct diagnostic *diagnostic);
/* "training", "validation", "test". */
const char *selection_noun(const struct selection *selection);
/* Where image `index` of the selection lies in its part. */
int selection_index(const struct selection *selection, int index);
/* The pixels and label of image `index`, prepared. */
const uint8_t *selection_image(const struct session *s, const struct selection *selection,
                               int index);
int selection_label(const struct selection *selection, int index);
/* A batch source over the selection, for evaluation. NULL with error. */
struct data_loader *selection_batch(const struct session *s, const struct selection *selection,
                                    const struct normalization *normalization, struct error *error);
struct data_source data_loader_source(struct data_loader *batch);
/* Class names as an array for plots. */
void class_names(const struct session *s, const char *names[DATASET_CLASSES]);
/* "rotate=15 shift=3 scale=0.15 shear=10 elastic=0", with " stretch=0.1" and " clean=4" where there are clean epochs, or
   "none". Returns text. */
const char *augmentation_text(char *text, size_t size, const struct augment_config *config,
                              int clean_epochs);
/* Adds the registered augmentation of this name behind the others; a diagnostic points at the parameter. */
bool augmentation_add(const struct session *s, struct augment_config *config,
                      const struct bound_call *call, const char *parameter, const char *name,
                      struct diagnostic *diagnostic);
/* "deskew crop=24 normalize", or "nothing". Returns text. */
const char *preparation_text(char *text, size_t size, const struct preprocess_config *config);

/* ---- the model (current_model.c) ---- */

/* The images as they are prepared now are of the shape that the network takes. If not, error says what
   to do. */
__attribute__((warn_unused_result)) bool model_check_images(const struct session *s,
                                                            const struct model *model,
                                                            struct error *error);
/* A trained network that fits the data as they are prepared now. */
bool model_need_trained(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic);
/* What a training would learn from now. */
struct training_images data_training_images(const struct session *s);
/* Warns on stderr if the loaded data are not those that the model was trained on. name is what the
   user calls the model. */
void model_warn_data(struct session *s, const struct model *model, const char *name);
/* Warns on stderr if figures of the model on these images say less than they seem to: because of
   the data, or because validation images were training images of the model. */
void model_warn_figures(struct session *s, const struct model *model, const char *name,
                        const struct selection *selection);
/* A network of any kind. */
bool model_need(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
/* Puts an untrained network in the place of the old one; consumed. */
void model_replace(struct session *s, struct network *network, const char *name);
void model_release(struct model *model);
void model_drop_trainer(struct model *model);
void history_release(struct training_history *history);
/* Adds saved models to the session's names. */
void model_names(struct session *s);

/* ---- networks as text (architecture.c) ---- */

/* The built-in text of a network ("lenet"), or NULL. */
const char *architecture_builtin(const char *name);
extern const char *const architecture_default;
/* The text of a network that this session has defined, or else of a built-in one; NULL = neither. Borrowed. */
const char *architecture_named(const struct session *s, const char *name);
/* Layers of a block that a cell held; specs [NETWORK_LAYERS_MAX]. */
bool architecture_of_block(const struct bound_call *call, struct layer_spec *specs, int *count,
                           struct diagnostic *diagnostic);
/* Layers of a text: one a line, as network_text writes them. error.line says which. */
bool architecture_parse(const char *text, struct layer_spec *specs, int *count,
                        struct error *error);
/* A network of the text for the data as they are prepared. NULL with error. */
struct network *architecture_build(struct session *s, const char *text, uint64_t seed,
                                   struct error *error);

/* ---- run functions, one file a family ---- */

bool run_load(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_explore(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_explore_samples(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic);
bool run_explore_image(struct session *s, const struct bound_call *call,
                       struct diagnostic *diagnostic);
bool run_explore_classes(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic);
bool run_explore_pixels(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic);
bool run_explore_mean(struct session *s, const struct bound_call *call,
                      struct diagnostic *diagnostic);
bool run_explore_pca(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic);
bool run_explore_outliers(struct session *s, const struct bound_call *call,
                          struct diagnostic *diagnostic);
bool run_explore_duplicates(struct session *s, const struct bound_call *call,
                            struct diagnostic *diagnostic);
bool run_preprocess(struct session *s, const struct bound_call *call,
                    struct diagnostic *diagnostic);
bool run_preprocess_show(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic);
bool run_preprocess_reset(struct session *s, const struct bound_call *call,
                          struct diagnostic *diagnostic);
bool run_augment(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_augment_show(struct session *s, const struct bound_call *call,
                      struct diagnostic *diagnostic);
bool run_augment_off(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic);
bool run_model(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_model_summary(struct session *s, const struct bound_call *call,
                       struct diagnostic *diagnostic);
bool run_model_save(struct session *s, const struct bound_call *call,
                    struct diagnostic *diagnostic);
bool run_model_load(struct session *s, const struct bound_call *call,
                    struct diagnostic *diagnostic);
bool run_model_list(struct session *s, const struct bound_call *call,
                    struct diagnostic *diagnostic);
bool run_train(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_evaluate(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_evaluate_confusion(struct session *s, const struct bound_call *call,
                            struct diagnostic *diagnostic);
bool run_evaluate_errors(struct session *s, const struct bound_call *call,
                         struct diagnostic *diagnostic);
bool run_evaluate_ensemble(struct session *s, const struct bound_call *call,
                           struct diagnostic *diagnostic);
bool run_predict(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_plot_loss(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_plot_accuracy(struct session *s, const struct bound_call *call,
                       struct diagnostic *diagnostic);
bool run_plot_rate(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_plot_filters(struct session *s, const struct bound_call *call,
                      struct diagnostic *diagnostic);
bool run_plot_activations(struct session *s, const struct bound_call *call,
                          struct diagnostic *diagnostic);
bool run_info(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_set(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_print(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_warn(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_ask(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_clear(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_time(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_bench(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_help(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_reset(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_version(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_exit(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_c(struct session *s, const struct bound_call *call, struct diagnostic *diagnostic);
bool run_check_gradient(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic);
/* A command that a cell of C has registered. */
bool run_plugin_command(struct session *s, const struct bound_call *call,
                        struct diagnostic *diagnostic);

/* Commands that a cell of C runs, with that cell's outputs. */
void session_run_inside(struct session *s, const char *commands, struct session_report *report);

/* Runs a command with the saved network of its `model` in place of the session's, and with images prepared as that was
   trained (model_commands.c); afterwards the session has its own again. */
bool run_named(struct session *s, const struct bound_call *call, command_run run,
               struct diagnostic *diagnostic);

/* Runs a resolved call: command_table.c's table. */
bool command_execute(struct session *s, const struct bound_call *call,
                     struct diagnostic *diagnostic);

#endif
