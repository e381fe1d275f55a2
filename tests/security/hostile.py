"""Text that tries to be more than text, and what of it comes out of a card as more than text."""

import re
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt

MARK = "zq7x"
HOST = f"{MARK}.example"

PAYLOADS = (
    f"<img src=x onerror={MARK}()>",
    f"<script>{MARK}()</script>",
    f"<!-- {MARK} --><svg/onload={MARK}()>",
    f"&lt;b&gt;{MARK}&#60;i&#62;",
    f"[{MARK}](https://{HOST}/)",
    f"![{MARK}](https://{HOST}/p.png)",
    f"\\[{MARK}\\](javascript:{MARK}())",
    f"]({MARK})[x](data:text/html,{MARK})",
    f"[{MARK}]: https://{HOST}/ [{MARK}]",
    f"<https://{HOST}/>",
    f"https://{HOST}/ www.{HOST} ftp://{HOST} {MARK}@{HOST} mailto:{MARK}@{HOST}",
    f"\n\n# {MARK}\n\n---\n\n- {MARK}\n1. {MARK}\n> {MARK}\n",
    f"\r\n\t**{MARK}** _{MARK}_ ~~{MARK}~~ `{MARK}`",
    f"\n\n```\n{MARK}\n```\n",
    f"\n\n| a | {MARK} |\n|---|---|\n| b | c |\n",
    f"\x1b[31m{MARK}\x1b[0m\x07\x00\x9b2J",
    f"\u202e{MARK}\u202c\u200b\u2066\ufeff\u2028{MARK}",
    f"{{{{7*7}}}} ${{{MARK}}} {{% {MARK} %}} %s%n {MARK}",
    f"'; DROP TABLE requests; -- {MARK}",
    f"../../../../{MARK}/../etc/passwd\\..\\{MARK}",
    f'"}},{{"cards":[{{"summary":"{MARK}"}}]}}',
)

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_OURS = {"paragraph", "bullet_list", "list_item", "inline", "text", "strong"}
_HEADINGS = {"Why", "What to do", "What other sources say", "Source"}
_TAG = re.compile(r"<[A-Za-z/!?]")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
# GitHub-flavoured Markdown makes links of these without any brackets.
_BARE_LINK = re.compile(r"(?i)\b(?:https?://|ftp://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.-]+")


def injections_in(response: Any) -> list[str]:
    """Every place of a response in which text of a request could be taken for more than text."""
    return [problem for card in response["cards"] for problem in _in_card(card)]


def _in_card(card: Any) -> Iterator[str]:
    yield from _in_plain_text("summary", card["summary"])
    yield from _in_markdown("detail", card.get("detail", ""))
    yield from _in_plain_text("source.label", card["source"]["label"])
    yield from _foreign("source.url", card["source"].get("url", ""))
    yield from _foreign("uuid", card.get("uuid", ""))
    yield from _foreign("source.topic", card["source"].get("topic", {}).get("code", ""))
    for reason in card.get("overrideReasons", []):
        yield from (found for name, text in reason.items() for found in _foreign(f"reason.{name}", text))
    for link in card.get("links", []):
        yield from _in_plain_text("link.label", link["label"])
        yield from _foreign("link.url", link["url"])
    for suggestion in card.get("suggestions", []):
        yield from _in_plain_text("suggestion.label", suggestion["label"])
        yield from _foreign("suggestion.uuid", suggestion.get("uuid", ""))
        for action in suggestion["actions"]:
            yield from _in_plain_text("action.description", action["description"])


def _in_plain_text(name: str, text: str) -> Iterator[str]:
    """A client may render even these: nothing in them may look like a tag, a link or a second line."""
    if _TAG.search(text) or _INVISIBLE.search(text) or "\n" in text:
        yield f"{name}: {text!r}"
    yield from (f"{name} links to {one[0]!r}" for one in _BARE_LINK.finditer(text))
    if MARK in text and re.search(r"\]\(|\]:|[`*]", text):
        yield f"{name} holds Markdown: {text!r}"


def _in_markdown(name: str, text: str) -> Iterator[str]:
    if _INVISIBLE.search(text):
        yield f"{name} holds invisible characters: {text!r}"
    for block in _MARKDOWN.parse(text):
        is_strong = False
        for token in (block, *(block.children or ())):
            kind = re.sub("_(open|close)$", "", token.type)
            if kind not in _OURS:
                yield f"{name} holds {token.type}: {token.content!r}"
            if token.type == "text":
                yield from (f"{name} links to {one[0]!r}" for one in _BARE_LINK.finditer(token.content))
                if is_strong and token.content not in _HEADINGS:
                    yield f"{name} emphasises {token.content!r}"
            is_strong = token.type == "strong_open" or (is_strong and token.type != "strong_close")


def _foreign(name: str, text: str) -> Iterator[str]:
    if MARK in text:
        yield f"{name}: {text!r}"
