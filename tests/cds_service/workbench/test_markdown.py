import pytest

from cds_service.workbench.markdown import as_html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](https://example.org/track.png)",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<a href='https://example.org' style='position:fixed'>x</a>",
    ],
)
def test_nothing_that_runs_or_loads_is_left(hostile):
    html = str(as_html(hostile))

    assert not any(
        mark in html for mark in ("<script", "<img", "<a href='", 'href="javascript', 'href="data')
    )


def test_what_a_card_is_made_of_is_kept():
    html = as_html("**Why**\n\n- TPMT \\*1/\\*3A\n\n| a |\n|---|\n| 1 |\n\n[label](https://example.org)")

    assert "<strong>Why</strong>" in html
    assert "<li>TPMT *1/*3A</li>" in html
    assert "<td>1</td>" in html
    assert '<a href="https://example.org" rel="noopener noreferrer">label</a>' in html
