"""What a vendor's notices are about, by system and code."""

import pytest

from cds_service.access.server_notices import NoticeAbout, notice_of, server_notices

EPIC = "urn:oid:1.2.840.114350.1.13.1.1.7.2.657369"


def test_these_notices_are_known():
    assert {(one.code, one.about) for one in server_notices()} == {
        ("4101", NoticeAbout.EMPTY),
        ("4119", NoticeAbout.ALWAYS),
        ("59204", NoticeAbout.TYPE_WITHHELD),
    }


def test_every_notice_says_where_it_was_read():
    assert [one.code for one in server_notices() if not one.source.startswith("https://")] == []


@pytest.mark.parametrize("installation", ["0.1", "1.1", "20.3", "236.2", "5325.1"])
def test_an_installation_is_part_of_the_address(installation):
    found = notice_of(f"urn:oid:1.2.840.114350.1.13.{installation}.7.2.657369", "59204")

    assert found is not None
    assert found.about is NoticeAbout.TYPE_WITHHELD


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (EPIC, "59205"),
        (EPIC, ""),
        ("urn:oid:1.2.840.114350.1.13..7.2.65736", "59204"),
        (f"{EPIC}9", "59204"),
        ("urn:oid:1.2.840.114350.1.13.x.7.2.657369", "59204"),
        ("", "59204"),
    ],
)
def test_any_other_coding_is_not_known(system, code):
    assert notice_of(system, code) is None
