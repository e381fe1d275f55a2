"""One identifying element never decides alone: records that contradict themselves, and many that do not."""

import json

import pytest

from cards.model.conditions import ConditionState, Problem
from cards.model.drug_names import drug_name
from cards.model.facts import FactKind
from cards.model.genes import Gene
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cards.model.vaccines import Antigen, VaccineKind
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.chart import ChartRequest
from fhir_mappers.genes.identity import gene_contradiction
from fhir_mappers.results.analyte_identity import analyte_contradiction
from fhir_mappers.terminology.analyte_words import analytes_in_words
from fhir_mappers.terminology.code_systems import ATC, CVX, ICD_10_CM, LOINC, RXNORM
from fhir_mappers.terminology.identity import Named, contradiction
from fhir_mappers.terminology.tables import packaged_rows
from tests.fhir_mappers.mapped import ZONE, chart_of, charted

AZATHIOPRINE = "197388"
CODES = [row.cells for row in packaged_rows("codes.csv")]
DAY = "2026-02-02"


def concept(system, code, display="", text=""):
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return ({"coding": [coding]} if code else {}) | ({"text": text} if text else {})


def request(medication, **more):
    return {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/1"},
        "authoredOn": "2026-03-01",
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 100, "unit": "mg"}}],
            }
        ],
        **(
            {"medicationCodeableConcept": medication}
            if "coding" in medication or "text" in medication
            else medication
        ),
    } | more


def observation(code, **more):
    return {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": code,
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": DAY,
    } | more


def gene_observation(code, *genes, value="*1/*1"):
    components = [{"code": concept(LOINC, "48018-6"), "valueCodeableConcept": gene} for gene in genes]
    return observation(code, valueString=value) | ({"component": components} if components else {})


def hgnc(code, display=""):
    return concept("http://www.genenames.org/geneId", code, display)


def drugs_in(mapped):
    return sorted(record.drug for record in mapped.chart.drug_records)


def whys(mapped):
    told = [one for one in mapped.chart.unread if "its dose could not" not in one.why]  # of two drugs in one
    return [one.in_words for one in told]


# Parts in general


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((), None),
        ((("code", {"a"}),), None),
        ((("code", {"a"}), ("text", {"a"})), None),
        ((("code", {"a"}), ("text", {"a", "b"})), None),
        ((("code", {"a"}), ("text", ())), None),
        ((("code", {"a"}), ("text", {"b"})), "its code says a and its text b"),
        ((("code", {"a"}), ("display", {"a"}), ("text", {"b_c"})), "its code says a and its text b c"),
        ((("code", ()), ("display", {"a"}), ("text", {"b"})), "its display says a and its text b"),
        ((("display", {"a"}), ("display", {"b"})), None),  # two codings may each name an ingredient
    ],
)
def test_parts_contradict_when_each_names_something_and_nothing_in_common(parts, expected):
    found = contradiction(Named(part, frozenset(concepts)) for part, concepts in parts)

    assert (found.in_words() if found else None) == expected


# Drugs

TWO_DRUGS = [
    (concept(RXNORM, AZATHIOPRINE, text="Allopurinol 100 mg"), "its code says azathioprine and its text allopurinol"),
    (
        concept(RXNORM, AZATHIOPRINE, "allopurinol 100 MG Oral Tablet"),
        "its code says azathioprine and its display allopurinol",
    ),
    (
        concept(RXNORM, AZATHIOPRINE, "azathioprine 50 MG Oral Tablet", "Zyloprim 300 mg"),
        "its code says azathioprine and its text allopurinol",
    ),
    (concept(RXNORM, AZATHIOPRINE, text="Febuxostat 80 mg"), "its code says azathioprine and its text febuxostat"),
    (concept(RXNORM, AZATHIOPRINE, text="Mercaptopurine 50 mg"), "its code says azathioprine and its text mercaptopurine"),  # noqa: E501 -- one row of a table
    (concept(ATC, "L04AX01", text="Warfarin 5 mg"), "its code says azathioprine and its text warfarin"),
    (concept(ATC, "M04AA01", text="Imuran"), "its code says allopurinol and its text azathioprine"),
    (
        {"coding": [{"system": ATC, "code": "L04AX01"}, {"system": ATC, "code": "M04AA01"}], "text": "Febuxostat"},
        "its code says allopurinol and azathioprine and its text febuxostat",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("medication", "why"), TWO_DRUGS)
def test_a_record_that_names_two_drugs_counts_as_each_and_is_told(medication, why):
    mapped = chart_of(request(medication))

    names = " or ".join(drug_name(drug) for drug in drugs_in(mapped))
    assert whys(mapped) == [f"{names}: {why}, and it counts as each"]
    assert {one.kind for one in mapped.chart.unread} == {FactKind.MEDICATIONS}
    assert all(drug.replace("_", " ") in why for drug in drugs_in(mapped))
    assert all(record.is_contradictory for record in mapped.chart.drug_records)
    assert len(drugs_in(mapped)) == len(why.replace(" and its", ",").split(" and ")) + 1
    assert {record.dose_problem for record in mapped.chart.drug_records} == {
        "the order holds several drugs, and its dose does not say of which"
    }


def contained(code, ingredient=None, display=""):
    medication = {"resourceType": "Medication", "id": "p", "code": code}
    if ingredient:
        medication["ingredient"] = [{"itemCodeableConcept": ingredient}]
    reference = {"reference": "#p"} | ({"display": display} if display else {})
    return request({"medicationReference": reference}, contained=[medication])


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (
            contained(concept(RXNORM, AZATHIOPRINE), concept(RXNORM, "", text="allopurinol")),
            "its code says azathioprine and its ingredient allopurinol",
        ),
        (
            contained(concept(RXNORM, AZATHIOPRINE), display="Allopurinol 100 mg tablet"),
            "its code says azathioprine and its reference allopurinol",
        ),
    ],
)
def test_a_product_is_compared_with_its_ingredients_and_with_what_refers_to_it(record, why):
    mapped = chart_of(record)

    assert drugs_in(mapped) == [Drug.ALLOPURINOL, Drug.AZATHIOPRINE]
    assert whys(mapped) == [f"allopurinol or azathioprine: {why}, and it counts as each"]


def test_a_draft_that_names_two_drugs_is_told_too():
    draft = request(concept(RXNORM, AZATHIOPRINE, text="Allopurinol 100 mg")) | {"status": "draft"}

    mapped = charted(
        ChartRequest(
            zone=ZONE,
            patient_id="1",
            draft_orders=list(resources_in(json.dumps(draft).encode())),
        )
    )

    assert [order.drug for order in mapped.chart.draft_orders] == [Drug.AZATHIOPRINE, Drug.ALLOPURINOL]
    assert whys(mapped) == [
        "allopurinol or azathioprine: its code says azathioprine and its text allopurinol, and it counts as each"
    ]


def test_nothing_is_told_of_a_contradictory_record_that_says_nothing_about_the_patient():
    mistaken = request(concept(RXNORM, AZATHIOPRINE, text="Allopurinol 100 mg"), status="cancelled")

    assert whys(chart_of(mistaken)) == []


ONE_DRUG = [
    concept(RXNORM, AZATHIOPRINE, text="Azathioprine 50 mg (Imuran) tablets"),
    concept(RXNORM, AZATHIOPRINE, "azaTHIOprine 50 MG Oral Tablet", "Imuran 50 mg"),
    concept(RXNORM, AZATHIOPRINE, text="AZATHIOPRIN HEXAL 50 mg Filmtabletten"),
    concept(RXNORM, AZATHIOPRINE, text="immunosuppressant"),
    concept(RXNORM, AZATHIOPRINE, text="Purine analogue, see protocol"),
    concept(RXNORM, AZATHIOPRINE, "Acetaminophen 325 MG"),  # a word that we do not know
    concept(RXNORM, AZATHIOPRINE, text="azathioprine (converted to mercaptopurine in the body)"),
    concept(RXNORM, AZATHIOPRINE, text="Azathioprine instead of mercaptopurine"),
    concept(RXNORM, AZATHIOPRINE, text="Crohn's azathioprine 50mg"),
    concept(ATC, "L04AX01", "azathioprine", "Azathioprine"),
    concept(ATC, "L01BB02", text="mercaptopurine (6-MP, Purinethol)"),
    concept(ATC, "L01BB02", text="6-MP 50 mg"),
    concept(ATC, "L01BB03", text="tioguanine 40 mg"),
    concept(ATC, "M04AA01", text="Allopurinol 300 mg"),
    concept(ATC, "M04AA01", text="Zyloric"),
    concept(ATC, "M04AA51", text="Allopurinol/lesinurad"),
    concept(ATC, "M04AA51", text="lesinurad 200 mg / allopurinol 300 mg (Duzallo)"),
    concept(ATC, "M04AA03", text="Uloric 40 mg"),
    concept("", "", text="Azathioprine and allopurinol"),
    {"text": "Azathioprine 50 mg"},
]  # fmt: skip


@pytest.mark.parametrize("medication", ONE_DRUG, ids=lambda one: one.get("text") or "display")
def test_ordinary_names_of_a_drug_do_not_contradict_its_code(medication):
    assert whys(chart_of(request(medication))) == []


def test_a_combination_may_be_coded_as_its_ingredients():
    both = {
        "coding": [
            {"system": ATC, "code": "L04AX01", "display": "azathioprine"},
            {"system": ATC, "code": "M04AA01", "display": "allopurinol"},
        ],
        "text": "azathioprine + allopurinol",
    }

    mapped = chart_of(request(both))

    assert drugs_in(mapped) == [Drug.ALLOPURINOL, Drug.AZATHIOPRINE]
    assert not any(record.is_contradictory for record in mapped.chart.drug_records)
    assert whys(mapped) == []


# Laboratory results

TWO_ANALYTES = [
    ("777-3", "Neutrophils", "platelet count", "neutrophil count"),
    ("777-3", "Absolute neutrophil count (ANC)", "platelet count", "neutrophil count"),
    ("777-3", "WBC", "platelet count", "white cell count"),
    ("6690-2", "Platelets", "white cell count", "platelet count"),
    ("6690-2", "Lymphocytes", "white cell count", "lymphocyte count"),
    ("26499-4", "White blood cells", "neutrophil count", "white cell count"),
    ("26499-4", "Lymphs", "neutrophil count", "lymphocyte count"),
    ("718-7", "Platelet count", "haemoglobin", "platelet count"),
    ("1742-6", "AST", "ALT", "AST"),
    ("1742-6", "Alkaline phosphatase", "ALT", "ALP"),
    ("1920-8", "ALT (SGPT)", "AST", "ALT"),
    ("2160-0", "eGFR", "creatinine", "eGFR"),
    ("1975-2", "Direct bilirubin", "bilirubin", "direct bilirubin"),
]  # fmt: skip


@pytest.mark.parametrize("part", ["text", "display"])
@pytest.mark.parametrize(("code", "words", "first", "second"), TWO_ANALYTES)
def test_a_value_of_two_analytes_is_not_used_and_told_with_its_value(code, words, first, second, part):
    named = concept(LOINC, code, **{part: words})
    value = {"value": 0.4, "unit": "10*9/L", "system": "http://unitsofmeasure.org", "code": "10*9/L"}

    mapped = chart_of(observation(named, valueQuantity=value))

    assert mapped.chart.labs == {}
    assert whys(mapped) == [
        f"a value (0.4 10*9/L) not used: its code says {first} and its {part} says {second}"
    ]


def test_a_value_of_two_kinds_is_told_under_both():
    mapped = chart_of(
        observation(
            concept(LOINC, "777-3", text="Creatinine"), valueString="a long remark, not a value at all"
        )
    )

    assert [(one.kind, one.in_words) for one in mapped.chart.unread] == [
        (FactKind.COUNTS, "a value not used: its code says platelet count and its text says creatinine"),
        (FactKind.KIDNEY, "a value not used: its code says platelet count and its text says creatinine"),
    ]


def test_a_component_is_compared_by_itself():
    value = {"value": 200, "unit": "10*9/L", "system": "http://unitsofmeasure.org", "code": "10*9/L"}
    panel = observation(
        concept(LOINC, "58410-2", text="CBC"),
        component=[
            {"code": concept(LOINC, "777-3", text="Platelets"), "valueQuantity": value},
            {"code": concept(LOINC, "777-3", text="Neutrophils"), "valueQuantity": value},
        ],
    )

    mapped = chart_of(panel)

    assert [result.value for result in mapped.chart.series(Analyte.PLATELETS)] == [200]
    assert len(mapped.chart.unread) == 1


ONE_ANALYTE = [
    ("6690-2", "WBC with differential"),
    ("6690-2", "White blood cells (leukocytes)"),
    ("6690-2", "WBC"),
    ("6690-2", "Leucocytes"),
    ("6690-2", "Total white cell count"),
    ("6690-2", "CBC w/ platelets"),
    ("6690-2", "Leukozyten"),
    ("26499-4", "Neutrophils/100 leukocytes"),
    ("26499-4", "ANC"),
    ("26499-4", "Neutrophils # (auto)"),
    ("26499-4", "Absolute granulocytes"),
    ("26499-4", "WBC: neutrophils, absolute"),
    ("751-8", "Polymorphs"),
    ("731-0", "Lymphocytes, % of WBC and absolute"),
    ("777-3", "Platelets [#/volume] in Blood by Automated count"),
    ("777-3", "PLT"),
    ("777-3", "Thrombocytes"),
    ("777-3", "Platelets (citrate)"),
    ("718-7", "Hgb"),
    ("718-7", "Haemoglobin (FBC)"),
    ("787-2", "MCV of red blood cells"),
    ("1742-6", "ALT (SGPT)"),
    ("1742-6", "ALAT"),
    ("1742-6", "AST/ALT panel"),
    ("1920-8", "AST (SGOT)"),
    ("6768-6", "Alk Phos"),
    ("1975-2", "Bilirubin"),
    ("1975-2", "Total bilirubin"),
    ("1975-2", "Bilirubin, total and direct"),
    ("1968-7", "Bilirubin (conjugated)"),
    ("2160-0", "Creat"),
    ("2160-0", "Creatinine with eGFR"),
    ("33914-3", "Creatinine clearance, estimated"),
    ("98979-8", "eGFR (creatinine, CKD-EPI 2021)"),
    ("98979-8", "CKD-EPI creatinine"),
    ("5196-1", "HBsAg"),
    ("5196-1", "Hepatitis B surface antigen"),
    ("5196-1", "Hepatitis B serology"),
    ("16935-9", "Hep B surface Ab"),
    ("16935-9", "Antibody to hepatitis B surface antigen"),
    ("16933-4", "Anti-HBc"),
    ("29463-7", "Weight"),
    ("29463-7", "Height and weight"),
    ("8302-2", "Height (standing)"),
    ("8310-5", "Temp"),
]  # fmt: skip


@pytest.mark.parametrize("part", ["text", "display"])
@pytest.mark.parametrize(("code", "words"), ONE_ANALYTE)
def test_ordinary_names_of_a_test_do_not_contradict_its_code(code, words, part):
    assert analyte_contradiction(concept(LOINC, code, **{part: words})) is None


def test_no_name_of_our_own_tables_contradicts_its_code():
    rows = [row for row in CODES if row["kind"] == "analyte"]

    contradicted = [
        row["code"]
        for row in rows
        if analyte_contradiction(concept(row["system"], row["code"], row["display"], row["display"].upper()))
        or row["concept"] not in (analytes_in_words(row["display"]) or {row["concept"]})
    ]

    assert rows
    assert contradicted == []


# Genes

OTHER_GENES = [
    (gene_observation(concept(LOINC, "79713-4"), hgnc("CYP2C19", "CYP2C19")), "CYP2C19"),
    (gene_observation(concept(LOINC, "79713-4"), hgnc("HGNC:2621", "CYP2C19")), "CYP2C19"),
    (gene_observation(concept(LOINC, "79713-4"), {"text": "DPYD"}), "DPYD"),
    (gene_observation(concept(LOINC, "79713-4"), {"text": "ABC1"}), "ABC1"),
    (gene_observation(concept(LOINC, "41048-0"), hgnc("HGNC:23063", "NUDT15")), "NUDT15"),
    (gene_observation(concept(LOINC, "93194-9"), hgnc("HGNC:12014")), "TPMT"),
    (gene_observation(concept(LOINC, "41048-0", text="CYP2C19 genotype")), "CYP2C19"),
    (gene_observation(concept(LOINC, "41048-0", text="NUDT15 genotype")), "NUDT15"),
    (gene_observation(concept(LOINC, "41048-0", "CYP2D6 gene targeted mutation analysis")), "CYP2D6"),
    (gene_observation(concept(LOINC, "84413-4", text="CYP2C9 genotype"), hgnc("HGNC:12014")), "CYP2C9"),
    (gene_observation(concept(LOINC, "41048-0"), value="CYP2C19 *1/*1"), "CYP2C19"),
    (gene_observation(concept(LOINC, "41048-0"), value="NUDT15 *1/*1"), "NUDT15"),
]  # fmt: skip


@pytest.mark.parametrize(("report", "other"), OTHER_GENES)
def test_a_result_that_names_another_gene_is_of_neither_and_told_with_its_value(report, other):
    mapped = chart_of(report)

    assert mapped.chart.gene_results == ()
    assert len(whys(mapped)) == 1
    assert whys(mapped)[0].startswith(f"a gene result ({report['valueString']!r}) not used: its ")
    assert other in whys(mapped)[0]


def test_a_component_that_names_another_gene_loses_only_itself():
    panel = observation(concept(LOINC, "93193-1", text="TPMT and NUDT15 panel"))
    panel["component"] = [
        {"code": concept(LOINC, "41048-0"), "valueString": "*1/*3A"},
        {"code": concept(LOINC, "93194-9", text="CYP2C19 genotype"), "valueString": "*1/*1"},
    ]

    mapped = chart_of(panel)

    assert [(one.gene, str(one.diplotype)) for one in mapped.chart.gene_results] == [(Gene.TPMT, "*1/*3A")]
    assert whys(mapped) == ["a gene result ('*1/*1') not used: its code says NUDT15 and its text CYP2C19"]


ONE_GENE = [
    (concept(LOINC, "93193-1", text="TPMT and NUDT15 genotype"), []),
    (concept(LOINC, "41048-0", text="TPMT and NUDT15 genotype"), []),
    (concept(LOINC, "41048-0", text="Thiopurine methyltransferase genotype"), []),
    (concept(LOINC, "41048-0", text="Pharmacogenetics, thiopurines"), [hgnc("HGNC:12014", "TPMT")]),
    (concept(LOINC, "41048-0"), [{"text": "see report"}]),
    (concept(LOINC, "41048-0"), [hgnc("HGNC:12014"), hgnc("HGNC:23063")]),
    (concept(LOINC, "84413-4", text="Genotype display name"), [hgnc("12014", "TPMT")]),
    (concept(LOINC, "84413-4", text="TPMT, DPYD and UGT1A1 panel"), [hgnc("HGNC:12014", "TPMT")]),
    (concept(LOINC, "93194-9", text="NUDT15 (nudix hydrolase 15)"), [{"text": "NUDT15"}]),
    (concept(LOINC, "84413-4", text="CYP2C19 genotype"), [hgnc("HGNC:2621", "CYP2C19")]),  # none of ours
    (concept(LOINC, "79713-4", text="6-MP metabolism, IL2 and B12"), []),
]  # fmt: skip


@pytest.mark.parametrize(("code", "studied"), ONE_GENE)
def test_ordinary_names_of_a_gene_test_do_not_contradict(code, studied):
    assert gene_contradiction(code, studied) is None


@pytest.mark.parametrize(
    "row",
    [row for row in CODES if row["kind"] == "gene_test"],
    ids=lambda row: f"{row['code']} {row['concept']}",
)
def test_no_name_of_a_gene_test_of_ours_contradicts_its_code(row):
    assert gene_contradiction(concept(row["system"], row["code"], row["display"]), []) is None


def test_a_value_may_mention_another_gene_after_its_own_words():
    report = gene_observation(concept(LOINC, "41048-0"), value="TPMT *1/*3A (NUDT15 not tested)")

    assert [str(one.diplotype) for one in chart_of(report).chart.gene_results] == ["*1/*3A"]


# Allergies, conditions and vaccines: the dangerous reading


def test_an_allergy_whose_code_and_words_differ_is_to_both_drugs():
    mapped = chart_of(
        {
            "resourceType": "AllergyIntolerance",
            "id": "a",
            "patient": {"reference": "Patient/1"},
            "code": concept(RXNORM, AZATHIOPRINE, text="Allopurinol"),
        }
    )

    assert [one.drug for one in mapped.chart.allergies] == [Drug.AZATHIOPRINE, Drug.ALLOPURINOL]


@pytest.mark.parametrize(
    ("code", "text", "problems"),
    [
        ("R50.9", "Sepsis", {Problem.FEVER, Problem.SEPSIS}),
        ("K85.9", "Acute pancreatitis", {Problem.PANCREATITIS}),
        ("K85.9", "Sepsis with pancreatitis", {Problem.PANCREATITIS}),
        ("R50.9", "Sepsis ruled out", {Problem.FEVER}),
        ("R50.9", "Fever? Sepsis?", {Problem.FEVER}),
        ("R50.9", "Risk of sepsis", {Problem.FEVER}),
        ("R50.9", "Crohn's disease", {Problem.FEVER}),  # an indication may permit more
        ("R50.9", "High temperature", {Problem.FEVER}),
    ],
)
def test_a_condition_whose_words_add_a_danger_counts_as_both(code, text, problems):
    mapped = chart_of(
        {
            "resourceType": "Condition",
            "id": "c",
            "subject": {"reference": "Patient/1"},
            "code": concept(ICD_10_CM, code, text=text),
        }
    )

    assert [(one.problems, one.state) for one in mapped.chart.conditions] == [
        (frozenset(problems), ConditionState.ACTIVE)
    ]


@pytest.mark.parametrize(
    ("code", "text", "kind", "antigen"),
    [
        ("150", "MMR", VaccineKind.LIVE, Antigen.OTHER),
        ("150", "influenza, injectable", VaccineKind.NON_LIVE, Antigen.OTHER),
        ("21", "hepatitis B vaccine", VaccineKind.LIVE, Antigen.OTHER),
        ("21", "MMR", VaccineKind.LIVE, Antigen.OTHER),
        ("21", "Varivax", VaccineKind.LIVE, Antigen.VARICELLA),
        ("94", "MMR", VaccineKind.LIVE, Antigen.VARICELLA),  # MMRV holds it
    ],
)
def test_a_vaccine_that_may_be_live_is_and_proves_no_immunity(code, text, kind, antigen):
    mapped = chart_of(
        {
            "resourceType": "Immunization",
            "id": "i",
            "status": "completed",
            "patient": {"reference": "Patient/1"},
            "occurrenceDateTime": DAY,
            "vaccineCode": concept(CVX, code, text=text),
        }
    )

    assert [(one.kind, one.antigen) for one in mapped.chart.immunizations] == [(kind, antigen)]
