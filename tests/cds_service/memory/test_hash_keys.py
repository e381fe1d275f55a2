import os
from stat import S_IMODE

import pytest

from cds_service.errors import StoreUnavailableError
from cds_service.memory.hash_keys import HashKeys, HashKeysError


@pytest.fixture
def file(tmp_path):
    return tmp_path / "folder" / "keys"


def test_the_file_is_made_and_nobody_else_may_read_it(file):
    key = HashKeys(file).current

    assert file.read_text() == f"{key.id} {key.secret.hex()}\n"
    assert S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(file.parent) == ["keys"]  # noqa: PTH208 -- names are what is asked for


def test_all_processes_use_the_same_key(file):
    assert HashKeys(file).current == HashKeys(file).current


def test_a_hash_is_the_same_for_the_same_value_only(file):
    key = HashKeys(file).current

    assert key.hash_of("patient-17") == key.hash_of("patient-17")
    assert key.hash_of("patient-17") != key.hash_of("patient-18")


def test_a_running_service_takes_up_a_new_key_and_keeps_the_older(file):
    running = HashKeys(file)
    older = running.current

    new = HashKeys(file).rotate()

    assert (running.current, running.all) == (new, (new, older))


def test_older_keys_can_be_forgotten(file):
    running = HashKeys(file)
    older = running.current

    new = HashKeys(file).rotate(forget_older=True)

    assert running.all == (new,)
    assert older.secret.hex() not in file.read_text()


def test_without_a_file_a_key_lives_as_long_as_the_process():
    keys = HashKeys(None)
    older = keys.current

    new = keys.rotate()

    assert keys.all == (new, older)


@pytest.mark.parametrize("content", ["", "\n", "secret", "0123abcd " + "zz" * 32, "0123abcd 00\n"])
def test_a_file_that_holds_no_keys_is_refused_without_quoting_it(file, content):
    file.parent.mkdir()
    file.write_text(content)

    with pytest.raises(HashKeysError) as refused:
        _ = HashKeys(file).current

    assert "secret" not in str(refused.value)


def test_a_folder_that_cannot_be_made_is_a_store_that_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("no folder")
    keys = HashKeys(tmp_path / "file" / "keys")

    with pytest.raises(StoreUnavailableError):
        _ = keys.current


def test_a_key_is_not_shown(file):
    key = HashKeys(file).current

    assert key.secret.hex() not in repr(key)
    assert "secret" not in repr(key)
