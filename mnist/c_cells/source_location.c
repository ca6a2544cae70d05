/*
 * source_location - DWARF (elfutils' libdwfl), and the files that hold the cells' texts.
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

/* "" for the function that holds a cell's statements. */
static void take_name(struct source_location *place, const char *name)
{
    if (strncmp(name, TRANSLATION_UNIT_ENTRY, strlen(TRANSLATION_UNIT_ENTRY)) == 0)
        name = "";
    if (strcmp(name, "mnist_main_") == 0)
        name = "main";
    snprintf(place->function, sizeof place->function, "%s", name);
}

static void take_file(struct source_location *place, const char *file)
{
    const char *base = file != NULL ? strrchr(file, '/') : NULL;
    snprintf(place->file, sizeof place->file, "%s",
             base != NULL   ? base + 1
             : file != NULL ? file
                            : "");
}

/* Where in the source the call stands that was inlined here. */
static void take_call(struct source_location *place, Dwarf_Die *unit, Dwarf_Die *inlined)
{
    Dwarf_Attribute attribute;
    Dwarf_Word line, number;
    Dwarf_Files *files;
    size_t count;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) == 0)
        place->line = (int)line;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &number) == 0 &&
        dwarf_getsrcfiles(unit, &files, &count) == 0 && number < count)
        take_file(place, dwarf_filesrc(files, number, NULL, NULL));
}

/* The functions that the address is in, from the innermost inlined one to the one that has a frame. Returns how many. */
static int take_functions(struct source_location *places, Dwarf_Die *unit, Dwarf_Addr address)
{
    Dwarf_Die *innermost = NULL, *scopes = NULL;
    int count = unit != NULL ? dwarf_getscopes(unit, address, &innermost) : 0, found = 0;
    if (count >
        0) /* its own chain leads from an inlined function to where that was written, not to its caller */
        count = dwarf_getscopes_die(&innermost[0], &scopes);
    free(innermost);
    for (int i = 0; i < count && found < SOURCE_LOCATIONS_MAX; i++) {
        int tag = dwarf_tag(&scopes[i]);
        const char *name = dwarf_diename(&scopes[i]);
        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
            continue;
        take_name(&places[found], name != NULL ? name : "");
        found++;
        if (tag == DW_TAG_subprogram || found == SOURCE_LOCATIONS_MAX)
            break;
        places[found] = places[found - 1];
        take_call(&places[found], unit, &scopes[i]);
    }
    free(scopes);
    return found;
}

/* The unit that the address is in; NULL = none. One after the other: clang writes no table of them (.debug_aranges). */
static Dwarf_Die *find_unit(Dwfl_Module *module, Dwarf_Addr address, Dwarf_Addr *bias)
{
    Dwarf_Die *unit = NULL;
    while ((unit = dwfl_module_nextcu(module, unit, bias)) != NULL)
        if (dwarf_haspc(unit, address - *bias) > 0)
            return unit;
    return NULL;
}

/* The places of an address in the module; 0 = none is a cell's. */
static int look_up(struct source_location *places, Dwfl_Module *module, Dwarf_Addr address)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = find_unit(module, address, &bias);
    Dwarf_Line *line = unit != NULL ? dwarf_getsrc_die(unit, address - bias) : NULL;
    if (line == NULL)
        return 0;
    take_file(&places[0], dwarf_linesrc(line, NULL, NULL));
    dwarf_lineno(line, &places[0].line);
    int count = take_functions(places, unit, address - bias);
    return strncmp(places[0].file, "cell", 4) == 0 ? count : 0;
}

int source_location_look_up(struct source_location places[SOURCE_LOCATIONS_MAX], const char *object,
                            uint64_t offset)
{
    Dwfl *dwfl = dwfl_begin(&callbacks);
    Dwfl_Module *module = dwfl != NULL ? dwfl_report_offline(dwfl, "", object, -1) : NULL;
    Dwarf_Addr start;
    int count = 0;
    places[0] = (struct source_location){.line = 0};
    snprintf(places[0].object, sizeof places[0].object, "%s", object);
    if (module != NULL && dwfl_report_end(dwfl, NULL, NULL) == 0) {
        dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
        count = look_up(places, module, start + offset);
    }
    dwfl_end(dwfl);
    return count;
}

/* The line's text, without what it is indented by; "" if it cannot be read. */
static void text_of(const struct source_location *place, char text[LINE_SIZE])
{
    char path[SOURCE_LOCATION_PATH_SIZE + SOURCE_LOCATION_NAME_SIZE], *line = NULL;
    size_t capacity = 0;
    ssize_t size = -1;
    const char *slash = strrchr(place->object, '/');
    snprintf(path, sizeof path, "%.*s/%s", slash != NULL ? (int)(slash - place->object) : 0,
             place->object, place->file);
    FILE *file = fopen(path, "r");
    text[0] = '\0';
    for (int i = 0; file != NULL && i < place->line; i++)
        size = getline(&line, &capacity, file);
    if (file != NULL)
        fclose(file);
    if (size > 0) {
        const char *begin = line + strspn(line, " \t");
        utf8_copy(text, LINE_SIZE, begin, strcspn(begin, "\r\n"));
    }
    free(line);
}

void source_location_put(FILE *to, const struct source_location *place)
{
    char text[LINE_SIZE];
    text_of(place, text);
    fprintf(to, "  %s, line %d", place->file, place->line);
    if (place->function[0] != '\0')
        fprintf(to, ", in %s", place->function);
    fprintf(to, ":\n      %s\n", text);
}
