import pytest

from cds_service.net.web_addresses import UnsafeAddressError, base_address, origin_of, page_address


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("https://ehr.example/fhir/", "https://ehr.example/fhir"),
        ("HTTPS://EHR.example:443", "https://ehr.example"),
        ("https://ehr.example:8443/R4", "https://ehr.example:8443/R4"),
        ("http://localhost:8080/fhir", "http://localhost:8080/fhir"),
        ("http://[::1]:8080/fhir", "http://[::1]:8080/fhir"),
    ],
)
def test_a_base_has_one_spelling(text, base):
    assert base_address(text) == base


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ehr.example/fhir",
        "//ehr.example/fhir",
        "file:///etc/passwd",
        "ftp://ehr.example",
        "http://ehr.example/fhir",
        "https://",
        "https://user:secret@ehr.example/fhir",
        "https://ehr.example@evil.example/fhir",
        "https://ehr.example\\@evil.example/fhir",
        "https://ehr.example/fhir#part",
        "https://ehr.example/fh ir",
        "https://ehr.example/fhir\r\nHost: evil.example",
        "https://ehr.example:99999/fhir",
        "https://[::1/fhir",
        "https://ehr.exämple/fhir",
    ],
)
def test_an_unsafe_address_is_refused(text):
    with pytest.raises(UnsafeAddressError):
        page_address(text)


def test_a_base_has_no_query():
    with pytest.raises(UnsafeAddressError):
        base_address("https://ehr.example/fhir?x=1")


def test_a_page_keeps_its_query_as_it_came():
    assert (
        page_address("https://EHR.example/fhir?_page=2&code=a|b")
        == "https://ehr.example/fhir?_page=2&code=a|b"
    )


def test_an_origin_has_no_path():
    assert origin_of("https://ehr.example:8443/fhir?x=1") == "https://ehr.example:8443"
