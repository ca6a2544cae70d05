/*
 * type_json - recursive descent through a type of libclang, at most DEPTH_MAX levels of structs.
 */
#include "mnist/c_cells/clang/type_json.h"

#include <stdbool.h>
#include <string.h>

enum { DEPTH_MAX = 8, FIELDS_MAX = 200, VALUES_MAX = 500 };

static json_t *describe(CXType type, int depth);

static json_t *text_of(CXString string)
{
    const char *text = clang_getCString(string);
    json_t *json = json_string(text != NULL ? text : "");
    clang_disposeString(string);
    return json;
}

static json_t *named(const char *kind, CXType type)
{
    return json_pack("{s:s, s:o, s:I}", "k", kind, "name", text_of(clang_getTypeSpelling(type)),
                     "size", (json_int_t)clang_Type_getSizeOf(type));
}

static enum CXChildVisitResult add_value(CXCursor cursor, CXCursor parent, CXClientData data)
{
    json_t *values = data;
    (void)parent;
    if (clang_getCursorKind(cursor) == CXCursor_EnumConstantDecl)
        json_array_append_new(values,
                              json_pack("[o, I]", text_of(clang_getCursorSpelling(cursor)),
                                        (json_int_t)clang_getEnumConstantDeclValue(cursor)));
    return json_array_size(values) < VALUES_MAX ? CXChildVisit_Continue : CXChildVisit_Break;
}

static json_t *describe_enum(CXType type, CXType canonical)
{
    json_t *json = named("enum", type), *values = json_array();
    CXCursor declared = clang_getTypeDeclaration(canonical);
    CXType whole = clang_getCanonicalType(clang_getEnumDeclIntegerType(declared));
    clang_visitChildren(declared, add_value, values);
    json_object_set_new(json, "signed",
                        json_boolean(whole.kind == CXType_Int || whole.kind == CXType_Long ||
                                     whole.kind == CXType_SChar));
    json_object_set_new(json, "values", values);
    return json;
}

struct fields {
    json_t *list;
    int depth;
};

static enum CXVisitorResult add_field(CXCursor cursor, CXClientData data)
{
    struct fields *fields = data;
    int width = clang_Cursor_isBitField(cursor) ? clang_getFieldDeclBitWidth(cursor) : -1;
    json_array_append_new(fields->list,
                          json_pack("[o, I, i, o]", text_of(clang_getCursorSpelling(cursor)),
                                    (json_int_t)clang_Cursor_getOffsetOfField(cursor), width,
                                    describe(clang_getCursorType(cursor), fields->depth + 1)));
    return json_array_size(fields->list) < FIELDS_MAX ? CXVisit_Continue : CXVisit_Break;
}

static json_t *describe_record(CXType type, CXType canonical, int depth)
{
    CXCursor declared = clang_getTypeDeclaration(canonical);
    bool is_union = clang_getCursorKind(declared) == CXCursor_UnionDecl;
    json_t *json = named(is_union ? "union" : "struct", type);
    struct fields fields = {json_array(), depth};
    clang_Type_visitFields(canonical, add_field, &fields);
    json_object_set_new(json, "fields", fields.list);
    return json;
}

static json_t *describe_pointer(CXType type, CXType canonical)
{
    CXType to = clang_getCanonicalType(clang_getPointeeType(canonical));
    json_t *json = named("pointer", type);
    bool text = to.kind == CXType_Char_S || to.kind == CXType_Char_U;
    bool function = to.kind == CXType_FunctionProto || to.kind == CXType_FunctionNoProto;
    json_object_set_new(json, "text", json_boolean(text));
    json_object_set_new(json, "function", json_boolean(function));
    return json;
}

static json_t *describe_array(CXType canonical, int depth)
{
    return json_pack("{s:s, s:I, s:o}", "k", "array", "count",
                     (json_int_t)clang_getArraySize(canonical), "of",
                     describe(clang_getArrayElementType(canonical), depth));
}

static json_t *whole(CXType type, bool is_signed)
{
    json_t *json = named("int", type);
    json_object_set_new(json, "signed", json_boolean(is_signed));
    return json;
}

static json_t *describe(CXType type, int depth)
{
    CXType canonical = clang_getCanonicalType(type);
    if (depth > DEPTH_MAX)
        return named("other", type);
    switch ((int)canonical.kind) {
    case CXType_Void: return named("void", type);
    case CXType_Bool: return named("bool", type);
    case CXType_Char_S:
    case CXType_Char_U: return named("char", type);
    case CXType_SChar:
    case CXType_Short:
    case CXType_Int:
    case CXType_Long:
    case CXType_LongLong:
    case CXType_Int128: return whole(type, true);
    case CXType_UChar:
    case CXType_UShort:
    case CXType_UInt:
    case CXType_ULong:
    case CXType_ULongLong:
    case CXType_UInt128: return whole(type, false);
    case CXType_Half:
    case CXType_Float16:
    case CXType_Float:
    case CXType_Double:
    case CXType_LongDouble:
    case CXType_Float128: return named("float", type);
    case CXType_Complex: return named("complex", type);
    case CXType_Enum: return describe_enum(type, canonical);
    case CXType_Record: return describe_record(type, canonical, depth);
    case CXType_Pointer: return describe_pointer(type, canonical);
    case CXType_ConstantArray: return describe_array(canonical, depth);
    case CXType_FunctionProto:
    case CXType_FunctionNoProto: return named("function", type);
    default: return named("other", type);
    }
}

json_t *type_json(CXType type)
{
    return describe(type, 0);
}
