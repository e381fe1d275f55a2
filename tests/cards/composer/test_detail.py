"""The Markdown of a card: what it says, and that text from a chart stays text."""

from dataclasses import replace
from datetime import date

import pytest
from markdown_it import MarkdownIt

from cards.card import Indicator
from cards.composer.detail import detail_of, escaped, fact_line
from cards.finding import DecisionKey, DecisionKind, Fact, Finding, Reasons
from cards.knowledge.releases import Release, own_tables
from cards.knowledge.sources import Grade
from tests.builders import KNOWLEDGE, on

CPIC = KNOWLEDGE.cite("cpic-thiopurines-2025", "azathioprine recommendations", "Strong")
FINDING = Finding(
    decision=DecisionKey(DecisionKind.DOSE, "MedicationRequest/1"),
    indicator=Indicator.INFO,
    summary="Azathioprine",
    why=(Fact("TPMT *1/*3A", on("2026-10"), "Observation/1"),),
    do=("Start low.",),
    citations=(CPIC,),
    reasons=Reasons.DOSE,
)
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt; & <b>",
    "**bold** _it_ ~~gone~~ `code`",
    "[click](http://evil.example)",
    "![image](https://evil.example/x.png)",
    "http://evil.example www.evil.example HTTPS://EVIL.EXAMPLE",
    "ftp://evil.example someone@evil.example mailto:someone@evil.example",
    "# heading",
    "- item",
    "+ item",
    "1. item",
    "12) item",
    "> quoted",
    "---",
    "***",
    "===",
    "| a | b |",
    "\\<b\\> \\",
    "    indented code",
    "a  \nb\r\nc\u2028d\x85e",
    "left\u202eright\u2066x\u200b\ufeff\u00ad\u061c",
    "\x00\x1b[31mred\x07",
    "[^1] [x]: y",
    "a\U000e0041b",
]
# The renderer that a strict client might use: GitHub's Markdown, links made out of bare text.
MARKDOWN = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable("table")


def shown(text):
    """The text that a reader sees of one bullet, and every kind of token that was made of it."""
    tokens = MARKDOWN.parse(f"- {escaped(text)}")
    kinds = {token.type for token in tokens} | {
        child.type for token in tokens for child in token.children or ()
    }
    words = "".join(child.content for token in tokens for child in token.children or ())
    return words, kinds


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_chart_stays_text(text):
    _, kinds = shown(text)

    assert kinds <= {
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
        "inline",
        "text",
        "text_special",
        "paragraph_close",
        "list_item_close",
        "bullet_list_close",
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_chart_has_no_html_no_link_and_no_second_line(text):
    safe = escaped(text)

    assert not {"<", "\n", "\r", "\x00", "\u202e", "\u2028", "\x85"} & set(safe)
    assert "://" not in safe
    assert "www." not in safe.lower()
    assert "x@" not in safe


@pytest.mark.parametrize(
    "text",
    ["TPMT *1/*3A", "a < b & c > d", "2.5 mg/kg", "-5", "1. first", "10*9/L", "c.460G>A", "_x_ [y] #1 | ~ `"],
)
def test_what_is_shown_is_what_was_said(text):
    words, _ = shown(text)

    assert words == text


def test_a_decimal_at_the_start_is_left_alone():
    assert escaped("2.5 mg/kg") == "2.5 mg/kg"


def test_a_fact_has_its_date_and_record():
    assert fact_line(Fact("WBC 2.1", on("2026-11"), "Observation/1")) == "WBC 2.1 (2026-11, Observation/1)"
    assert fact_line(Fact("WBC 2.1", None, "Observation/1")) == "WBC 2.1 (Observation/1)"
    assert fact_line(Fact("WBC 2.1", on("2026"))) == "WBC 2.1 (2026)"
    assert fact_line(Fact("WBC 2.1")) == "WBC 2.1"


def test_a_detail_says_why_what_to_do_what_else_and_who_says_so():
    found = replace(FINDING, also=("DPWG: half.",))

    assert detail_of((found,), None, ("Offered: 50 mg/day.",)) == "\n".join(
        [
            "**Why**",
            "",
            "- TPMT \\*1/\\*3A (2026-10, Observation/1)",
            "",
            "**What to do**",
            "",
            "- Offered: 50 mg/day.",
            "- Start low.",
            "",
            "**What other sources say**",
            "",
            "- DPWG: half.",
            "",
            "**Source**",
            "",
            "- CPIC thiopurine guideline, 2025 update: azathioprine recommendations "
            "(grade B, recommendation Strong)",
            f"- Knowledge last compared with its sources on {CPIC.source.checked}.",
        ]
    )


def test_an_empty_section_is_left_out():
    assert "What other sources say" not in detail_of((FINDING,), None)
    assert "**Source**" not in detail_of((replace(FINDING, citations=()),), None)


def test_findings_share_their_lines():
    other = replace(
        FINDING, why=(*FINDING.why, Fact("Weight 80 kg"), Fact("")), do=("Start low.", "Then wait.")
    )

    detail = detail_of((FINDING, other), None)

    assert detail.count("Start low.") == 1
    assert detail.count("TPMT") == 1
    assert detail.index("Start low.") < detail.index("Then wait.")


def test_one_publication_is_one_line_with_every_place_the_best_grade_and_every_strength():
    again = KNOWLEDGE.cite("cpic-thiopurines-2025", "TPMT diplotype to phenotype")
    weaker = replace(CPIC, strength="Moderate", grade=Grade.SECONDARY)

    assert (
        "CPIC thiopurine guideline, 2025 update: azathioprine recommendations; TPMT diplotype to phenotype "
        "(grade B, recommendation Strong, Moderate)"
    ) in detail_of((replace(FINDING, citations=(CPIC, again, weaker)),), None)


@pytest.mark.parametrize(
    ("count", "lines"), [(60, ["fact 59"]), (61, ["fact 59", "and 1 more"]), (99, ["fact 59", "and 39 more"])]
)
def test_facts_without_end_are_counted_after_sixty(count, lines):
    many = replace(FINDING, why=tuple(Fact(f"fact {number}") for number in range(count)))

    why = detail_of((many,), None).split("\n\n")[1]

    assert why.splitlines()[59:] == [f"- {line}" for line in lines]


@pytest.mark.parametrize(("length", "shown"), [(2_000, "a" * 2_000), (2_001, "a" * 2_000 + "…")])
def test_a_line_without_end_is_cut(length, shown):
    long = replace(FINDING, why=(Fact("a" * length),))

    assert detail_of((long,), None).split("\n\n")[1] == f"- {shown}"


def test_a_place_that_is_not_named_is_left_out():
    plain = KNOWLEDGE.cite("cpic-thiopurines-2025")

    assert "- CPIC thiopurine guideline, 2025 update (grade B)" in detail_of(
        (replace(FINDING, citations=(plain,)),), None
    )


def test_the_oldest_comparison_with_a_source_is_told():
    old = replace(CPIC, source=replace(CPIC.source, key="old", label="Old", checked=date(2020, 1, 1)))

    assert "on 2020-01-01." in detail_of((replace(FINDING, citations=(CPIC, old)),), None)


def test_tables_that_a_site_stays_with_are_told_with_who_signed_them():
    pinned = Release("2026-01-01", 1, date(2026, 1, 1), "0123", "", {}, (), own_tables())

    last = detail_of((FINDING,), pinned).splitlines()[-1]

    assert last == ("- Tables of release 2026-01-01, by this site's policy; not signed off by a clinician.")
