"""Reads JUnit XML with junitparser, and holds it against a schema."""
import io
import json
import sys

import xmlschema
from junitparser import JUnitXml

ask = json.load(sys.stdin)
schema = xmlschema.XMLSchema(ask["schema"])
errors = [str(e)[:500] for e in schema.iter_errors(io.StringIO(ask["xml"]))][:20]
suites = [
    {"Name": s.name, "Tests": s.tests, "Failures": s.failures, "Errors": s.errors, "Skipped": s.skipped, "Said": len(list(s))}
    for s in JUnitXml.fromstring(ask["xml"].encode())
]
json.dump({"Schema": errors, "Suites": suites}, sys.stdout)
