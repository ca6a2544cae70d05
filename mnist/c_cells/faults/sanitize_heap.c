/*
 * sanitize_heap - redirects calls in the global offset tables of all loaded objects
 * (shared_object.h).
 */
#include "mnist/c_cells/faults/sanitize_heap.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/c_cells/shared_object.h"

enum { REGIONS_MAX = 4096, KIND_SIZE = 16, MAPS_LINE_SIZE = 512 };

struct region {
    char *begin;
    size_t size;
};

/* Functions of the C library and of the sanitizer, by their names. */
static struct {
    void (*free)(void *block);
    void *(*realloc)(void *block, size_t size);
    void *(*reallocarray)(void *block, size_t count, size_t size);
    size_t (*malloc_usable_size)(void *block);
} plain, checked;

static struct {
    int (*is_poisoned)(const volatile void *address);
    const char *(*locate)(void *address, char *name, size_t name_size, void **region,
                          size_t *region_size);
    void (*add_root)(const void *begin, size_t size);
    int (*find_leaks)(void);
} runtime;

static struct region regions[REGIONS_MAX];
static int region_count;

/* ---- the owner of a block ---- */

/* True for a block of the C library. A block of the sanitizer has poisoned bytes before it, and
   inside it if it is freed. An address inside a block is an error of the cell, which the sanitizer
   must report: locate finds the block of such an address. */
static bool is_plain(void *block)
{
    char name[KIND_SIZE];
    void *region;
    size_t size;
    if (block == NULL || runtime.is_poisoned(block) || runtime.is_poisoned((char *)block - 1))
        return false;
    const char *kind = runtime.locate(block, name, sizeof name, &region, &size);
    return strcmp(kind, "heap") != 0 && strcmp(kind, "stack") != 0 && strcmp(kind, "global") != 0;
}

static void free_any(void *block)
{
    if (is_plain(block))
        plain.free(block);
    else
        checked.free(block);
}

static void *realloc_any(void *block, size_t size)
{
    return is_plain(block) ? plain.realloc(block, size) : checked.realloc(block, size);
}

static void *reallocarray_any(void *block, size_t count, size_t size)
{
    return is_plain(block) ? plain.reallocarray(block, count, size)
                           : checked.reallocarray(block, count, size);
}

static size_t usable_size_any(void *block)
{
    return is_plain(block) ? plain.malloc_usable_size(block) : checked.malloc_usable_size(block);
}

/* ---- redirected calls ---- */

struct heap_join {
    const char *object, *folder, *sanitizer, *library; /* files */
    void *handle;
};

/* The replacement of a function that takes a block; NULL = it takes none. */
static void *replacement_of(const char *symbol)
{
    return strcmp(symbol, "free") == 0                 ? (void *)(uintptr_t)free_any
           : strcmp(symbol, "realloc") == 0            ? (void *)(uintptr_t)realloc_any
           : strcmp(symbol, "reallocarray") == 0       ? (void *)(uintptr_t)reallocarray_any
           : strcmp(symbol, "malloc_usable_size") == 0 ? (void *)(uintptr_t)usable_size_any
                                                       : NULL;
}

static bool allocates(const char *symbol)
{
    static const char *const names[] = {"malloc",        "calloc", "memalign", "posix_memalign",
                                        "aligned_alloc", "valloc", "pvalloc"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(symbol, names[i]) == 0)
            return true;
    return false;
}

static const char *file_of(void *function)
{
    Dl_info info;
    return function != NULL && dladdr(function, &info) != 0 ? info.dli_fname : "";
}

/* The sanitizer's function of this name; NULL = it has none. */
static void *checked_function(const struct heap_join *j, const char *symbol)
{
    void *function = dlsym(j->handle, symbol);
    return strcmp(file_of(function), j->sanitizer) == 0 ? function : NULL;
}

/* The checked cell calls all functions that the sanitizer intercepts (memcpy, printf,
   pthread_create...); earlier cells and the C library call its allocators; all objects call the
   replacements above. */
static void *choose(void *context, const char *path, const char *symbol, void *now)
{
    (void)now;
    const struct heap_join *j = context;
    if (strcmp(path, j->sanitizer) == 0)
        return NULL;
    void *function = replacement_of(symbol);
    if (function != NULL)
        return function;
    if (strcmp(path, j->object) == 0)
        return checked_function(j, symbol);
    bool joins = strncmp(path, j->folder, strlen(j->folder)) == 0 || strcmp(path, j->library) == 0;
    return joins && allocates(symbol) ? checked_function(j, symbol) : NULL;
}

static bool find_functions(const struct heap_join *j)
{
    *(void **)&plain.free = dlsym(RTLD_DEFAULT, "free");
    *(void **)&plain.realloc = dlsym(RTLD_DEFAULT, "realloc");
    *(void **)&plain.reallocarray = dlsym(RTLD_DEFAULT, "reallocarray");
    *(void **)&plain.malloc_usable_size = dlsym(RTLD_DEFAULT, "malloc_usable_size");
    *(void **)&checked.free = checked_function(j, "free");
    *(void **)&checked.realloc = checked_function(j, "realloc");
    *(void **)&checked.reallocarray = checked_function(j, "reallocarray");
    *(void **)&checked.malloc_usable_size = checked_function(j, "malloc_usable_size");
    *(void **)&runtime.is_poisoned = dlsym(j->handle, "__asan_address_is_poisoned");
    *(void **)&runtime.locate = dlsym(j->handle, "__asan_locate_address");
    *(void **)&runtime.add_root = dlsym(j->handle, "__lsan_register_root_region");
    *(void **)&runtime.find_leaks = dlsym(j->handle, "__lsan_do_recoverable_leak_check");
    if (checked.reallocarray == NULL)
        checked.reallocarray = plain.reallocarray; /* it calls realloc */
    return checked.free != NULL && checked.realloc != NULL && checked.malloc_usable_size != NULL &&
           runtime.is_poisoned != NULL && runtime.locate != NULL;
}

/* gcc's undefined-behaviour sanitizer is a separate library with its own log, but the log_path in
   its settings sets that of the address sanitizer. So its path is set by a call. */
static void name_log(const struct heap_join *j)
{
    char path[MAPS_LINE_SIZE];
    const char *library = file_of(dlsym(j->handle, "__ubsan_handle_add_overflow"));
    void *handle = library[0] != '\0' ? dlopen(library, RTLD_NOW | RTLD_NOLOAD) : NULL;
    void (*name)(const char *path) = NULL;
    if (handle != NULL)
        *(void **)&name = dlsym(handle, "__sanitizer_set_report_path");
    snprintf(path, sizeof path, "%s.ubsan", j->object);
    if (name != NULL)
        name(path);
}

bool sanitize_heap_join(const char *object, const char *folder, struct error *error)
{
    struct heap_join j = {.object = object, .folder = folder};
    j.handle = dlopen(object, RTLD_NOW | RTLD_NOLOAD);
    void *init = j.handle != NULL ? dlsym(j.handle, "__asan_init") : NULL;
    j.sanitizer = file_of(init);
    j.library = file_of(dlsym(RTLD_DEFAULT, "getline"));
    if (init == NULL || !find_functions(&j))
        return error_set(
            error, ERROR_SYSTEM,
            "the compiler's AddressSanitizer lacks functions that a checked cell needs: choose "
            "another compiler with `set c.compiler=`");
    name_log(&j);
    shared_object_redirect(choose, &j);
    return true;
}

/* ---- leaks ---- */

/* Adds a writable region without a file: heaps, stacks of threads, anonymous mappings. */
static void note_region(const char *line)
{
    unsigned long long begin, end, inode;
    char rights[8] = "";
    int name = 0;
    if (region_count == REGIONS_MAX ||
        sscanf(line, "%llx-%llx %7s %*s %*s %llu %n", &begin, &end, rights, &inode, &name) != 4)
        return;
    bool is_stack = strstr(line + name, "[stack]") != NULL;
    if (rights[0] == 'r' && rights[1] == 'w' && inode == 0 && !is_stack)
        regions[region_count++] = (struct region){(char *)(uintptr_t)begin, (size_t)(end - begin)};
}

void sanitize_heap_begin(void)
{
    char line[MAPS_LINE_SIZE];
    FILE *maps = fopen("/proc/self/maps", "r");
    region_count = 0;
    mallopt(M_MMAP_MAX, 0); /* later allocations of the program are in the heap, a known region */
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
        note_region(line);
    if (maps != NULL)
        fclose(maps);
}

void sanitize_heap_find_leaks(void)
{
    if (runtime.add_root == NULL || runtime.find_leaks == NULL)
        return;
    for (int i = 0; i < region_count; i++)
        runtime.add_root(regions[i].begin, regions[i].size);
    runtime.find_leaks();
}
