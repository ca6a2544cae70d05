/*
 * session_fixture - a session with a small data set in a temporary home (see session_fixture.h).
 */
#include "tests/unit/mnist/commands/session_fixture.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

char home[64];

const char *const small_net =
    "model tiny:\n    conv 4 5x5\n    batchnorm\n    relu\n    maxpool 2\n    dense 10\n";

static bool stop(void *context)
{
    struct fixture *fixture = context;
    if (fixture->calls_until_stop < 0)
        return false;
    if (fixture->calls_until_stop > 0)
        fixture->calls_until_stop--;
    return fixture->calls_until_stop == 0;
}

static void write_small_set(void)
{
    char path[512];
    struct error error;
    struct dataset *mnist = dataset_load("data/raw", DATASET_MNIST, NULL, &error);
    if (mnist == NULL)
        fail_msg("%s", error.text);
    snprintf(path, sizeof path, "%s/small", home);
    mkdir(path, 0777);
    const struct {
        const char *name;
        const struct dataset_part *part;
        int count;
    } parts[] = {{"train", &mnist->train, TRAIN}, {"t10k", &mnist->test, TEST}};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/small/%s-images-idx3-ubyte", home, parts[i].name);
        assert_true(idx_write_images(path, parts[i].part->images, parts[i].count, 28, 28, &error));
        snprintf(path, sizeof path, "%s/small/%s-labels-idx1-ubyte", home, parts[i].name);
        assert_true(idx_write_labels(path, parts[i].part->labels, parts[i].count, &error));
    }
    dataset_free(&mnist);
}

int make_home(void **state)
{
    (void)state;
    snprintf(home, sizeof home, "/tmp/mnist-test-XXXXXX");
    if (mkdtemp(home) == NULL)
        return 1;
    setenv("MNIST_HOME", home, 1);
    setenv("MNIST_MIRROR", "http://127.0.0.1:9/", 1); /* no downloads */
    write_small_set();
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

int remove_home(void **state)
{
    (void)state;
    return nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int setup(void **state)
{
    static struct fixture fixture;
    struct error error;
    fixture = (struct fixture){.calls_until_stop = -1};
    const struct session_config config = {
        .executable = "build/release/mnist", .stop = stop, .stop_context = &fixture};
    memory_output_init(&fixture.memory);
    fixture.session = session_new(&config, &error);
    *state = &fixture;
    return fixture.session == NULL;
}

int teardown(void **state)
{
    struct fixture *fixture = *state;
    session_report_release(&fixture->report);
    session_free(&fixture->session);
    memory_output_release(&fixture->memory);
    return 0;
}

void run(struct fixture *f, const char *cell)
{
    memory_output_forget(&f->memory);
    session_report_release(&f->report);
    session_run(f->session, 0, cell, &f->memory.output, &f->report);
}

void run_ok(struct fixture *f, const char *cell)
{
    run(f, cell);
    if (f->report.status != SESSION_OK)
        fail_msg("%s\nfailed: %s", cell, f->report.detail);
}

void run_fails(struct fixture *f, const char *cell, const char *name, const char *text)
{
    run(f, cell);
    assert_int_equal(f->report.status, SESSION_FAILED);
    assert_string_equal(f->report.name, name);
    if (strstr(f->report.detail, text) == NULL)
        fail_msg("%s\nsays:\n%s\nnot: %s", cell, f->report.detail, text);
}

void said(const struct fixture *f, const char *text)
{
    if (strstr(f->memory.text, text) == NULL)
        fail_msg("wanted: %s\ncame:\n%s", text, f->memory.text);
}

void not_said(const struct fixture *f, const char *text)
{
    if (strstr(f->memory.text, text) != NULL)
        fail_msg("not wanted: %s\ncame:\n%s", text, f->memory.text);
}

void load_small(struct fixture *f)
{
    char cell[300];
    snprintf(cell, sizeof cell, "load %s/small\npreprocess normalize validation=200 seed=1", home);
    run_ok(f, cell);
}

uint64_t hash_of(const struct fixture *f)
{
    return network_hash(f->session->model.network);
}

const struct epoch_record *epoch_record_at(const struct fixture *f, int epoch)
{
    assert_true(epoch >= 1 && epoch <= f->session->model.history.count);
    return &f->session->model.history.records[epoch - 1];
}

int best_epoch(const struct fixture *f)
{
    int best = 1;
    for (int i = 2; i <= f->session->model.history.count; i++)
        if (epoch_record_at(f, i)->validation_loss < epoch_record_at(f, best)->validation_loss)
            best = i;
    return best;
}

double variable(const struct fixture *f, const char *name)
{
    const struct value *value = variables_get(f->session->variables, name);
    if (value == NULL)
        fail_msg("there is no $%s", name);
    return value->number;
}
