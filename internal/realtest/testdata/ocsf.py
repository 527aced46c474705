"""Reads a list of OCSF events from standard input, and says of each as what
class py-ocsf-models reads it and what it finds wrong."""
import json
import sys

from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from py_ocsf_models.events.findings.detection_finding import DetectionFinding

CLASSES = {2003: ComplianceFinding, 2004: DetectionFinding}
out = []
for line in json.load(sys.stdin):
    event = json.loads(line)
    cls = CLASSES.get(event["class_uid"])
    if cls is None:
        out.append({"Class": "", "Error": "no such class"})
        continue
    error = ""
    try:
        back = cls.model_validate(event)
        if back.finding_info.uid != event["finding_info"]["uid"]:
            error = "the fingerprint does not come back"
    except ValueError as e:
        error = str(e)
    out.append({"Class": cls.__name__, "Error": error})
json.dump(out, sys.stdout)
