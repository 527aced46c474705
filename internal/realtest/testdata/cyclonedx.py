"""Holds a CycloneDX document against its schema, strictly, and reads it; says what breaks it."""
import json
import sys

from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ask = json.load(sys.stdin)
fault = JsonStrictValidator(SchemaVersion.from_version(ask["version"])).validate_str(ask["document"])
said = "" if fault is None else repr(fault)[:500]
if not said:
    try:
        document = json.loads(ask["document"])
        read = Bom.from_json(document)
        if len(read.components) != len(document.get("components", [])):
            said = f"{len(read.components)} components were read of {len(document.get('components', []))}"
    except Exception as e:  # what the library cannot read is a fault, of whatever kind
        said = f"not read: {e!r}"[:500]
json.dump(said, sys.stdout)
