"""Reads the text of each page of a PDF, and the size of the pages."""
import json
import sys

from pypdf import PdfReader

reader = PdfReader(json.load(sys.stdin), strict=True)
json.dump([{"Text": p.extract_text(), "Width": float(p.mediabox.width), "Height": float(p.mediabox.height)} for p in reader.pages], sys.stdout)
