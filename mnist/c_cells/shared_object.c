/*
 * shared_object - dlopen, and the tables of a shared object that say where its calls go.
 *
 * A call from one object into another goes through a table of addresses (the global offset table), which the loader has
 * filled; its relocations tell which entry belongs to which symbol. So a function that is defined anew replaces the old one
 * for those that were compiled against it, too.
 */
#include "mnist/c_cells/shared_object.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool shared_object_load(const char *path, const char *function, void (**found)(void),
                        struct error *error)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (object == NULL) {
        const char *why = dlerror();
        const char *symbol = why != NULL ? strstr(why, "undefined symbol: ") : NULL;
        if (symbol == NULL)
            return error_set(error, ERROR_SYSTEM, "the cell cannot be loaded: %s", why);
        symbol += strlen("undefined symbol: ");
        return error_set(error, ERROR_USAGE,
                         "nothing defines %.*s, which the cell uses: write it, or name its library "
                         "(`%%%%c link=m`)",
                         (int)strcspn(symbol, "$ "), symbol);
    }
    *(void **)found = dlsym(object, function);
    return *found != NULL ||
           error_set(error, ERROR_SYSTEM, "the cell has no %s: %s", function, dlerror());
}

struct tables {
    ElfW(Addr) base;
    const ElfW(Sym) * symbols;
    const char *strings;
    const ElfW(Rela) * rela[2]; /* of data, of calls */
    size_t sizes[2];            /* bytes             */
};

/* The loader has made the addresses in an object's dynamic section whole; glibc does so on all machines but few. */
static const void *address_of(ElfW(Addr) base, ElfW(Addr) value)
{
    return (const void *)(value < base ? base + value : value);
}

static void find_tables(const struct dl_phdr_info *info, struct tables *t)
{
    const ElfW(Dyn) *dynamic = NULL;
    *t = (struct tables){.base = info->dlpi_addr};
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            dynamic = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++)
        switch (dynamic->d_tag) {
        case DT_SYMTAB: t->symbols = address_of(t->base, dynamic->d_un.d_ptr); break;
        case DT_STRTAB: t->strings = address_of(t->base, dynamic->d_un.d_ptr); break;
        case DT_RELA: t->rela[0] = address_of(t->base, dynamic->d_un.d_ptr); break;
        case DT_RELASZ: t->sizes[0] = dynamic->d_un.d_val; break;
        case DT_JMPREL: t->rela[1] = address_of(t->base, dynamic->d_un.d_ptr); break;
        case DT_PLTRELSZ: t->sizes[1] = dynamic->d_un.d_val; break;
        default: break;
        }
}

static bool is_entry(ElfW(Xword) info)
{
#if defined __x86_64__
    return ELF64_R_TYPE(info) == R_X86_64_JUMP_SLOT || ELF64_R_TYPE(info) == R_X86_64_GLOB_DAT;
#elif defined __aarch64__
    return ELF64_R_TYPE(info) == R_AARCH64_JUMP_SLOT || ELF64_R_TYPE(info) == R_AARCH64_GLOB_DAT;
#else
    (void)info;
    return false;
#endif
}

/* The entry may lie where the loader has taken the right to write away (RELRO). */
static void point(void **entry, void *to)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)entry / page * page;
    if (*entry != to && mprotect((void *)at, page, PROT_READ | PROT_WRITE) == 0)
        *entry = to;
}

struct redirecting {
    void *(*choose)(void *context, const char *path, const char *symbol, void *now);
    void *context;
};

static int redirect_in(struct dl_phdr_info *info, size_t size, void *context)
{
    const struct redirecting *r = context;
    struct tables t;
    (void)size;
    find_tables(info, &t);
    for (int table = 0; table < 2 && t.symbols != NULL && t.strings != NULL; table++)
        for (size_t i = 0; i < t.sizes[table] / sizeof(ElfW(Rela)); i++) {
            const ElfW(Rela) *entry = &t.rela[table][i];
            const char *name = t.strings + t.symbols[ELF64_R_SYM(entry->r_info)].st_name;
            void **place = (void **)(t.base + entry->r_offset), *to = NULL;
            if (is_entry(entry->r_info))
                to = r->choose(r->context, info->dlpi_name, name, *place);
            if (to != NULL)
                point(place, to);
        }
    return 0;
}

void shared_object_redirect(void *(*choose)(void *context, const char *path, const char *symbol,
                                            void *now),
                            void *context)
{
    struct redirecting r = {choose, context};
    dl_iterate_phdr(redirect_in, &r);
}

struct replacing {
    const char *folder, *symbol;
    void *function, *successor; /* function: the symbol's; older ones' entries were led to it */
};

static void *choose_successor(void *context, const char *path, const char *symbol, void *now)
{
    const struct replacing *r = context;
    bool same = strcmp(symbol, r->symbol) == 0 || (r->function != NULL && now == r->function);
    return same && strncmp(path, r->folder, strlen(r->folder)) == 0 ? r->successor : NULL;
}

bool shared_object_replace(const char *folder, const char *symbol, const char *successor)
{
    struct replacing r = {folder, symbol, dlsym(RTLD_DEFAULT, symbol),
                          dlsym(RTLD_DEFAULT, successor)};
    if (r.successor == NULL)
        return false;
    shared_object_redirect(choose_successor, &r);
    return true;
}
