"""The publications that the tables cite."""

from datetime import date

import pytest

from cards.knowledge.sources import (
    Grade,
    HowRead,
    Source,
    SourceEntryError,
    SourceKind,
    Sources,
    UnknownSourceError,
)
from tests.builders import KNOWLEDGE

SOURCES = tuple(KNOWLEDGE.sources.all.values())
PAPERS = (SourceKind.GUIDELINE, SourceKind.ARTICLE)
VERSIONED = (SourceKind.LABEL, SourceKind.DATA)
LAST_READ = date(2026, 11, 30)


@pytest.mark.parametrize("source", KNOWLEDGE.sources.all.values(), ids=lambda source: source.key)
def test_every_source_is_complete(source):
    assert source.label == source.label.strip() != ""
    is_ours = source.grade in (Grade.SUMMARY, Grade.PROJECT)
    assert source.url.startswith(("https://", "http://")) or (is_ours and source.url == "")
    assert isinstance(source.grade, Grade)
    assert date(2026, 1, 1) <= source.checked <= LAST_READ
    assert source.published
    assert source.licence


# What is recorded nowhere that was read. A person who finds one out fills it in, and takes it off this list.
LACKS = {
    "publisher": {
        "ebbesen-nopho-all-92",
        "mosteller-1987",
        "pmc3093721",
        "pmc8322650",
        "pmid-15225172",
        "pmid-21860872",
        "pmid-23783022",
        "shipkova-hydrolysis",
        "smpc-azathioprine",
        "smpc-imuran-precautions",
        "smpc-lanvis-precautions",
        "team-2022",
        "xaluprine-smpc",
    },
    "read": {
        "cdc-varicella-immunity",
        "cdc-varizig-2013",
        "dermacompass",
        "drugs-com-ribavirin",
        "drugs-com-trimethoprim",
        "fda-azathioprine-dmards",
        "fda-imuran-contraindications",
        "fda-imuran-iv",
        "fda-imuran-pml",
        "fda-imuran-summary",
        "hl7-non-adherence-reasons",
        "lactmed-mercaptopurine",
        "mhra-cholestasis-2025",
        "nhs-lanarkshire-dmards",
        "pmc2800017",
        "pmc3093721",
        "pmid-15225172",
        "pmid-21860872",
        "primarycarenotebook-pregnancy",
        "rxnorm",
        "rxreasoner",
        "smpc-azathioprine",
        "tpmt-birmingham",
        "tpmt-mayo",
        "tpmt-nomenclature",
        "tpmt-st-thomas",
        "webmd-methotrexate",
        "wjg-2008",
        "wjg-2016",
    },
    "document": {
        "acip-immunosuppression",
        "aga-hbv-2015",
        "aga-hbv-2025",
        "aga-tdm-2017",
        "aspen-imuran",
        "bfm-95-form",
        "bsg-2019",
        "bsr-2017",
        "ebbesen-nopho-all-92",
        "fda-azathioprine-dmards",
        "fda-imuran-contraindications",
        "fda-imuran-dosage",
        "fda-imuran-interactions",
        "fda-imuran-iv",
        "fda-imuran-malignancy",
        "fda-imuran-pml",
        "iitkgp-2019-all",
        "rxreasoner",
        "shipkova-hydrolysis",
        "smpc-imuran-precautions",
        "smpc-lanvis-precautions",
        "tpmt-mayo",
        "uloric-label",
    },
    "DOI or PMID": {
        "acip-immunosuppression",
        "aga-hbv-2015",
        "aga-hbv-2025",
        "aga-tdm-2017",
        "bsg-2019",
        "bsr-2017",
        "cdc-varicella-immunity",
        "cdc-varizig-2013",
        "cpic-thiopurines-2011",
        "cpic-thiopurines-2018",
        "ebbesen-nopho-all-92",
        "iitkgp-2019-all",
        "nice-cg165",
        "pmc2800017",
        "pmc3093721",
        "pmc8322650",
        "practical-neurology",
        "ser-gout",
        "shipkova-hydrolysis",
        "sps-azathioprine",
        "sps-mercaptopurine",
        "team-2022",
        "tpmt-nomenclature",
    },
    "set id": {
        "aspen-imuran",
        "fda-azathioprine-dmards",
        "fda-imuran-contraindications",
        "fda-imuran-dosage",
        "fda-imuran-interactions",
        "fda-imuran-iv",
        "fda-imuran-malignancy",
        "lanvis-smpc",
        "smpc-azathioprine",
        "smpc-imuran-precautions",
        "smpc-lanvis-precautions",
        "uloric-label",
        "xaluprine-smpc",
    },
    "section": set(),
    "version": {
        "aspen-imuran",
        "dailymed-imuran",
        "fda-azathioprine-dmards",
        "fda-imuran-contraindications",
        "fda-imuran-interactions",
        "fda-imuran-iv",
        "fda-imuran-malignancy",
        "lanvis-smpc",
        "rxnorm",
        "smpc-azathioprine",
        "smpc-imuran-precautions",
        "smpc-lanvis-precautions",
        "uloric-label",
        "xaluprine-smpc",
    },
}


def lacking():
    """Of each column, the sources that should have it and do not."""
    sources = [source for source in SOURCES if source.kind not in (SourceKind.PROJECT, SourceKind.SUMMARY)]
    needs = {
        "publisher": lambda source: source.publisher,
        "read": lambda source: source.how_read,
        "document": lambda source: source.document,
        "DOI or PMID": lambda source: source.kind not in PAPERS or source.doi or source.pmid,
        "set id": lambda source: source.kind is not SourceKind.LABEL or source.set_id,
        "section": lambda source: source.kind is not SourceKind.LABEL or source.section,
        "version": lambda source: source.kind not in VERSIONED or source.version,
    }
    return {name: {source.key for source in sources if not has(source)} for name, has in needs.items()}


def test_what_is_not_recorded_of_a_source_is_on_a_list():
    assert lacking() == LACKS


def test_every_source_says_what_kind_it_is():
    assert [source.key for source in SOURCES if source.kind is None] == []


def test_the_source_that_replaced_another_is_known():
    assert {source.key: source.superseded_by for source in SOURCES if source.superseded_by} == {
        "cpic-thiopurines-2011": "cpic-thiopurines-2018",
        "cpic-thiopurines-2018": "cpic-thiopurines-2025",
        "aga-hbv-2015": "aga-hbv-2025",
        "fda-imuran-dosage": "dailymed-imuran",
    }


def test_an_entry_is_read_by_kind(tables):
    assert Sources.read(tables.folder).all["dailymed-imuran"] == Source(
        key="dailymed-imuran",
        label="FDA label Imuran (DailyMed)",
        url="https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=606101a0-6244-7eff-e053-2a91aa0acadd",
        grade=Grade.REGULATOR,
        checked=date(2026, 11, 23),
        published="2024-07-20",
        licence="public domain",
        kind=SourceKind.LABEL,
        publisher="FDA",
        set_id="606101a0-6244-7eff-e053-2a91aa0acadd",
        section="boxed warning",
        doi=None,
        pmid=None,
        version=None,
        how_read=HowRead.EXCERPT,
        document="https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=606101a0-6244-7eff-e053-2a91aa0acadd",
        superseded_by=None,
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('label = "RxNorm"\n', "", "source 'rxnorm', key 'label' is missing"),
        ('label = "RxNorm"\n', 'label = "RxNorm"\nurn = "x"\n', "source 'rxnorm', key 'urn' is unknown"),
        (
            'kind = "data release"',
            'kind = "file"',
            "source 'hl7-non-adherence-reasons', key 'kind' holds 'file': expected one of ['label', 'guideline', "
            "'data release', 'article', 'regulator notice', 'protocol', 'compendium', 'laboratory page', "
            "'clinical summary', 'project choice']",
        ),
        (
            'read = "quoted"',
            'read = "heard"',
            "source 'cpic-thiopurines-2025', key 'read' holds 'heard': "
            "expected one of ['whole', 'excerpt', 'quoted']",
        ),
        (
            'grade = "B"',
            'grade = "F"',
            "source 'cpic-thiopurines-2025', key 'grade' holds 'F': expected one of ['A', 'B', 'C', 'D', 'E', 'P']",
        ),
        (
            "checked = 2026-11-23",
            'checked = "lately"',
            "source 'cpic-thiopurines-2025', key 'checked' holds 'lately': expected a day",
        ),
        (
            'superseded_by = "cpic-thiopurines-2025"',
            'superseded_by = "hearsay"',
            "source 'cpic-thiopurines-2018', key 'superseded_by' holds 'hearsay': expected a source",
        ),
    ],
)
def test_an_entry_that_does_not_fit_is_refused_by_source_and_key(tables, old, new, message):
    file = tables.folder / "sources.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    with pytest.raises(SourceEntryError) as refused:
        Sources.read(tables.folder)

    assert str(refused.value) == f"sources.toml, {message}"


def test_labels_tell_sources_apart():
    labels = [source.label for source in KNOWLEDGE.sources.all.values()]

    assert len(labels) == len(set(labels))


def test_a_citation_has_the_grade_of_its_source_unless_it_has_its_own():
    assert KNOWLEDGE.cite("cpic-thiopurines-2025").grade is Grade.GUIDELINE
    assert KNOWLEDGE.cite("cpic-thiopurines-2025", grade=Grade.SECONDARY).grade is Grade.SECONDARY


def test_a_citation_in_words_names_place_strength_and_grade():
    assert str(KNOWLEDGE.cite("bsg-2019")) == f"{KNOWLEDGE.sources.all['bsg-2019'].label} (grade B)"
    assert str(KNOWLEDGE.cite("bsg-2019", "Table 10", "Strong")) == (
        f"{KNOWLEDGE.sources.all['bsg-2019'].label}, Table 10, recommendation: Strong (grade B)"
    )


def test_an_unknown_source_cannot_be_cited():
    with pytest.raises(UnknownSourceError, match=r"^source 'hearsay' is not in sources\.toml$"):
        KNOWLEDGE.cite("hearsay")


def test_grades_sort_from_strong_to_weak():
    assert sorted(Grade) == [
        Grade.REGULATOR,
        Grade.GUIDELINE,
        Grade.TRIAL,
        Grade.SECONDARY,
        Grade.SUMMARY,
        Grade.PROJECT,
    ]
