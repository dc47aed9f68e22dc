"""Base64, URLs, hashes, and texts with a structure of their own."""

from __future__ import annotations

from .....kql.constants import EPOCH_TICKS
from ...computed import encodings, hashes
from ...macros import PATH_PARTS, URL_PARTS
from ...python_functions import python_call, register
from ..casts import to_string
from ..values import Value
from .registry import Arguments, function, template

for _name in ("base64_encode_tostring", "base64_encodestring"):
    template(_name, "string", "to_base64(encode({0}))", "string")
for _name in ("base64_decode_tostring", "base64_decodestring"):
    # Bytes that are no UTF-8 give an empty string, as Kusto has it.
    template(_name, "string", "coalesce(TRY(decode(from_base64({0}))), '')", "string")
# What Kusto makes of other bytes is not documented.
template(
    "url_decode",
    "string",
    "CASE WHEN TRY(url_decode({0})) IS NULL THEN error('url_decode(): the bytes that it stands for are no UTF-8') "
    "ELSE url_decode({0}) END",
    "string",
)
template("url_encode", "string", "replace(kql_url_encode({0}), '%20', '+')", "string")
template("url_encode_component", "string", "kql_url_encode({0})", "string")


def _hash(name: str, sql: str) -> None:
    @function(name, takes=("any",))
    def _digest(arguments: Arguments) -> Value:
        text = to_string(arguments[0]).sql
        # Nothing has no hash.
        return Value(f"CASE WHEN {text} = '' THEN '' ELSE {sql}({text}) END", "string")


_hash("hash_md5", "md5")
_hash("hash_sha1", "sha1")
_hash("hash_sha256", "sha256")


register("base64_array", encodings.decode_to_array, ("VARCHAR",), "VARCHAR")
register("array_base64", encodings.encode_from_array, ("VARCHAR",), "VARCHAR")
register("guid_base64", encodings.encode_from_guid, ("VARCHAR",), "VARCHAR")
register("inflate_zlib", lambda text: encodings.inflate(text, gzip=False), ("VARCHAR",), "VARCHAR")
register("inflate_gzip", lambda text: encodings.inflate(text, gzip=True), ("VARCHAR",), "VARCHAR")


def _computed(name: str, python: str, takes: str, gives: str) -> None:
    @function(name, takes=(takes,))
    def _call(arguments: Arguments) -> Value:
        return Value(python_call(python, arguments.sql(0)), gives)


_computed("base64_decode_toarray", "base64_array", "string", "dynamic")
_computed("base64_encode_fromarray", "array_base64", "dynamic", "string")
_computed("base64_encode_fromguid", "guid_base64", "guid", "string")
_computed("zlib_decompress_from_base64_string", "inflate_zlib", "string", "string")
_computed("gzip_decompress_from_base64_string", "inflate_gzip", "string", "string")
for _name, _encoding in {
    "punycode_from_string": encodings.punycode,
    "punycode_to_string": encodings.from_punycode,
    "punycode_domain_to_string": encodings.domain_as_punycode,
    "punycode_domain_from_string": encodings.domain_from_punycode,
}.items():
    register(_name, _encoding, ("VARCHAR",), "VARCHAR")
    _computed(_name, _name, "string", "string")

register("xxhash_text", hashes.of_text, ("VARCHAR",), "BIGINT")
register("xxhash_ticks", hashes.of_ticks, ("BIGINT",), "BIGINT")


@function("hash", "hash_xxhash64", takes=("any", "whole"), required=1)
def _xxhash(arguments: Arguments) -> Value:
    value = arguments[0]
    if value.type == "string":
        digest = python_call("xxhash_text", value.sql)
    elif value.type == "datetime":
        digest = python_call("xxhash_ticks", f"({value.sql} + {EPOCH_TICKS})")
    else:
        arguments.context.refuse(
            arguments.node.at,
            f"{arguments.node.name}() of a {value.type}",
            "Only what texts and datetimes give is documented: use tostring().",
        )
    if len(arguments) == 1:
        return Value(digest, "long")
    parts = f"nullif(greatest(CAST({arguments.sql(1)} AS BIGINT), 0), 0)"
    return Value(f"kql_mod({digest}, {parts})", "long")


@function("parse_url", "parseurl", takes=("string",))
def _parse_url(arguments: Arguments) -> Value:
    url = arguments.sql(0)
    fields = {key: f"kql_url_part({url}, {group})" for key, group in URL_PARTS.items()}
    return Value(f"kql_parse_url({url})", "dynamic", fields=fields)


@function("parse_urlquery", takes=("string",))
def _parse_urlquery(arguments: Arguments) -> Value:
    return Value(
        f"CAST(json_object('Query Parameters', CAST(kql_query_pairs({arguments.sql(0)}) AS JSON)) AS VARCHAR)",
        "dynamic",
    )


@function("parse_path", takes=("string",))
def _parse_path(arguments: Arguments) -> Value:
    path = arguments.sql(0)
    fields = {key: sql.format(x=path) for key, sql in PATH_PARTS.items()}
    return Value(f"kql_parse_path({path})", "dynamic", fields=fields)
