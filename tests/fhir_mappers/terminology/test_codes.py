from itertools import pairwise

import pytest

from cards.model.conditions import Problem, ProcedureKind
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug
from cards.model.vaccines import Antigen, VaccineKind
from fhir_mappers.terminology.code_systems import (
    ATC,
    ATC_ADDRESSES,
    CPT,
    CVX,
    HGNC,
    ICD_10_CM,
    LOINC,
    NDC,
    RXNORM,
    SNOMED,
    canonical_code,
    canonical_system,
)
from fhir_mappers.terminology.codes import codes_of, index_of, is_known, loinc_codes, lookup
from fhir_mappers.terminology.tables import CodeTableError, packaged_rows, rows_of

ROWS = list(packaged_rows("codes.csv"))
HEADING = ",".join(ROWS[0].cells)


def meanings(system, code):
    return {(found.kind, found.concept) for found in lookup(system, code)}


# What the table must hold

# No code of these was found in a source that could be opened: they are matched by their names.
TEXT_ONLY = {"drug": {"chlorambucil", "melphalan", "lesinurad_allopurinol"}}

MEMBERS = {
    "drug": Drug,
    "vaccine": VaccineKind,
    "analyte": Analyte,
    "problem": Problem,
    "procedure": ProcedureKind,
    "test": OrderableTest,
    "gene": Gene,
    "gene_test": Gene,
    "variant": Gene,
}


@pytest.mark.parametrize(("kind", "members"), MEMBERS.items())
def test_everything_the_model_asks_for_has_a_code_or_is_named_as_text_only(kind, members):
    without = {member.value for member in members if not codes_of(member, kind)}

    assert without == TEXT_ONLY.get(kind, set())


def test_every_row_says_where_it_was_read():
    sources = {row.text("source") for row in packaged_rows("code_sources.csv")}

    assert [row.line for row in ROWS if not set(row.filled("source").split("+")) <= sources] == []


def test_every_source_says_where_it_is_and_is_used():
    sources = {row.text("source"): row.filled("where") for row in packaged_rows("code_sources.csv")}
    used = {source for row in ROWS for source in row.text("source").split("+")}

    assert set(sources) == used | set(ATC_ADDRESSES.values())


def test_no_meaning_is_listed_twice():
    keys = [tuple(row.text(column) for column in ("system", "code", "kind", "concept")) for row in ROWS]

    assert len(keys) == len(set(keys))


def test_owners_descriptors_are_not_carried():
    owned = [row for row in ROWS if row.text("system") in (CPT, SNOMED)]

    assert {row.text("display") for row in owned} == {""}


# Check digits


def dihedral(a, b):
    """The group of order ten that Verhoeff's digit is computed in."""
    if a < 5:
        return (a + b) % 5 if b < 5 else (a + b - 5) % 5 + 5
    return (a - b) % 5 + 5 if b < 5 else (a - b) % 5


def verhoeff(code):
    first = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    permutations = [tuple(range(10))]
    for _ in range(7):
        permutations.append(tuple(permutations[-1][digit] for digit in first))
    total = 0
    for place, digit in enumerate(reversed(code)):
        total = dihedral(total, permutations[place % 8][int(digit)])
    return total


def mod_10(code):
    number, check = code.split("-")
    doubled = "".join(
        str(int(digit) * 2) if i % 2 == 0 else digit for i, digit in enumerate(reversed(number))
    )
    return (-sum(map(int, doubled))) % 10 == int(check)


def test_check_digits_are_computed_right():
    assert (verhoeff("238012003"), verhoeff("238012004") == 0) == (0, False)
    assert (mod_10("6690-2"), mod_10("6690-3")) == (True, False)


def test_every_snomed_code_is_a_concept_with_a_right_check_digit():
    codes = {row.text("code") for row in ROWS if row.text("system") == SNOMED}

    assert [code for code in codes if verhoeff(code) or code[-3:-1] not in ("00", "10")] == []


def test_every_loinc_code_has_a_right_check_digit():
    codes = {row.text("code") for row in ROWS if row.text("system") == LOINC}

    assert [code for code in codes if not code.startswith("LA") and not mod_10(code)] == []


def test_every_code_has_the_shape_of_its_system():
    shapes = {
        RXNORM: str.isdecimal,
        NDC: lambda code: code.isdecimal() and len(code) == 11,
        CVX: lambda code: code.isdecimal() and len(code) >= 2,
        CPT: lambda code: code.isdecimal() and len(code) == 5,
        ICD_10_CM: lambda code: code[0].isalpha() and code.isalnum() and 3 <= len(code) <= 7,
        ATC: lambda code: len(code) == 7 and code.isalnum(),
    }

    assert [
        row.line
        for row in ROWS
        if row.text("system") in shapes and not shapes[row.text("system")](row.text("code"))
    ] == []


# Look-alikes and traps, by the numbers of the terminology notes


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (LOINC, "79716-7"),  # 1: CYP2C9, not TPMT
        (RXNORM, "108831"),  # 2: invented for azathioprine
        (RXNORM, "30212"),  # invented for allopurinol
        (RXNORM, "197322"),
        (RXNORM, "6940"),
        (RXNORM, "311989"),
        (RXNORM, "41493"),  # invented for febuxostat
        (RXNORM, "313444"),
        (RXNORM, "1731031"),  # 5: lesinurad alone does not inhibit xanthine oxidase
        (ATC, "M04AB05"),
        (ATC, "A07EA01"),  # 7: topical
        (LOINC, "34381-4"),  # 9: thioguanine in serum
        (LOINC, "752-6"),  # deprecated neutrophils
        (LOINC, "768-2"),  # segmented neutrophils only
        (LOINC, "770-8"),  # neutrophils in percent
        (LOINC, "15212-4"),  # lipase in body fluid
        (LOINC, "21597-0"),  # 10: VZV IgM
        (LOINC, "43588-3"),
        (SNOMED, "113127005"),  # 12: evaluation for a transplant
        (SNOMED, "183985008"),  # transplant planned
        (SNOMED, "152210002"),
        (SNOMED, "78129009"),  # thrombotic, not immune, thrombocytopenic purpura
        (SNOMED, "413711008"),  # 13: about the infant
        (LOINC, "LP14127-2"),  # 15: a part, not an observation
        (SNOMED, "31394004"),  # 16: light therapy of any kind
        (CPT, "96920"),  # laser
        (SNOMED, "356744012"),  # a description id of TPMT deficiency
        (SNOMED, "447931005"),  # not verified as sepsis
        (SNOMED, "473164004"),  # history of varicella vaccination, not an order
        (SNOMED, "150971000119104"),
        (LOINC, "8339-4"),  # birth weight
        (LOINC, "59574-4"),  # BMI percentile
        (SNOMED, "58776007"),  # an autologous transplant
        (SNOMED, "108631000119101"),
        (ICD_10_CM, "C92.10"),  # chronic myeloid leukaemia
        (RXNORM, "563539"),  # a rectal foam of prednisolone
    ],
)
def test_look_alikes_mean_nothing(system, code):
    assert meanings(system, code) == set()


@pytest.mark.parametrize("code", ["48642-3", "48643-1", "88293-6", "88294-4"])
def test_an_egfr_by_race_is_known_as_one_that_is_not_used(code):
    assert meanings(LOINC, code) == {("analyte_by_race", "egfr")}


@pytest.mark.parametrize(("system", "code"), [(SNOMED, "422587007"), (ICD_10_CM, "R11.0")])
def test_nausea_alone_is_not_vomiting(system, code):
    assert meanings(system, code) == {("problem", "nausea")}


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        (LOINC, "79713-4", {("gene_test", "TPMT"), ("test", "tpmt_test")}),  # 1
        (LOINC, "93195-6", {("gene_test", "NUDT15"), ("test", "nudt15_test")}),
        (RXNORM, "197388", {("drug", "azathioprine")}),  # 2: the true ones
        (RXNORM, "197319", {("drug", "allopurinol")}),
        (RXNORM, "197320", {("drug", "allopurinol")}),
        (RXNORM, "834235", {("drug", "febuxostat")}),  # 4
        (RXNORM, "834241", {("drug", "febuxostat")}),
        (ATC, "J05AB04", {("drug", "ribavirin")}),  # 6: moved codes
        (ATC, "J05AP01", {("drug", "ribavirin")}),
        (ATC, "L04AF01", {("drug", "jak_inhibitors")}),
        (RXNORM, "198042", {("drug", "progestin_only_pill")}),  # 8
        (RXNORM, "748961", {("drug", "progestin_only_pill")}),
        (LOINC, "1968-7", {("analyte", "bilirubin_direct")}),  # 9
        (LOINC, "15152-2", {("analyte", "bilirubin_direct")}),
        (LOINC, "24113-3", {("analyte", "anti_hbc_igm")}),  # 10
        (LOINC, "31204-1", {("analyte", "anti_hbc_igm")}),
        (SNOMED, "371113008", {("problem", "varicella_immune_history")}),  # 11
        (SNOMED, "161423008", {("problem", "varicella_immune_history")}),
        (SNOMED, "866041003", {("problem", "lactation")}),  # 13
        (CPT, "96912", {("procedure", "phototherapy_uv")}),  # 16
        (ICD_10_CM, "C91.00", {("problem", "leukemia")}),
        (ICD_10_CM, "C91.01", {("problem", "leukemia"), ("problem", "leukemia_in_remission")}),
        (ICD_10_CM, "T86.11", {("problem", "kidney_transplant"), ("problem", "kidney_graft_complication")}),
        (ICD_10_CM, "C83.50", {("problem", "lymphoma"), ("problem", "lymphoblastic_lymphoma")}),
        (ICD_10_CM, "C92.00", {("problem", "acute_myeloid_leukemia")}),
        (ICD_10_CM, "C92.40", {("problem", "acute_promyelocytic_leukemia")}),
        (ICD_10_CM, "O26.641", {("problem", "cholestasis_of_pregnancy"), ("problem", "pregnancy")}),
        (ICD_10_CM, "O26.612", {("problem", "cholestasis_of_pregnancy"), ("problem", "pregnancy")}),
        (ICD_10_CM, "O26.62", {("problem", "pregnancy")}),
        (ICD_10_CM, "K76.5", {("problem", "liver_disease"), ("problem", "veno_occlusive_disease")}),
        (ICD_10_CM, "Z99.2", {("problem", "ckd"), ("problem", "dialysis")}),
        (ICD_10_CM, "Z94.84", {("procedure", "stem_cell_transplant")}),
        (SNOMED, "234336002", {("procedure", "stem_cell_transplant")}),
        (SNOMED, "116863004", {("procedure", "red_cell_transfusion")}),
        (SNOMED, "386661006", {("problem", "fever")}),
        (SNOMED, "238012003", {("problem", "tpmt_deficiency")}),
        (LOINC, "24323-8", {("test", "cmp_lft_panel"), ("test", "creatinine")}),
        (LOINC, "24321-2", {("test", "creatinine")}),  # a basic panel has no liver tests
        (LOINC, "93193-1", {(k, c) for k, cs in (("gene_test", ("TPMT", "NUDT15")),
                                                ("test", ("tpmt_test", "nudt15_test"))) for c in cs}),
    ],
)  # fmt: skip
def test_a_code_means_what_its_source_says(system, code, expected):
    assert meanings(system, code) == expected


def test_lupus_nephritis_is_also_lupus_but_not_the_other_way_round():
    assert meanings(ICD_10_CM, "M32.14") == {
        ("problem", "sle_lupus_nephritis"),
        ("problem", "lupus_nephritis"),
    }
    assert meanings(ICD_10_CM, "M32.9") == {("problem", "sle_lupus_nephritis")}
    assert meanings(ICD_10_CM, "M32.0") == set()  # drug-induced


# Vaccines


@pytest.mark.parametrize(
    ("system", "code", "kind", "name", "antigen"),
    [
        (CVX, "03", VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER),
        (CVX, "3", VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER),
        (CVX, "21", VaccineKind.LIVE, "varicella", Antigen.VARICELLA),
        (CVX, "94", VaccineKind.LIVE, "measles, mumps, rubella and varicella", Antigen.VARICELLA),
        (CVX, "121", VaccineKind.LIVE, "live zoster", Antigen.ZOSTER),
        (CVX, "333", VaccineKind.LIVE, "nasal influenza", Antigen.OTHER),
        (CVX, "204", VaccineKind.LIVE, "Ebola", Antigen.OTHER),
        (CVX, "187", VaccineKind.NON_LIVE, "recombinant zoster", Antigen.ZOSTER),
        (CVX, "206", VaccineKind.NON_LIVE, "smallpox and mpox (non-replicating)", Antigen.OTHER),
        (CVX, "43", VaccineKind.NON_LIVE, "hepatitis B", Antigen.HEPATITIS_B),
        (CVX, "104", VaccineKind.NON_LIVE, "hepatitis A and B", Antigen.HEPATITIS_B),
        (CVX, "188", VaccineKind.UNCERTAIN, "zoster", Antigen.ZOSTER),
        (CPT, "90707", VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER),
        (CPT, "90750", VaccineKind.NON_LIVE, "recombinant zoster", Antigen.ZOSTER),
        (CPT, "90632", VaccineKind.NON_LIVE, "hepatitis A", Antigen.OTHER),  # 14: not the live one
        (SNOMED, "38598009", VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER),
        (SNOMED, "836495005", VaccineKind.UNCERTAIN, "varicella-zoster", Antigen.OTHER),
        (NDC, "00006-4681-00", VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER),
        (NDC, "0006-4681-00", VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER),
        (RXNORM, "804186", VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER),
        (RXNORM, "1292459", VaccineKind.LIVE, "varicella", Antigen.VARICELLA),
        (RXNORM, "1658241", VaccineKind.LIVE, "yellow fever", Antigen.OTHER),
        (RXNORM, "1986830", VaccineKind.NON_LIVE, "recombinant zoster", Antigen.ZOSTER),
        (NDC, "58160-819-12", VaccineKind.NON_LIVE, "recombinant zoster", Antigen.ZOSTER),
        (ATC, "J07BK02", VaccineKind.LIVE, "live zoster", Antigen.ZOSTER),
        (
            SNOMED,
            "13968211000001108",
            VaccineKind.LIVE,
            "measles, mumps and rubella",
            Antigen.OTHER,
        ),  # M-M-RVAXPRO
        (
            SNOMED,
            "34925111000001104",
            VaccineKind.LIVE,
            "measles, mumps and rubella",
            Antigen.OTHER,
        ),  # Priorix
        (
            SNOMED,
            "45480711000001107",
            VaccineKind.LIVE,
            "measles, mumps, rubella and varicella",
            Antigen.VARICELLA,
        ),
        (
            SNOMED,
            "45525711000001102",
            VaccineKind.LIVE,
            "measles, mumps, rubella and varicella",
            Antigen.VARICELLA,
        ),
        (RXNORM, "2603510", VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER),  # Priorix
        (
            RXNORM,
            "606051",
            VaccineKind.LIVE,
            "measles, mumps, rubella and varicella",
            Antigen.VARICELLA,
        ),  # ProQuad
    ],
)
def test_a_vaccine_is_live_or_not_by_its_code(system, code, kind, name, antigen):
    (found,) = lookup(system, code)

    assert (found.kind, found.concept, found.name, found.antigen) == ("vaccine", kind, name, antigen)


@pytest.mark.parametrize("code", ["90714", "J07BP02", "J07BK03", "J07AE01"])
def test_non_live_look_alikes_are_not_live(code):
    assert ("vaccine", "live") not in meanings(CPT, code) | meanings(ATC, code)


@pytest.mark.parametrize(("system", "code"), [(CVX, "36"), (CVX, "30"), (CPT, "90396"), (RXNORM, "1365979")])
def test_immune_globulins_are_not_vaccines(system, code):
    assert {found.kind for found in lookup(system, code)} == {"immune_globulin"}


def test_every_vaccine_has_a_name_of_our_own():
    assert [row.line for row in ROWS if row.text("kind") == "vaccine" and not row.text("name")] == []


# Products


@pytest.mark.parametrize(
    ("code", "strength_mg", "mg_per_ml", "form"),
    [
        ("197388", 50.0, None, "tablet"),
        ("410148", 250.0, None, "capsule"),
        ("239983", 100.0, None, "injection"),
        ("1256", None, None, ""),  # the ingredient
        ("1155002", None, None, ""),  # "azaTHIOprine Pill"
        ("1536484", None, 20.0, "suspension"),
        ("834235", 40.0, None, "tablet"),
        ("104370", None, None, "tablet"),  # captopril 25 mg with hydrochlorothiazide 12.5 mg: two strengths
    ],
)
def test_a_product_holds_what_its_name_says(code, strength_mg, mg_per_ml, form):
    (found,) = lookup(RXNORM, code)

    assert (found.strength_mg, found.mg_per_ml, found.form) == (strength_mg, mg_per_ml, form)


# Spellings of systems and codes


@pytest.mark.parametrize(
    ("spelling", "system"),
    [
        ("urn:oid:2.16.840.1.113883.6.88", RXNORM),
        ("urn:oid:2.16.840.1.113883.6.96", SNOMED),
        ("urn:oid:2.16.840.1.113883.6.1", LOINC),
        ("urn:oid:2.16.840.1.113883.6.69", NDC),
        ("urn:oid:2.16.840.1.113883.12.292", CVX),
        ("urn:oid:2.16.840.1.113883.6.90", ICD_10_CM),
        ("http://snomed.info/sct/731000124108", SNOMED),
        ("http://snomed.info/sct|http://snomed.info/sct/731000124108", SNOMED),
        ("https://LOINC.org/", LOINC),
        (" http://loinc.org ", LOINC),
        ("http://www.genenames.org/geneId", HGNC),
        ("urn:oid:2.16.840.1.113883.6.73", ATC),
        ("http://hl7.org/fhir/sid/atc", ATC),
        ("http://fhir.de/CodeSystem/bfarm/atc", ATC),
        ("http://fhir.de/CodeSystem/bfarm/atc|2026", ATC),
        ("http://fhir.de/CodeSystem/dimdi/atc", ATC),
        ("https://www.whocc.no/atc/", ATC),
        ("http://fhir.de/CodeSystem/bfarm/ops", None),
        ("http://loinc.org.example", None),
        ("urn:oid:1.2.3", None),
        ("", None),
    ],
)
def test_a_system_is_known_by_its_spellings(spelling, system):
    assert canonical_system(spelling) == system


@pytest.mark.parametrize(
    ("system", "spelling", "code"),
    [
        (NDC, "54766-590-10", "54766059010"),  # 5-3-2
        (NDC, "0006-4681-00", "00006468100"),  # 4-4-2
        (NDC, "49281-0915-1", "49281091501"),  # 5-4-1
        (NDC, "49281-0915-01", "49281091501"),  # 5-4-2
        (NDC, "49281091501", "49281091501"),
        (NDC, "4928109151", "4928109151"),  # ten digits may be three products
        (NDC, "49281-0915", "49281-0915"),
        (NDC, "4928X-0915-1", "4928X-0915-1"),
        (CVX, "3", "03"),
        (CVX, "003", "03"),
        (CVX, "121", "121"),
        (ICD_10_CM, "K50.90", "K5090"),
        (ICD_10_CM, " k5090 ", "K5090"),
        (HGNC, "12014", "HGNC:12014"),
        (HGNC, "HGNC:12014", "HGNC:12014"),
        (LOINC, " 6690-2", "6690-2"),
        (ATC, " l04ax01 ", "L04AX01"),
    ],
)
def test_a_code_is_brought_to_one_spelling(system, spelling, code):
    assert canonical_code(system, spelling) == code


@pytest.mark.parametrize("code", ["K50", "K50.9", "K5090", "k50.911"])
def test_a_category_of_icd_10_cm_matches_what_is_below_it(code):
    assert meanings(ICD_10_CM, code) == {("problem", "crohns")}


@pytest.mark.parametrize("code", ["K5", "K", "", "X50", "K75.41"])
def test_codes_outside_a_category_do_not_match(code):
    assert meanings(ICD_10_CM, code) == set()


def test_the_hepatosplenic_lymphoma_of_2025_is_found():
    assert meanings(ICD_10_CM, "C86.10") == {("problem", "lymphoma")}


def test_a_code_without_a_system_means_nothing():
    assert (lookup(None, "197388"), lookup("", "197388")) == ((), ())


def test_a_code_of_another_system_means_nothing():
    assert lookup("urn:oid:1.2.3", "197388") == ()


def test_is_known():
    assert (is_known(LOINC, "6690-2"), is_known(LOINC, "1234-5")) == (True, False)


# Codes to write


def test_codes_of_a_concept_come_with_the_preferred_one_first():
    assert loinc_codes("wbc")[:2] == ("26464-8", "6690-2")
    assert loinc_codes("tpmt_test", "test")[0] == "41048-0"
    assert loinc_codes("nudt15_test", "test")[0] == "93194-9"


def test_codes_of_one_system():
    assert [code.code for code in codes_of("tpmt_test", "test", CPT)] == ["81335"]


@pytest.mark.parametrize("test", OrderableTest)
def test_every_test_can_be_ordered_by_a_loinc_code_with_a_display(test):
    preferred = codes_of(test, "test", LOINC)[0]

    assert preferred.display


@pytest.mark.parametrize("answer", ["LA9657-3", "LA10317-8", "LA25391-6"])
def test_phenotype_answers_are_cpics_words(answer):
    (found,) = lookup(LOINC, answer)

    assert found.kind == "phenotype_answer"
    assert Phenotype(found.concept)


def test_rapid_metabolizers_are_not_a_thiopurine_phenotype():
    assert meanings(LOINC, "LA25390-8") == {("other_phenotype_answer", "rapid")}


# A table that cannot be trusted

GOOD = {
    "system": LOINC,
    "code": "6690-2",
    "concept": "wbc",
    "kind": "analyte",
    "match": "exact",
    "confidence": "verified",
    "source": "canvas",
}


def written(**cells):
    columns = HEADING.split(",")
    row = ",".join({**GOOD, **cells}.get(column, "") for column in columns)
    return rows_of("codes.csv", f"{HEADING}\n{row}\n")


def test_a_good_row_is_read():
    assert list(index_of(written()).exact) == [(LOINC, "6690-2")]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"system": ""}, "column 'system' is empty"),
        ({"system": "http://example.org"}, "column 'system' holds 'http://example.org'"),
        ({"system": "urn:oid:2.16.840.1.113883.6.1"}, "expected one of ['http://loinc.org']"),
        ({"code": ""}, "column 'code' is empty"),
        ({"code": " 6690-2"}, "column 'code' holds ' 6690-2': expected one of ['6690-2']"),
        ({"concept": "wcb"}, "column 'concept' holds 'wcb'"),
        ({"kind": "lab"}, "column 'kind' holds 'lab'"),
        ({"kind": "genomics", "concept": ""}, "column 'concept' is empty"),
        ({"match": "like"}, "column 'match' holds 'like'"),
        ({"strength_mg": "fifty"}, "column 'strength_mg' holds 'fifty': expected a positive number"),
        ({"strength_mg": "0"}, "column 'strength_mg' holds '0': expected a positive number"),
        ({"mg_per_ml": "inf"}, "column 'mg_per_ml' holds 'inf': expected a positive number"),
        ({"antigen": "measles"}, "column 'antigen' holds 'measles'"),
        ({"confidence": "maybe"}, "column 'confidence' holds 'maybe'"),
        ({"source": ""}, "column 'source' is empty"),
        ({"source": "canvas+hearsay"}, "column 'source' holds 'canvas+hearsay'"),
        ({"kind": "gene_test", "concept": "TPMT", "name": "thing"}, "column 'name' holds 'thing'"),
    ],
)
def test_a_bad_cell_is_refused_by_file_line_and_column(cells, said):
    with pytest.raises(CodeTableError) as refused:
        index_of(written(**cells))

    assert str(refused.value).startswith("codes.csv, line 2, ")
    assert said in str(refused.value)


def test_a_missing_column_is_refused():
    (row,) = rows_of("codes.csv", "system\nhttp://loinc.org\n")

    with pytest.raises(CodeTableError, match=r"^codes.csv, line 2, column 'code' is missing$"):
        row.text("code")


@pytest.mark.parametrize("line", ["a", "a,b,c"])
def test_a_row_of_another_width_is_refused(line):
    with pytest.raises(CodeTableError, match=r"^codes.csv, line 2: not as many cells as the heading$"):
        list(rows_of("codes.csv", f"system,code\n{line}\n"))


def test_preferred_order_is_the_order_of_the_table():
    lines = [row.line for row in ROWS]

    assert all(first < second for first, second in pairwise(lines))
