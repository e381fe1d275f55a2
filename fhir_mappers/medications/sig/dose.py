"""The sig of an order for a product, whose name it may repeat."""

from cards.model.dosage.written import Sig
from cards.model.therapy import Product
from fhir_mappers.medications.sig.text import sig
from fhir_mappers.terminology.synonyms import mentioned


def sig_of(said: str, product: Product) -> Sig | None:
    """What a sig says; None when there is none, or a word of it is not understood."""
    return sig(said, _words_allowed(said, product)) if said else None


def _words_allowed(said: str, product: Product) -> set[str]:
    """Words of the sig that only name the product's drug."""
    drugs = {synonym.concept for synonym in mentioned(product.text, "drug")}
    names = [synonym.text for synonym in mentioned(said, "drug") if synonym.concept in drugs]
    return {word for name in names for word in name.split()}
