import pytest

from cards.model.genes import Phenotype
from cards.model.therapy import Drug
from cards.model.vaccines import Antigen, VaccineKind
from fhir_mappers.terminology import synonyms
from fhir_mappers.terminology.codes import codes_of
from fhir_mappers.terminology.synonyms import CONCEPTS, Synonym, mentioned, plain_text, wordings_of
from fhir_mappers.terminology.tables import CodeTableError, packaged_rows, rows_of

_STANDS = synonyms._stands
HEADING = "text,concept,kind,match,exclude,name,antigen"


def concepts(text, kind):
    return [synonym.concept for synonym in mentioned(text, kind)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("azaTHIOprine 50 mg oral tablet", [Drug.AZATHIOPRINE]),
        ("IMURAN", [Drug.AZATHIOPRINE]),
        ("aza\u200bthioprine", [Drug.AZATHIOPRINE]),
        ("azathio\u00adprine", [Drug.AZATHIOPRINE]),
        ("azaCITIDine 100 mg", []),
        ("azathioprines", []),  # whole words only
        ("methylmercaptopurine", []),
        ("6-methyl-mercaptopurine", []),
        ("6-MP 50 mg", [Drug.MERCAPTOPURINE]),
        ("6\u2011mercaptopurine", [Drug.MERCAPTOPURINE]),  # a hyphen that does not break
        ("6-MMP", []),
        ("6-MMPN", []),
        ("6-thioguanine nucleotides", []),
        ("thioguanine 40 mg", [Drug.THIOGUANINE]),
        ("lesinurad / allopurinol 200/300", [Drug.LESINURAD_ALLOPURINOL]),
        ("Duzallo", [Drug.LESINURAD_ALLOPURINOL]),
        ("lesinurad 200 mg", []),
        ("allopurinol 100 mg, then febuxostat", [Drug.ALLOPURINOL, Drug.FEBUXOSTAT]),
        ("Azatioprina 50 mg comprimidos", [Drug.AZATHIOPRINE]),
        ("Mercaptopurin Nova 50 mg Tabletten", [Drug.MERCAPTOPURINE]),
        ("6-Mercaptopurin 50 mg", [Drug.MERCAPTOPURINE]),
        ("Mercaptopurina 50 mg comprimidos", [Drug.MERCAPTOPURINE]),
        ("TIOGUANINA 40 mg", [Drug.THIOGUANINE]),
        ("Alopurinol 300 mg comp", [Drug.ALLOPURINOL]),
        ("alopurinolo 100 mg", [Drug.ALLOPURINOL]),
        ("Allopurinolo 300 mg compresse", [Drug.ALLOPURINOL]),
        ("Imuran\u2122 50 mg", [Drug.AZATHIOPRINE]),
        ("Zyloric\u00ae 300 mg", [Drug.ALLOPURINOL]),
        ("methyl-mercaptopurine riboside", []),
        ("6-Methyl-Mercaptopurin", []),
        ("metil-mercaptopurina", []),
        ("Mercaptopurin-Metaboliten", []),
        ("tioguanina nucle\u00f3tidos", []),
        ("norethindrone 0.35 mg", [Drug.PROGESTIN_ONLY_PILL]),
        ("norethindrone acetate 5 mg", []),
        ("polymyxin B / trimethoprim ophthalmic", []),
        ("tacrolimus 0.1 % topical ointment", []),
        ("tacrolimus 1 mg capsule", [Drug.TACROLIMUS]),
        ("Leukeran 2 mg", [Drug.CHLORAMBUCIL]),
        ("Tylenol", []),
        ("", []),
    ],
)
def test_drugs(text, expected):
    assert concepts(text, "drug") == expected


LOOK_ALIKES = """
azacitidine azacytidine azelastine azelastina azelaic azilsartan azithromycin azitromicina azithromycine
azathioprinum azatadine azaperone azaribine aztreonam aztreonamo azaserine azacosterol azapropazone
azaprostat imurana imurant imurelax mercaptamine mercaptamina mercaptoethanol
mercaptopurinol captopril captoprilum mercurochrome mercaptan cysteamine penicillamine tiopronin tioprine tiopurin
methylmercaptopurine methylmercaptopurina metilmercaptopurina thioguanosine guanine guanidine guanosine guanfacine
guanethidine guanabenz tioguaninas tioconazole tiotropium tiotropio tiotixene thiotepa tiotepa tioctic thiopental
tiopental thiamine tiamina thiamazole tiamazol thioridazine tioridazina thiotixene thiocolchicoside tiocolchicoside
thiabendazole tiabendazol tianeptine tianeptina tiagabine tiagabina tiapride ticagrelor ticlopidine tigecycline
timolol tinidazole tinzaparin tioxolone tirofiban tizanidine tobramycin alopurinoline allopurinone
allopurinum-x alogliptin alogliptina alosetron aloperidin haloperidol aloxiprin alopexy aloe aloin alopecia
oxypurinol oxipurinol oxopurinol alloxan allopregnanolone allylestrenol allylestrenolo allobarbital almotriptan
alpelisib alprazolam alprostadil alteplase amantadine amiloride amiodarone amisulpride amlodipine amoxicillin
purine purina caffeine theophylline pentoxifylline adenine adenosine inosine hypoxanthine xanthine xanthinol
probenecid probenecida benzbromarone sulfinpyrazone lesinurad rasburicase pegloticase colchicine colchicina
fluorouracil cytarabine gemcitabine fludarabine cladribine clofarabine nelarabine pentostatin decitabine
capecitabine tegafur trifluridine hydroxycarbamide hidroxiurea busulfan busulfano carmustine lomustine dacarbazine
procarbazine temozolomide bendamustine ifosfamide trofosfamide mitoxantrone doxorubicin daunorubicin epirubicin
idarubicin vincristine vinblastine vindesine etoposide teniposide asparaginase pegaspargase imatinib dasatinib
nilotinib ponatinib bosutinib blinatumomab rituximab omeprazole pantoprazole metformin
enalaprilat acyclovir aciclovir valaciclovir ganciclovir abacavir acarbose aceclofenac
acetazolamide acitretin adalimumabum adapalene albendazole alendronate alfuzosin aliskiren ambrisentan
aminophylline anastrozole apixaban aripiprazole atenolol atomoxetine atorvastatin atropine
levothyroxine paracetamol ibuprofen naproxen diclofenac tramadol morphine
"""


def test_two_hundred_other_names_are_none_of_ours():
    ours = {Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Drug.THIOGUANINE, Drug.ALLOPURINOL, Drug.FEBUXOSTAT}
    names = LOOK_ALIKES.split()

    assert len(names) > 200
    assert [name for name in names if ours & set(concepts(f"{name} 50 mg tablet", "drug"))] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M-M-R II vaccine", [(VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER)]),
        ("Measles, mumps, and rubella vaccine", [(VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER)]),
        (
            "measles, mumps, rubella, varicella",
            [(VaccineKind.LIVE, "measles, mumps, rubella and varicella", Antigen.VARICELLA)],
        ),
        ("M-M-RVAXPRO vaccine powder and solvent", [(VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER)]),
        ("M-M-RvaxPro\u00ae", [(VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER)]),
        ("M\u2011M\u2011RVAXPRO", [(VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER)]),
        ("MMR VaxPro", [(VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER)]),
        ("mmrvaxpro", [(VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER)]),
        ("MMR-VaxPro", [(VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER)]),
        ("Priorix\u2122", [(VaccineKind.LIVE, "measles, mumps and rubella", Antigen.OTHER)]),
        (
            "Priorix-Tetra",
            [(VaccineKind.LIVE, "measles, mumps, rubella and varicella", Antigen.VARICELLA)],
        ),
        (
            "Priorix Tetra 0.5 ml",
            [(VaccineKind.LIVE, "measles, mumps, rubella and varicella", Antigen.VARICELLA)],
        ),
        ("ProQuad\u2122", [(VaccineKind.LIVE, "measles, mumps, rubella and varicella", Antigen.VARICELLA)]),
        ("M-M-RVAXPRO antibody titer", []),
        ("HBVAXPRO 10 micrograms", []),
        ("proquadra", []),
        ("Zoster vaccine, live", [(VaccineKind.LIVE, "live zoster", Antigen.ZOSTER)]),
        ("Zoster vaccine", [(VaccineKind.UNCERTAIN, "zoster", Antigen.ZOSTER)]),
        ("Zoster vaccine (Shingrix)", [(VaccineKind.NON_LIVE, "recombinant zoster", Antigen.ZOSTER)]),
        ("Vimkunya, live", [(VaccineKind.NON_LIVE, "chikungunya virus-like particle", Antigen.OTHER)]),
        ("Influenza vaccine", [(VaccineKind.UNCERTAIN, "influenza", Antigen.OTHER)]),
        ("Influenza vaccine, high-dose, injection", []),
        ("FluMist nasal", [(VaccineKind.LIVE, "nasal influenza", Antigen.OTHER)]),
        ("Hepatitis B vaccine", [(VaccineKind.NON_LIVE, "hepatitis B", Antigen.HEPATITIS_B)]),
        ("MMR titer", []),
        ("Mismatch repair (MMR) protein IHC", []),
        ("varicella-zoster immune globulin", []),
        ("live music", []),  # the word alone says nothing
    ],
)  # fmt: skip
def test_vaccines(text, expected):
    found = mentioned(text, "vaccine")

    assert [(one.concept, one.name, one.antigen) for one in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TPMT gene mutation analysis", ["TPMT"]),
        ("TPMT and NUDT15 genotype", ["TPMT", "NUDT15"]),
        ("Thiopurine S-methyltransferase", ["TPMT"]),
        ("CYP2C9", []),
    ],
)
def test_genes(text, expected):
    assert concepts(text, "gene") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TPMT: Intermediate Metabolizer", [Phenotype.INTERMEDIATE]),
        ("possible intermediate metabolizer", [Phenotype.POSSIBLE_INTERMEDIATE]),
        ("Poor metaboliser", [Phenotype.POOR]),
        ("Extensive metabolizer", [Phenotype.NORMAL]),
        ("IM", [Phenotype.INTERMEDIATE]),
        ("give IM injection", []),  # an abbreviation counts only alone
        ("normal to intermediate metabolizer", []),
        ("Indeterminate", [Phenotype.INDETERMINATE]),
        ("result indeterminate", []),
        ("heterozygous", []),  # of one variant
        ("Ultrarapid metabolizer", []),
    ],
)
def test_phenotypes(text, expected):
    assert concepts(text, "phenotype") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crohn\u2019s disease of ileum without complications", ["crohns"]),
        ("Family history of Crohn's disease", []),
        ("rule out ulcerative colitis", []),
        ("Lupus nephritis, class IV", ["sle_lupus_nephritis", "lupus_nephritis"]),
        ("Systemic lupus erythematosus", ["sle_lupus_nephritis"]),
        ("Drug-induced systemic lupus erythematosus", []),
        ("Kidney transplant evaluation", []),
        ("History of sepsis", []),
        ("Exposure to varicella", ["varicella_exposure"]),
        ("History of chickenpox", ["varicella_immune_history"]),
        ("Pseudogout", []),
        ("Yellow fever vaccination", []),
        ("Fever", ["fever"]),
        ("TPMT deficiency", ["tpmt_deficiency"]),
    ],
)
def test_problems(text, expected):
    assert concepts(text, "problem") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PUVA therapy", ["phototherapy_uv"]),
        ("Neonatal phototherapy", []),
        ("Transfusion of red blood cells", ["red_cell_transfusion"]),
        ("Autologous stem cell transplant", []),
        ("Allogeneic stem cell transplant", ["stem_cell_transplant"]),
    ],
)
def test_procedures(text, expected):
    assert concepts(text, "procedure") == expected


def test_a_concept_is_told_once():
    assert concepts("azathioprine (Imuran) azathioprine", "drug") == [Drug.AZATHIOPRINE]


def test_plain_text_has_one_kind_of_blank_dash_and_apostrophe():
    assert plain_text(" Crohn\u2019s\u00a0 disease \u2013 ILEUM\ufeff ") == "crohn's disease - ileum"


@pytest.mark.parametrize("drug", Drug)
def test_every_drug_has_a_code_or_a_name(drug):
    names = {row.text("concept") for row in packaged_rows("synonyms.csv") if row.text("kind") == "drug"}

    assert drug in names or codes_of(drug, "drug")


@pytest.mark.parametrize("kind", CONCEPTS)
def test_a_wording_is_judged_once_however_often_a_text_repeats_it(kind, monkeypatch):
    judged = []
    monkeypatch.setattr(
        synonyms, "_stands", lambda synonym, plain: bool(judged.append(synonym)) or _STANDS(synonym, plain)
    )
    names = {row.text("text") for row in packaged_rows("synonyms.csv") if row.text("kind") == kind} - {""}
    once = " , ".join(sorted(names))
    expected = mentioned(once, kind)
    needed = len(judged)
    judged.clear()

    assert mentioned(" , ".join([once] * 20), kind) == expected
    assert len(judged) == needed


def test_every_kind_has_wordings():
    kinds = {row.text("kind") for row in packaged_rows("synonyms.csv")}

    assert kinds == set(CONCEPTS)


def test_a_row_without_a_text_excludes_for_its_whole_kind():
    table = f"{HEADING}\n,,problem,words,no,,\ngout,gout,problem,words,,,\n"

    wordings = wordings_of(rows_of("synonyms.csv", table))["problem"]

    assert wordings.synonyms == {"gout": (Synonym("gout", "gout", "problem", exclude=("no",)),)}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Gout,gout,problem,words,,,", "column 'text' holds 'Gout': expected one of ['gout']"),
        ("gout,goat,problem,words,,,", "column 'concept' holds 'goat'"),
        ("gout,gout,illness,words,,,", "column 'kind' holds 'illness'"),
        ("gout,gout,problem,like,,,", "column 'match' holds 'like'"),
        ("gout,gout,problem,words,,,uric", "column 'antigen' holds 'uric'"),
    ],
)
def test_a_bad_cell_is_refused_by_file_line_and_column(row, said):
    with pytest.raises(CodeTableError) as refused:
        wordings_of(rows_of("synonyms.csv", f"{HEADING}\n{row}\n"))

    assert str(refused.value).startswith("synonyms.csv, line 2, ")
    assert said in str(refused.value)
