from tests.cds_service.cli.conftest import said
from tests.cds_service.memory.sample_records import record


def test_a_new_key_that_forgets_the_older_ones_finds_their_patients_no_more(memory):
    memory.save([record()])
    code, output = said("rotate-key", "--forget-older")

    assert (code, output.startswith("New key: ")) == (0, True)
    assert said("purge", "--patient", "patient-17")[1] == "0 requests and 0 feedback reports deleted\n"
