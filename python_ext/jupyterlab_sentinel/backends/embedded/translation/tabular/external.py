"""``externaldata`` from files of the workspace's folder that ``workspace.json`` names for an address.

Nothing is fetched. Formats as Microsoft's article on externaldata says: by the property, else by the address's
extension, else CSV. Columns are by position in text formats, by name in JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .....models.indicators import visible
from ...conversion import file_literal, from_text, literal
from ..expressions import bind
from ..relations import Column, Relation
from .mappings import Origin, origins

if TYPE_CHECKING:
    from .....kql import tree
    from ..context import Context
    from ..values import Value

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
        if name not in ("format", "ignorefirstrecord", "ignorelastrecord", "ingestionmapping"):
            context.refuse(node.at, f"externaldata with {name}", "Leave it out, or make the file fit the columns.")
        if not value.is_constant:
            context.fail(node.at, f"The property {name} of externaldata has to be a constant.")
    kind = properties["format"].constant if "format" in properties else None
    first, last = (_is_set(properties.get(f"ignore{place}record")) for place in ("first", "last"))
    columns = tuple(Column(name, type_, context.ctes.new_ref()) for name, type_ in node.columns)
    mapping = properties.get("ingestionmapping")
    if mapping is not None and mapping.text is None:
        context.fail(node.at, "The ingestionMapping of externaldata has to be a text.")
    shape = _Shape(columns, (first, last), mapping=mapping.text if mapping is not None else None)
    parts: list[str] = []
    for item in node.addresses:
        address = bind(context, item, None).text
        if address is None:
            context.fail(item.at, "An address of externaldata has to be a constant text.")
        parts.append(_file(context, node, item, (address, None if kind is None else str(kind)), shape))
    return Relation(context.ctes.add(" UNION ALL ".join(parts)), columns)


def _is_set(value: Value | None) -> bool:
    return value is not None and str(value.constant).lower() == "true"


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is to come out.

    :param ends: whether the first record of a file, and its last one, are none.
    :param mapping: from which field each column comes, as JSON; None: by place or name.
    """

    columns: tuple[Column, ...]
    ends: tuple[bool, bool]
    mapping: str | None

    def records(self, records: str) -> str:
        """The SQL of a file's records, without those that are none."""
        first, last = self.ends
        tests = [*(["place > 1"] if first else []), *(["place < records"] if last else [])]
        if not tests:
            return records
        counted = f"SELECT *, row_number() OVER () AS place, count(*) OVER () AS records FROM ({records})"
        return f"SELECT * FROM ({counted}) WHERE {' AND '.join(tests)}"

    def origins(self, context: Context, node: tree.ExternalData, *, is_json: bool) -> list[Origin | None]:
        """For each column where it comes from; None: nothing does, and it is null."""
        if self.mapping is not None:
            mapped = origins(context, node, self.mapping, is_json=is_json)
            return [mapped.get(column.name) for column in self.columns]
        if is_json:
            names = (column.name.replace("~", "~0").replace("/", "~1") for column in self.columns)
            return [Origin(pointer=f"/{name}") for name in names]
        return [Origin(ordinal=place) for place in range(len(self.columns))]


def _file(
    context: Context, whole: tree.ExternalData, node: tree.Expression, named: tuple[str, str | None], shape: _Shape
) -> str:
    address, kind = named
    # What follows are keys and signatures: never shown.
    bare = address.split(";", 1)[0]
    path = context.external.get(address) or context.external.get(bare)
    shown = visible(bare.split("?", 1)[0])
    if path is None:
        context.refuse(node.at, f"externaldata of {shown}: queries fetch nothing", _HINT)
    kind = (kind or _by_extension(bare)).casefold()
    compression = next((name for suffix, name in _COMPRESSIONS.items() if path.casefold().endswith(suffix)), "none")
    if kind in _JSON:
        return _json(path, compression, shape, shape.origins(context, whole, is_json=True))
    if kind in _DELIMITERS or kind in _LINES:
        return _text(path, compression, kind, shape, shape.origins(context, whole, is_json=False))
    raise context.refusal(node.at, f"externaldata in the format {visible(kind)}", "Convert the file to CSV or JSON.")


def _by_extension(address: str) -> str:
    name = address.split("?", 1)[0].casefold().rsplit("/", 1)[-1]
    for suffix in (".gz", ".zip", ".zst"):
        name = name.removesuffix(suffix)
    extension = name.rsplit(".", 1)[-1] if "." in name else "csv"
    known = {*_DELIMITERS, *_LINES, *_JSON, "parquet", "avro", "orc", "raw"}
    return extension if extension in known else "csv"


def _text(path: str, compression: str, kind: str, shape: _Shape, sources: list[Origin | None]) -> str:
    lines = kind in _LINES
    width = 1 if lines else _MOST_FIELDS
    fields = ", ".join(f"'f{place}': 'VARCHAR'" for place in range(width))
    delimiter = "\x01" if lines else _DELIMITERS[kind]
    quote = "" if lines else '"'
    source = (
        f"read_csv({file_literal(path)}, header=false, auto_detect=false, delim={literal(delimiter)}, quote='{quote}', "
        f"escape='{quote}', columns={{{fields}}}, null_padding={str(not lines).lower()}, "
        f"nullstr='\x02', strict_mode=true, parallel=false, compression='{compression}', max_line_size=67108864)"
    )
    items = ", ".join(
        f"{from_text(_field(origin, width), column.type)} AS {column.ref}"
        for origin, column in zip(sources, shape.columns, strict=True)
    )
    # A blank line is one empty field; a missing field is null, as nothing in the file can be.
    blank = "f0 = ''" if lines else "f0 = '' AND f1 IS NULL"
    records = shape.records(f"SELECT * FROM {source} WHERE NOT coalesce({blank}, f0 IS NULL)")
    return f"SELECT {items} FROM ({records})"


def _field(origin: Origin | None, width: int) -> str:
    if origin is not None and origin.fixed is not None:
        return literal(origin.fixed)
    return f"f{origin.ordinal}" if origin is not None and origin.ordinal < width else "CAST(NULL AS VARCHAR)"


def _json(path: str, compression: str, shape: _Shape, sources: list[Origin | None]) -> str:
    source = f"read_json_objects({file_literal(path)}, format='auto', compression='{compression}')"
    items = []
    for column, origin in zip(shape.columns, sources, strict=True):
        if origin is None or origin.fixed is not None:
            value = from_text("CAST(NULL AS VARCHAR)" if origin is None else literal(origin.fixed or ""), column.type)
        elif column.type == "dynamic":
            value = f"nullif(CAST(json_extract(json, {literal(origin.pointer)}) AS VARCHAR), 'null')"
        else:
            value = from_text(f"json_extract_string(json, {literal(origin.pointer)})", column.type)
        items.append(f"{value} AS {column.ref}")
    return f"SELECT {', '.join(items)} FROM ({shape.records(f'SELECT json FROM {source}')})"
