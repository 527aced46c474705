"""Holds a JSON document against a JSON Schema; says what breaks it."""
import json
import sys

from jsonschema.validators import validator_for

ask = json.load(sys.stdin)
with open(ask["schema"], encoding="utf-8-sig") as f:
    schema = json.load(f)
errors = validator_for(schema)(schema).iter_errors(json.loads(ask["document"]))
json.dump([f"{e.json_path}: {e.message}"[:300] for _, e in zip(range(20), errors)], sys.stdout)
