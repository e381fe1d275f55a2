from uuid import UUID

from cds_service.hooks.card_json import random_ids


def test_ids_of_one_answer_are_uuids_and_differ_however_many_are_wanted():
    new_id = random_ids()

    found = [UUID(new_id("card")) for _ in range(50)]

    assert len(set(found)) == 50
    assert {one.version for one in found} == {4}


def test_two_answers_share_no_id():
    assert random_ids()("card") != random_ids()("card")
