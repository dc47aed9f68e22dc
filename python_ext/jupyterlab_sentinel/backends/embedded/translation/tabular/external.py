"""``externaldata`` from files of the workspace's folder that ``workspace.json`` names for an address.

Nothing is fetched. Formats as Microsoft's article on externaldata says: by the property, else by the address's
extension, else CSV. Columns are by position in text formats, by name in JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....models.indicators import visible
from ...conversion import from_text, literal
from ..expressions import bind
from ..relations import Column, Relation

if TYPE_CHECKING:
    from .....kql import tree
    from ..context import Context

_DELIMITERS = {"csv": ",", "tsv": "\t", "psv": "|", "scsv": ";"}
_LINES = frozenset({"txt"})
_JSON = frozenset({"json", "multijson"})
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_MOST_FIELDS = 256
_HINT = (
    "Download it yourself into the workspace's folder, name it in workspace.json "
    '("externaldata": {"address": "file"}), and connect again.'
)


def external(context: Context, node: tree.ExternalData) -> Relation:
    """The rows of the files that stand for the addresses.

    :raises KqlUnsupportedError: no file stands for an address, or a format that is not read here.
    """
    if not node.columns or not node.addresses:
        context.fail(node.at, "externaldata takes columns, and addresses in brackets.")
    properties = {name.casefold(): bind(context, value, None) for name, value in node.properties.items()}
    for name, value in properties.items():
        if name not in ("format", "ignorefirstrecord"):
            context.refuse(node.at, f"externaldata with {name}", "Leave it out, or make the file fit the columns.")
        if not value.is_constant:
            context.fail(node.at, f"The property {name} of externaldata has to be a constant.")
    kind = properties["format"].constant if "format" in properties else None
    skipped = "ignorefirstrecord" in properties and str(properties["ignorefirstrecord"].constant).lower() == "true"
    columns = tuple(Column(name, type_, context.ctes.new_ref()) for name, type_ in node.columns)
    parts: list[str] = []
    for item in node.addresses:
        address = bind(context, item, None).text
        if address is None:
            context.fail(item.at, "An address of externaldata has to be a constant text.")
        parts.append(_file(context, item, address, None if kind is None else str(kind), columns, skipped=skipped))
    return Relation(context.ctes.add(" UNION ALL ".join(parts)), columns)


def _file(
    context: Context,
    node: tree.Expression,
    address: str,
    kind: str | None,
    columns: tuple[Column, ...],
    *,
    skipped: bool,
) -> str:
    # What follows are keys and signatures: never shown.
    bare = address.split(";", 1)[0]
    path = context.external.get(address) or context.external.get(bare)
    shown = visible(bare.split("?", 1)[0])
    if path is None:
        context.refuse(node.at, f"externaldata of {shown}: queries fetch nothing", _HINT)
    kind = (kind or _by_extension(bare)).casefold()
    compression = next((name for suffix, name in _COMPRESSIONS.items() if path.casefold().endswith(suffix)), "none")
    if kind in _JSON:
        return _json(path, compression, columns)
    if kind in _DELIMITERS or kind in _LINES:
        return _text(path, compression, kind, columns, skipped=skipped)
    raise context.refusal(node.at, f"externaldata in the format {visible(kind)}", "Convert the file to CSV or JSON.")


def _by_extension(address: str) -> str:
    name = address.split("?", 1)[0].casefold().rsplit("/", 1)[-1]
    for suffix in (".gz", ".zip", ".zst"):
        name = name.removesuffix(suffix)
    extension = name.rsplit(".", 1)[-1] if "." in name else "csv"
    known = {*_DELIMITERS, *_LINES, *_JSON, "parquet", "avro", "orc", "raw"}
    return extension if extension in known else "csv"


def _text(path: str, compression: str, kind: str, columns: tuple[Column, ...], *, skipped: bool) -> str:
    lines = kind in _LINES
    width = 1 if lines else _MOST_FIELDS
    fields = ", ".join(f"'f{place}': 'VARCHAR'" for place in range(width))
    delimiter = "\x01" if lines else _DELIMITERS[kind]
    quote = "" if lines else '"'
    source = (
        f"read_csv({literal(path)}, header=false, auto_detect=false, delim={literal(delimiter)}, quote='{quote}', "
        f"escape='{quote}', skip={int(skipped)}, columns={{{fields}}}, null_padding={str(not lines).lower()}, "
        f"nullstr='\x02', strict_mode=true, parallel=false, compression='{compression}', max_line_size=67108864)"
    )
    values = [
        from_text(f"f{place}" if place < width else "CAST(NULL AS VARCHAR)", column.type)
        for place, column in enumerate(columns)
    ]
    items = ", ".join(f"{value} AS {column.ref}" for value, column in zip(values, columns, strict=True))
    # A blank line is one empty field; a missing field is null, as nothing in the file can be.
    blank = "f0 = ''" if lines else "f0 = '' AND f1 IS NULL"
    return f"SELECT {items} FROM {source} WHERE NOT coalesce({blank}, f0 IS NULL)"


def _json(path: str, compression: str, columns: tuple[Column, ...]) -> str:
    source = f"read_json_objects({literal(path)}, format='auto', compression='{compression}')"
    items = []
    for column in columns:
        pointer = literal("/" + column.name.replace("~", "~0").replace("/", "~1"))
        value = (
            f"nullif(CAST(json->{pointer} AS VARCHAR), 'null')"
            if column.type == "dynamic"
            else from_text(f"json->>{pointer}", column.type)
        )
        items.append(f"{value} AS {column.ref}")
    return f"SELECT {', '.join(items)} FROM {source}"
