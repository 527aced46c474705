"""Renders Markdown as GitHub does, and counts the elements of the HTML."""
import collections
import html.parser
import json
import sys

import cmarkgfm
from cmarkgfm.cmark import Options


class Count(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = collections.Counter()

    def handle_starttag(self, tag, attrs):
        self.seen[tag] += 1
        for name, _ in attrs:
            self.seen[tag + " " + name] += 1


count = Count()
count.feed(cmarkgfm.github_flavored_markdown_to_html(json.load(sys.stdin), options=Options.CMARK_OPT_UNSAFE))
count.close()
json.dump(count.seen, sys.stdout)
