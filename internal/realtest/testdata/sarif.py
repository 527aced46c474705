"""Counts the results of a SARIF file by level, as sarif-tools does."""
import json
import sys
import tempfile

from sarif import loader

with tempfile.NamedTemporaryFile("w", suffix=".sarif", encoding="utf-8") as f:
    f.write(json.load(sys.stdin))
    f.flush()
    report = loader.load_sarif_file(f.name).get_report()
    json.dump({level: report.get_issue_count_for_severity(level) for level in ("error", "warning", "note")}, sys.stdout)
