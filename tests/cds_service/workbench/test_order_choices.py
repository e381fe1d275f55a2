from cards.model.therapy import THIOPURINES, Drug
from cds_service.workbench.order_choices import drug_choices, reason_choices, vaccine_choices
from fhir_mappers.terminology.codes import lookup


def test_every_choice_is_a_code_that_the_mappers_read():
    choices = (*drug_choices(), *vaccine_choices(), *reason_choices())

    assert [one for one in choices if not lookup(one.system, one.code)] == []


def test_every_thiopurine_and_what_clashes_with_it_can_be_ordered():
    groups = {one.group for one in drug_choices()}

    assert {*THIOPURINES, Drug.ALLOPURINOL, Drug.FEBUXOSTAT, Drug.RIBAVIRIN, Drug.WARFARIN} <= groups


def test_names_of_choices_tell_them_apart():
    names = [one.label for one in (*drug_choices(), *vaccine_choices())]

    assert [name for name in set(names) if names.count(name) > 1] == []
