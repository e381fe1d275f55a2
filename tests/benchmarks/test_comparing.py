"""What `make bench-compare` says of two runs."""

from benchmarks.comparing import comparison
from tests.benchmarks.results import results


def changes(before, after):
    return {sheet.title: sheet.rows for sheet in comparison(before, after)}


def test_a_run_does_not_differ_from_itself():
    assert {row[-1] for rows in changes(results(), results()).values() for row in rows} == {"+0 %"}


def test_every_part_is_compared():
    assert list(changes(results(), results())) == [
        "In one process, CPU by floor",
        "One more Observation, µs",
        "Over HTTP, CPU by floor",
        "Over HTTP, p50 ms",
        "Over HTTP, p99 ms",
        "Over HTTP, RSS MB",
        "Prefetch absent, p50 by what it must take",
        "Prefetch absent, CPU ms",
        "Our CPU by a toy handler's",
        "Start-up, CPU s",
    ]


def test_the_floor_of_each_run_is_its_own():
    after = results(commit="bbbbbbb")
    after["one_process"]["2 kB"]["floor_ms"]["plain"] = 1.0  # a slower machine: 3.0 by 1.0, not by 0.5
    found = next(one for one in comparison(results(), after) if one.title == "Over HTTP, CPU by floor")

    assert found.columns == ("body", "connections", "signed by", "aaaaaaa", "bbbbbbb", "change")
    assert found.rows == (("2 kB", "8", "ES384", "6.00", "3.00", "-50 %"),)


def test_a_case_that_one_run_lacks_is_left_out():
    (case,) = results()["over_http"]
    more = results(over_http=[case, case | {"connections": 64}])

    assert changes(results(), more)["Over HTTP, p50 ms"] == (
        ("2 kB", "8", "ES384", "20.00", "20.00", "+0 %"),
    )


def test_a_run_from_before_there_were_tokens_is_compared_where_nobody_signs():
    (case,) = results()["over_http"]
    old = {name: figure for name, figure in case.items() if name != "signed_by"}

    found = changes(
        results(over_http=[old]), results(over_http=[case, case | {"signed_by": "nobody", "p50_ms": 30.0}])
    )

    assert found["Over HTTP, p50 ms"] == (("2 kB", "8", "nobody", "20.00", "30.00", "+50 %"),)
