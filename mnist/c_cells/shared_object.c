/*
 * shared_object - dlopen(3), and changes of the global offset table.
 *
 * A call from one object into another reads its target from the global offset table (GOT), which
 * the loader has filled; the object's relocations map each table entry to a symbol. To replace a
 * function, redirect_in visits the relocations of all loaded objects and overwrites the GOT entries
 * of its symbol.
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
                         "the cell uses %.*s, which is not defined: define it, or name its library "
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
    const ElfW(Rela) * rela[2]; /* relocations of data, of calls */
    size_t sizes[2];            /* in bytes                      */
};

/* The absolute address: glibc relocates the dynamic section in place on most architectures, not on
   all. */
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

/* A relocation that fills a GOT entry. */
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

/* The entry may be in memory that the loader has write-protected (RELRO). */
static void set_entry(void **entry, void *to)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)entry / page * page;
    if (*entry != to && mprotect((void *)at, page, PROT_READ | PROT_WRITE) == 0)
        *entry = to;
}

struct redirection {
    void *(*choose)(void *context, const char *path, const char *symbol, void *now);
    void *context;
};

static int redirect_in(struct dl_phdr_info *info, size_t size, void *context)
{
    const struct redirection *r = context;
    struct tables t;
    (void)size;
    find_tables(info, &t);
    for (int table = 0; table < 2 && t.symbols != NULL && t.strings != NULL; table++)
        for (size_t i = 0; i < t.sizes[table] / sizeof(ElfW(Rela)); i++) {
            const ElfW(Rela) *entry = &t.rela[table][i];
            const char *name = t.strings + t.symbols[ELF64_R_SYM(entry->r_info)].st_name;
            void **target = (void **)(t.base + entry->r_offset), *to = NULL;
            if (is_entry(entry->r_info))
                to = r->choose(r->context, info->dlpi_name, name, *target);
            if (to != NULL)
                set_entry(target, to);
        }
    return 0;
}

void shared_object_redirect(void *(*choose)(void *context, const char *path, const char *symbol,
                                            void *now),
                            void *context)
{
    struct redirection r = {choose, context};
    dl_iterate_phdr(redirect_in, &r);
}

struct replacement {
    const char *folder, *symbol;
    void *function, *successor; /* function: the present target of the symbol's entries */
};

static void *choose_successor(void *context, const char *path, const char *symbol, void *now)
{
    const struct replacement *r = context;
    bool same = strcmp(symbol, r->symbol) == 0 || (r->function != NULL && now == r->function);
    return same && strncmp(path, r->folder, strlen(r->folder)) == 0 ? r->successor : NULL;
}

bool shared_object_replace(const char *folder, const char *symbol, const char *successor)
{
    struct replacement r = {folder, symbol, dlsym(RTLD_DEFAULT, symbol),
                            dlsym(RTLD_DEFAULT, successor)};
    if (r.successor == NULL)
        return false;
    shared_object_redirect(choose_successor, &r);
    return true;
}
