"""Parse HTML, for tests of its tags, attributes and words."""

import html.parser
import itertools

_VOID = {"meta", "img", "hr", "br", "input"}


class Markup(html.parser.HTMLParser):
    """Parsed HTML. `tags`: in their order; `attributes`: (tag, name, value); `headings`: (level, words); `text`: words.

    Raises AssertionError if an end tag closes another tag than its own, or a tag stays open.
    """

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text, self.headings, self._open = [], [], "", [], []
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]
        if tag not in _VOID:
            self._open.append(tag)
        level = dict(attributes).get("aria-level") or tag[1:] * (tag in ("h1", "h2", "h3", "h4"))
        if level:
            self.headings.append((int(level), ""))

    def handle_endtag(self, tag):
        if tag not in _VOID:
            assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] == "style":
            return
        self.text += data
        if self.headings and {"h1", "h2", "h3"} & set(self._open):
            level, words = self.headings[-1]
            self.headings[-1] = level, words + data

    def values(self, tag, name):
        """Return the values of an attribute of all such tags."""
        return [value for one, other, value in self.attributes if (one, other) == (tag, name)]


def check_page(text):
    """Return the Markup of a page; assert that it needs no other file, suits screen readers and runs no code."""
    page = Markup(text)
    assert text.startswith("<!doctype html>")
    assert page.values("html", "lang") == ["en"]
    assert page.tags.count("title") == page.tags.count("main") == page.tags.count("h1") == 1
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), page.headings
    assert not {"script", "link", "iframe", "object", "embed", "form", "base", "svg"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("href", "srcset", "action")]
    assert all(source.startswith("data:image/png;base64,") for source in page.values("img", "src"))
    assert len([alt for alt in page.values("img", "alt") if alt]) == page.tags.count("img")
    assert len(page.values("th", "scope")) == page.tags.count("th")
    assert page.tags.count("th") >= page.tags.count("table")
    assert "url(" not in text
    assert "@import" not in text
    return page
