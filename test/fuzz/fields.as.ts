/** The parsers of paths, forms and field values of HTTP. */
export * from "../runtime/http/fields.as";
