/*
 * cell_parse - makes the item of each chunk from the syntax tree's cursor (cell_findings.h).
 */
#include "mnist/c_cells/clang/cell_parse.h"

#include <stdlib.h>
#include <string.h>

#include "mnist/c_cells/clang/cell_findings.h"
#include "mnist/c_cells/clang/cell_probe.h"
#include "mnist/c_cells/clang/type_json.h"

static json_t *text_of(CXString string)
{
    json_t *json = json_string(clang_getCString(string));
    clang_disposeString(string);
    return json;
}

static json_t *range_of(size_t from, size_t to)
{
    return json_pack("[I, I]", (json_int_t)from, (json_int_t)to);
}

static void hide_word(void *context, const struct token *token)
{
    json_array_append_new(context, range_of(token->start, token->end));
}

/* Clears *constant if the initialiser is not allowed for an object at file scope. */
static enum CXChildVisitResult find_nonconstant(CXCursor cursor, CXCursor parent, CXClientData data)
{
    bool *constant = data;
    CXCursor named;
    (void)parent;
    switch ((int)clang_getCursorKind(cursor)) {
    case CXCursor_CallExpr:
    case CXCursor_StmtExpr:
    case CXCursor_CompoundAssignOperator:
    case CXCursor_ArraySubscriptExpr:
    case CXCursor_MemberRefExpr: *constant = false; return CXChildVisit_Break;
    case CXCursor_UnaryExpr: return CXChildVisit_Continue; /* sizeof */
    case CXCursor_DeclRefExpr:
        named = clang_getCursorReferenced(cursor);
        if (clang_getCursorKind(named) != CXCursor_EnumConstantDecl &&
            clang_getCursorKind(named) != CXCursor_FunctionDecl)
            *constant = false;
        return CXChildVisit_Continue;
    default: return CXChildVisit_Recurse;
    }
}

/* The range of the initialiser (without =) of the variable whose name begins at `name`; false:
   none. */
static bool initialiser(const struct cell_probe *s, const struct chunk *chunk, size_t name,
                        size_t *from, size_t *to)
{
    int depth = 0;
    bool found = false;
    size_t last = 0;
    for (size_t i = chunk->first; i < chunk->first + chunk->count; i++) {
        const struct token *token = &s->tokens[i];
        if (token->start <= name)
            continue;
        if (token_is(token, s->text, "(") || token_is(token, s->text, "{") ||
            token_is(token, s->text, "["))
            depth++;
        bool closing = token_is(token, s->text, ")") || token_is(token, s->text, "}") ||
                       token_is(token, s->text, "]");
        if (closing)
            depth--;
        if (!closing && depth == 0 &&
            (token_is(token, s->text, ",") || token_is(token, s->text, ";")))
            break;
        if (!found && depth <= 0 && token_is(token, s->text, "=")) {
            found = true;
            *from = token->end;
        }
        last = token->end;
    }
    *to = last;
    return found;
}

struct declared {
    struct cell_probe *split;
    const struct chunk *chunk;
    json_t *names, *variables;
    json_t *function;
    size_t type_end; /* end of a type definition in the declaration; 0 = none */
    bool verbatim;
};

static void add_variable(struct declared *d, CXCursor cursor)
{
    struct cell_probe *s = d->split;
    size_t name = 0, from, to;
    cell_probe_to_cell(s, cell_probe_offset(clang_getCursorLocation(cursor)), &name);
    bool constant = true, begun = initialiser(s, d->chunk, name, &from, &to);
    CXCursor value = clang_Cursor_getVarDeclInitializer(cursor);
    CXType type = clang_getCursorType(cursor);
    if (begun && !clang_Cursor_isNull(value) &&
        find_nonconstant(value, cursor, &constant) == CXChildVisit_Recurse)
        clang_visitChildren(value, find_nonconstant, &constant);
    json_t *variable = json_pack(
        "{s:o, s:o, s:b, s:b, s:I}", "name", text_of(clang_getCursorSpelling(cursor)), "type",
        text_of(clang_getTypeSpelling(type)), "constant", constant, "local",
        type.kind == CXType_VariableArray, "size", (json_int_t)clang_Type_getSizeOf(type));
    json_object_set_new(variable, "at", json_integer((json_int_t)name));
    json_object_set_new(variable, "extern",
                        json_boolean(clang_Cursor_getStorageClass(cursor) == CX_SC_Extern));
    json_object_set_new(variable, "canonical",
                        text_of(clang_getTypeSpelling(clang_getCanonicalType(type))));
    if (begun)
        json_object_set_new(variable, "init", range_of(from, to));
    json_array_append_new(d->variables, variable);
}

static void add_type(struct declared *d, CXCursor cursor, const char *tag)
{
    CXString string = clang_getCursorSpelling(cursor);
    const char *name = clang_getCString(string);
    size_t end;
    if (name != NULL && name[0] != '\0' && strchr(name, ' ') == NULL)
        json_array_append_new(d->names, json_sprintf("%s%s", tag, name));
    clang_disposeString(string);
    if (tag[0] != '\0' && clang_isCursorDefinition(cursor) &&
        cell_probe_to_cell(
            d->split, cell_probe_offset(clang_getRangeEnd(clang_getCursorExtent(cursor))), &end))
        d->type_end = end > d->type_end ? end : d->type_end;
}

static enum CXChildVisitResult add_enumerator(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang_getCursorKind(cursor) == CXCursor_EnumConstantDecl)
        json_array_append_new(data, text_of(clang_getCursorSpelling(cursor)));
    return CXChildVisit_Continue;
}

static enum CXChildVisitResult add_declared(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct declared *d = data;
    (void)parent;
    switch ((int)clang_getCursorKind(cursor)) {
    case CXCursor_StructDecl: add_type(d, cursor, "struct "); break;
    case CXCursor_UnionDecl: add_type(d, cursor, "union "); break;
    case CXCursor_EnumDecl:
        add_type(d, cursor, "enum ");
        clang_visitChildren(cursor, add_enumerator, d->names);
        break;
    case CXCursor_TypedefDecl: add_type(d, cursor, ""); break;
    case CXCursor_VarDecl: add_variable(d, cursor); break;
    case CXCursor_FunctionDecl:
        json_decref(d->function);
        d->function = json_pack(
            "{s:o, s:o}", "name", text_of(clang_getCursorSpelling(cursor)), "type",
            text_of(clang_getTypeSpelling(clang_getCanonicalType(clang_getCursorType(cursor)))));
        break;
    default: break;
    }
    return CXChildVisit_Continue;
}

/* Alignment, thread storage and attributes cannot be rebuilt from the type: the declaration is
   copied. */
static bool has_attributes(const struct cell_probe *s, const struct chunk *chunk)
{
    static const char *const words[] = {"_Alignas",    "__attribute__", "_Thread_local", "__thread",
                                        "__attribute", "register",      "__auto_type"};
    for (size_t i = chunk->first; i < chunk->first + chunk->count; i++)
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            if (token_is(&s->tokens[i], s->text, words[w]))
                return true;
    return false;
}

static json_t *item_of(const char *kind, const struct chunk *chunk)
{
    return json_pack("{s:s, s:I, s:I}", "kind", kind, "start", (json_int_t)chunk->start, "end",
                     (json_int_t)chunk->end);
}

static json_t *function_item(struct cell_probe *s, const struct chunk *chunk, struct declared *d)
{
    json_t *item = item_of(chunk->kind == CHUNK_BODY ? "function" : "prototype", chunk);
    json_t *hide = json_array();
    cell_probe_each_hidden(s, chunk, chunk->kind == CHUNK_BODY ? chunk->body : chunk->end,
                           hide_word, hide);
    bool is_static = false, is_inline = false;
    json_t *range;
    size_t i;
    json_array_foreach(hide, i, range) {
        bool word = s->text[json_integer_value(json_array_get(range, 0))] == 's';
        is_static |= word;
        is_inline |= !word;
    }
    json_object_set_new(item, "hide", hide);
    json_object_set_new(item, "inline", json_boolean(is_static && is_inline));
    json_object_set_new(item, "body", json_integer((json_int_t)chunk->body));
    json_object_update(item, d->function);
    return item;
}

static json_t *variables_item(struct cell_probe *s, const struct chunk *chunk, struct declared *d)
{
    json_t *item = item_of("variables", chunk), *hide = json_array();
    cell_probe_each_hidden(s, chunk, chunk->end, hide_word, hide);
    json_object_set_new(item, "hide", hide);
    json_object_set(item, "variables", d->variables);
    json_object_set(item, "names", d->names);
    json_object_set_new(item, "verbatim", json_boolean(has_attributes(s, chunk)));
    json_object_set_new(item, "type_end", json_integer((json_int_t)d->type_end));
    return item;
}

static json_t *declaration_item(struct cell_probe *s, const struct chunk *chunk,
                                const struct chunk_finding *finding)
{
    struct declared d = {s, chunk, json_array(), json_array(), NULL, 0, false};
    clang_visitChildren(finding->cursor, add_declared, &d);
    json_t *item;
    if (d.function != NULL) {
        item = function_item(s, chunk, &d);
    } else if (json_array_size(d.variables) > 0) {
        item = variables_item(s, chunk, &d);
    } else {
        item = item_of("type", chunk);
        json_object_set(item, "names", d.names);
    }
    json_decref(d.names);
    json_decref(d.variables);
    json_decref(d.function);
    return item;
}

static enum CXChildVisitResult take_child(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Break;
}

/* The expression's type before conversion: an array, not the pointer that it decays to. */
static CXType type_of(CXCursor cursor)
{
    CXType type = clang_getCursorType(cursor);
    CXCursor inner = clang_getNullCursor();
    if (clang_getCursorKind(cursor) == CXCursor_UnexposedExpr)
        clang_visitChildren(cursor, take_child, &inner);
    if (clang_Cursor_isNull(inner))
        return type;
    CXType own = clang_getCursorType(inner);
    int kind = (int)clang_getCanonicalType(own).kind;
    return kind == CXType_ConstantArray || kind == CXType_FunctionProto ? own : type;
}

static json_t *chunk_item(struct cell_probe *s, size_t index)
{
    const struct chunk *chunk = &s->chunks.items[index];
    const struct chunk_finding *finding = &s->findings[index];
    json_t *item;
    if (chunk->kind == CHUNK_DIRECTIVE)
        return item_of("directive", chunk);
    if (chunk->broken) {
        item = item_of("broken", chunk);
        json_object_set_new(item, "function", json_boolean(finding->declares));
        json_object_set_new(item, "closes", json_boolean(chunk->kind == CHUNK_PLAIN));
        return item;
    }
    if (finding->declares && chunk->kind != CHUNK_TAIL) {
        item = declaration_item(s, chunk, finding);
    } else if (chunk->kind == CHUNK_TAIL && finding->seen && !finding->declares &&
               clang_isExpression(clang_getCursorKind(finding->cursor))) {
        item = item_of("value", chunk);
        json_object_set_new(item, "type", type_json(type_of(finding->cursor)));
    } else {
        item = item_of(finding->declares ? "broken" : "statement", chunk);
    }
    if (finding->wrong)
        json_object_set_new(item, "wrong", json_true());
    return item;
}

static json_t *answer(struct cell_probe *s)
{
    json_t *items = json_array();
    cell_findings_collect(s);
    for (size_t i = 0; i < s->chunks.count; i++)
        if (!s->findings[i].skipped)
            json_array_append_new(items, chunk_item(s, i));
    const struct chunk *last = s->chunks.count > 0 ? &s->chunks.items[s->chunks.count - 1] : NULL;
    bool open = last != NULL && (last->kind == CHUNK_TAIL ||
                                 (last->kind == CHUNK_DIRECTIVE && last->end == s->size));
    return json_pack("{s:o, s:I}", "items", items, "tail",
                     (json_int_t)(open ? last->start : s->size));
}

json_t *cell_parse(CXIndex index, const char *text, size_t size, const char *scope,
                   const json_t *flags)
{
    struct cell_probe s = {.text = text, .size = size};
    json_t *json = NULL;
    if (cell_probe_make(&s, index, scope, flags)) {
        s.findings = calloc(s.chunks.count + 1, sizeof *s.findings);
        if (s.findings != NULL)
            json = answer(&s);
    }
    free(s.findings);
    cell_probe_release(&s);
    return json;
}
