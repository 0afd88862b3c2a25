"""From the mapped values of a record to a RawReport, or to the reason why it cannot be one."""

import json
from collections.abc import Mapping as Table

from indexer.report import Origin, RawReport
from indexer.sources.base import Fault, Rejected
from indexer.sources.encoding import Encoding
from indexer.sources.mapping import Field, Mapping


def build_record(values: Table[Field, str], mapping: Mapping, origin: Origin) -> RawReport | Rejected:
    """A report needs an id and a text that are more than blanks; metadata are optional, blank ones are left out."""
    source_id = values.get(Field.ID, "").strip()
    text = values.get(Field.TEXT, "")
    if not source_id:
        return Rejected(Fault.MISSING_ID, origin, as_json(values))
    if not text.strip():
        return Rejected(Fault.MISSING_TEXT, origin, as_json(values))
    metadata = {
        key.value: mapping.translate(key, value)
        for key, value in values.items()
        if key not in (Field.ID, Field.TEXT) and value.strip()
    }
    return RawReport(source_id, text, metadata, origin)


def as_json(values: Table[Field, str]) -> str:
    """For `Rejected.raw`; ASCII, so that lone surrogates and NUL stay escapes."""
    return json.dumps({key.value: value for key, value in values.items()})


def line_as_json(data: bytes, encoding: Encoding) -> str:
    """For `Rejected.raw`, where the fields could not be told apart."""
    return json.dumps({"line": encoding.preserve(data)})
