/*
 * cell_findings - walks the syntax tree of the probe and assigns cursors, errors and skipped ranges
 * to the chunks of the cell (see cell_findings.h).
 */
#include "mnist/c_cells/clang/cell_findings.h"

#include <string.h>

static struct chunk *chunk_at(struct cell_probe *s, size_t cell, size_t *index)
{
    for (size_t i = 0; i < s->chunks.count; i++)
        if (cell >= s->chunks.items[i].start && cell < s->chunks.items[i].end) {
            *index = i;
            return &s->chunks.items[i];
        }
    return NULL;
}

static bool chunk_of(struct cell_probe *s, CXSourceLocation location, size_t *index)
{
    CXFile file;
    unsigned offset;
    size_t cell;
    clang_getExpansionLocation(location, &file, NULL, NULL, &offset);
    return file != NULL && clang_File_isEqual(file, s->file) &&
           cell_probe_to_cell(s, offset, &cell) && chunk_at(s, cell, index) != NULL;
}

static enum CXChildVisitResult find_statement(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct cell_probe *s = data;
    size_t index;
    (void)parent;
    if (chunk_of(s, clang_getRangeStart(clang_getCursorExtent(cursor)), &index) &&
        !s->findings[index].seen) {
        s->findings[index].seen = true;
        s->findings[index].declares = clang_getCursorKind(cursor) == CXCursor_DeclStmt;
        s->findings[index].cursor = cursor;
    }
    return CXChildVisit_Continue;
}

static enum CXChildVisitResult find_body(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang_getCursorKind(cursor) == CXCursor_CompoundStmt)
        clang_visitChildren(cursor, find_statement, data);
    return CXChildVisit_Continue;
}

static bool spelled(CXCursor cursor, const char *name)
{
    CXString string = clang_getCursorSpelling(cursor);
    bool same = strcmp(clang_getCString(string), name) == 0;
    clang_disposeString(string);
    return same;
}

static enum CXChildVisitResult find_probe(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang_getCursorKind(cursor) == CXCursor_FunctionDecl && spelled(cursor, CELL_PROBE))
        clang_visitChildren(cursor, find_body, data);
    return CXChildVisit_Continue;
}

static void find_wrong(struct cell_probe *s)
{
    unsigned count = clang_getNumDiagnostics(s->unit);
    for (unsigned i = 0; i < count; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(s->unit, i);
        size_t index;
        if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error &&
            chunk_of(s, clang_getDiagnosticLocation(diagnostic), &index))
            s->findings[index].wrong = true;
        clang_disposeDiagnostic(diagnostic);
    }
}

static void find_skipped(struct cell_probe *s)
{
    CXSourceRangeList *ranges = clang_getSkippedRanges(s->unit, s->file);
    for (unsigned i = 0; ranges != NULL && i < ranges->count; i++) {
        size_t from, to;
        if (!cell_probe_to_cell(s, cell_probe_offset(clang_getRangeStart(ranges->ranges[i])),
                                &from) ||
            !cell_probe_to_cell(s, cell_probe_offset(clang_getRangeEnd(ranges->ranges[i])), &to))
            continue;
        for (size_t c = 0; c < s->chunks.count; c++)
            if (s->chunks.items[c].kind != CHUNK_DIRECTIVE && s->chunks.items[c].start >= from &&
                s->chunks.items[c].end <= to)
                s->findings[c].skipped = true;
    }
    clang_disposeSourceRangeList(ranges);
}

void cell_findings_collect(struct cell_probe *s)
{
    clang_visitChildren(clang_getTranslationUnitCursor(s->unit), find_probe, s);
    find_wrong(s);
    find_skipped(s);
}
