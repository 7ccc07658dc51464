"""Write the type of a value of the API in the notation of programs.

`1…100`, `day | month | year`, `YYYY-MM-DD | null`, `HitAnswer[]`
"""

from web.api.openapi import Json

_FORMATS = {"date": "YYYY-MM-DD", "date-time": "YYYY-MM-DDThh:mm:ss"}


def write_type(schema: Json, schemas: Json) -> str:
    """Write the type that a schema describes; `schemas` holds those that it refers to."""
    if reference := schema.get("$ref"):
        name = name_record(reference)
        values = schemas[name].get("enum")
        return " | ".join(values) if values else name
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(dict.fromkeys(write_type(option, schemas) for option in options))
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        items = schema.get("items")
        text = write_type(items, schemas) if items else "number"  # a tuple has none
        return f"({text})[]" if " " in text else f"{text}[]"
    if "minimum" in schema and "maximum" in schema:
        return f"{schema['minimum']}…{schema['maximum']}"
    return _FORMATS.get(schema.get("format", "")) or str(schema.get("type", "object"))


def name_record(reference: str) -> str:
    """Return the name in `#/components/schemas/NAME`."""
    return reference.rpartition("/")[2]
