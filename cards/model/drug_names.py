"""The drugs and drug classes as a reader calls them."""

from cards.model.therapy import Drug

_NAMES = {
    Drug.LESINURAD_ALLOPURINOL: "lesinurad/allopurinol",
    Drug.AMINOSALICYLATE: "an aminosalicylate",
    Drug.ACE_INHIBITOR: "an ACE inhibitor",
    Drug.GLYBURIDE: "glibenclamide (glyburide)",
    Drug.TRIMETHOPRIM: "trimethoprim or co-trimoxazole",
    Drug.PROGESTIN_ONLY_PILL: "a progestin-only pill",
    Drug.SYSTEMIC_CORTICOSTEROID: "a systemic corticosteroid",
    Drug.TNF_INHIBITOR: "a TNF inhibitor",
    Drug.JAK_INHIBITOR: "a JAK inhibitor",
    Drug.TACROLIMUS: "tacrolimus",
    Drug.CICLOSPORIN: "ciclosporin",
    Drug.SIROLIMUS: "sirolimus",
    Drug.EVEROLIMUS: "everolimus",
}


def drug_name(drug: Drug) -> str:
    """The drug or class in running text.

    >>> drug_name(Drug.AZATHIOPRINE)
    'azathioprine'
    """
    return _NAMES.get(drug, drug.value)
