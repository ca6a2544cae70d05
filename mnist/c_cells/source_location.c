/*
 * source_location - reads line numbers and inlined calls with libdwfl (elfutils).
 *
 * An address in inlined code has several locations: the line of the instruction, then, for each
 * inlined function around it, the line of its call (DW_AT_call_line), out to the function with a
 * stack frame.
 */
#include "mnist/c_cells/source_location.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>

#include "mnist/base/utf8.h"
#include "mnist/c_cells/translation_unit.h"

enum { LINE_SIZE = 256 };

static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
                                         .find_debuginfo = dwfl_standard_find_debuginfo,
                                         .section_address = dwfl_offline_section_address};

/* "" for the function that contains a cell's statements. */
static void set_name(struct source_location *location, const char *name)
{
    if (strncmp(name, TRANSLATION_UNIT_ENTRY, strlen(TRANSLATION_UNIT_ENTRY)) == 0)
        name = "";
    if (strcmp(name, "mnist_main_") == 0)
        name = "main";
    snprintf(location->function, sizeof location->function, "%s", name);
}

static void set_file(struct source_location *location, const char *file)
{
    const char *base = file != NULL ? strrchr(file, '/') : NULL;
    snprintf(location->file, sizeof location->file, "%s",
             base != NULL   ? base + 1
             : file != NULL ? file
                            : "");
}

/* File and line of the call that was inlined. */
static void set_call(struct source_location *location, Dwarf_Die *unit, Dwarf_Die *inlined)
{
    Dwarf_Attribute attribute;
    Dwarf_Word line, number;
    Dwarf_Files *files;
    size_t count;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) == 0)
        location->line = (int)line;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &number) == 0 &&
        dwarf_getsrcfiles(unit, &files, &count) == 0 && number < count)
        set_file(location, dwarf_filesrc(files, number, NULL, NULL));
}

/* The functions at the address, from the innermost inlined one to the one with a stack frame.
   Returns their number. */
static int find_functions(struct source_location *locations, Dwarf_Die *unit, Dwarf_Addr address)
{
    Dwarf_Die *innermost = NULL, *scopes = NULL;
    int count = unit != NULL ? dwarf_getscopes(unit, address, &innermost) : 0, found = 0;
    /* dwarf_getscopes continues from an inlined function to its definition; this one to its caller
       */
    if (count > 0)
        count = dwarf_getscopes_die(&innermost[0], &scopes);
    free(innermost);
    for (int i = 0; i < count && found < SOURCE_LOCATIONS_MAX; i++) {
        int tag = dwarf_tag(&scopes[i]);
        const char *name = dwarf_diename(&scopes[i]);
        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
            continue;
        set_name(&locations[found], name != NULL ? name : "");
        found++;
        if (tag == DW_TAG_subprogram || found == SOURCE_LOCATIONS_MAX)
            break;
        locations[found] = locations[found - 1];
        set_call(&locations[found], unit, &scopes[i]);
    }
    free(scopes);
    return found;
}

/* The compilation unit of the address; NULL = none. A linear search, because clang writes no index
   (.debug_aranges). */
static Dwarf_Die *find_unit(Dwfl_Module *module, Dwarf_Addr address, Dwarf_Addr *bias)
{
    Dwarf_Die *unit = NULL;
    while ((unit = dwfl_module_nextcu(module, unit, bias)) != NULL)
        if (dwarf_haspc(unit, address - *bias) > 0)
            return unit;
    return NULL;
}

/* The locations of an address in the module; 0 = not in a cell. */
static int look_up(struct source_location *locations, Dwfl_Module *module, Dwarf_Addr address)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = find_unit(module, address, &bias);
    Dwarf_Line *line = unit != NULL ? dwarf_getsrc_die(unit, address - bias) : NULL;
    if (line == NULL)
        return 0;
    set_file(&locations[0], dwarf_linesrc(line, NULL, NULL));
    dwarf_lineno(line, &locations[0].line);
    int count = find_functions(locations, unit, address - bias);
    return strncmp(locations[0].file, "cell", 4) == 0 ? count : 0;
}

int source_location_look_up(struct source_location locations[SOURCE_LOCATIONS_MAX],
                            const char *object, uint64_t offset)
{
    Dwfl *dwfl = dwfl_begin(&callbacks);
    Dwfl_Module *module = dwfl != NULL ? dwfl_report_offline(dwfl, "", object, -1) : NULL;
    Dwarf_Addr start;
    int count = 0;
    locations[0] = (struct source_location){.line = 0};
    snprintf(locations[0].object, sizeof locations[0].object, "%s", object);
    if (module != NULL && dwfl_report_end(dwfl, NULL, NULL) == 0) {
        dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
        count = look_up(locations, module, start + offset);
    }
    dwfl_end(dwfl);
    return count;
}

/* The text of the line without its indentation; "" if it cannot be read. */
static void text_of(const struct source_location *location, char text[LINE_SIZE])
{
    char path[SOURCE_LOCATION_PATH_SIZE + SOURCE_LOCATION_NAME_SIZE], *line = NULL;
    size_t capacity = 0;
    ssize_t size = -1;
    const char *slash = strrchr(location->object, '/');
    snprintf(path, sizeof path, "%.*s/%s", slash != NULL ? (int)(slash - location->object) : 0,
             location->object, location->file);
    FILE *file = fopen(path, "r");
    text[0] = '\0';
    for (int i = 0; file != NULL && i < location->line; i++)
        size = getline(&line, &capacity, file);
    if (file != NULL)
        fclose(file);
    if (size > 0) {
        const char *begin = line + strspn(line, " \t");
        utf8_copy(text, LINE_SIZE, begin, strcspn(begin, "\r\n"));
    }
    free(line);
}

void source_location_put(FILE *to, const struct source_location *location)
{
    char text[LINE_SIZE];
    text_of(location, text);
    fprintf(to, "  %s, line %d", location->file, location->line);
    if (location->function[0] != '\0')
        fprintf(to, ", in %s", location->function);
    fprintf(to, ":\n      %s\n", text);
}
