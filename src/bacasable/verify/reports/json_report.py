"""The report as JSON, for programs: report.schema.json says how it is made."""

import json
from importlib.resources import files

from ...contract.model import JsonObject


def as_json(data: JsonObject) -> str:
    """The report as JSON text."""
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def report_schema() -> JsonObject:
    """The JSON Schema (Draft 2020-12) that every report in JSON keeps."""
    text = files(__package__).joinpath("report.schema.json").read_text("utf-8")
    schema: JsonObject = json.loads(text)
    return schema
