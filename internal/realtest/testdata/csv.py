"""Reads a table as Python's csv module does."""
import csv
import io
import json
import sys

csv.field_size_limit(1 << 30)
json.dump(list(csv.reader(io.StringIO(json.load(sys.stdin), newline=""), strict=True)), sys.stdout)
