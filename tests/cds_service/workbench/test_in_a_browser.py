import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from cds_service.endpoints.service import service_in
from tests.stories import all_stories

pytestmark = pytest.mark.slow

SCRIPT = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
SERIOUS = ("serious", "critical")


def serious_faults(page):
    """What axe-core finds, by rule and element; it must have checked something to find nothing."""
    found = Axe().run(page).response
    assert len(found["passes"]) > 10
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"] if one["impact"] in SERIOUS]


def open_story(page, name):
    page.get_by_label("Story").select_option(name)
    page.get_by_role("button", name="Open", exact=True).click()


def status(page):
    return page.get_by_role("status")


def summaries(page):
    return page.locator(".card h3")


def open_worked_example(page):
    open_story(page, "worked-example")
    expect(status(page)).to_have_text("order-sign: 3 cards")


def test_a_story_shows_its_cards_most_urgent_first(page, pictures):
    open_worked_example(page)

    assert page.locator(".card .indicator").all_inner_texts() == ["Critical", "Critical", "Warning"]
    expect(page.locator("#draft li")).to_have_count(2)
    page.screenshot(path=pictures / "worked-example.png", full_page=True)


def test_an_accepted_suggestion_changes_the_draft_and_the_card_goes(page):
    open_worked_example(page)

    page.get_by_role("button", name="Remove the measles, mumps and rubella vaccine order").click()

    expect(summaries(page)).to_have_count(2)
    expect(page.locator("#draft li strong")).to_have_text(["azathioprine 50 MG Oral Tablet"])
    assert "rubella" not in " ".join(summaries(page).all_inner_texts())


def test_an_accepted_dose_is_in_the_draft_and_in_the_next_request(page):
    open_story(page, "intermediate-tpmt-dose-offered")

    page.get_by_role("button", name="Change to 50 mg once a day").click()

    expect(page.locator("#draft li span")).to_have_text("50 mg, once a day")
    expect(page.get_by_role("button", name="Change to 50 mg once a day")).to_have_count(0)
    sent = json.loads(page.locator("#request-json").text_content())
    (entry,) = sent["context"]["draftOrders"]["entry"]
    assert entry["resource"]["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] == 50


def test_ordered_tests_join_the_draft(page):
    open_worked_example(page)

    page.get_by_role("button", name="Order what is missing: NUDT15").click()

    expect(page.locator("#draft li strong").last).to_have_text("NUDT15 genotype")


def test_a_dismissal_is_found_in_stewardship_with_its_reason(page, app, pictures):
    open_worked_example(page)
    first = page.locator(".card").first

    first.get_by_label("Reason for dismissing").select_option("mitigate-risk-negative-outcome")
    first.get_by_role("button", name="Dismiss").click()

    expect(summaries(page)).to_have_count(2)
    assert service_in(app).recorder.wait(5)
    page.get_by_role("link", name="Stewardship").click()
    row = page.locator('tr[data-rule="xanthine-oxidase-inhibitor"]')
    expect(row).to_contain_text("mitigate-risk-negative-outcome: 1")
    page.screenshot(path=pictures / "stewardship.png", full_page=True)


def test_typing_an_order_fires_order_select_and_signing_it_fires_order_sign(page):
    open_story(page, "genes-known-empty-null")
    expect(status(page)).to_contain_text("order-sign")

    page.get_by_label("Drug or vaccine").press_sequentially("MMR")
    expect(status(page)).to_contain_text("order-select")
    expect(page.get_by_role("button", name="order-select")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Keep in the draft").click()
    page.get_by_role("button", name="Review and sign").click()

    expect(status(page)).to_contain_text("order-sign")
    expect(page.locator("#draft li strong").last).to_have_text("MMR")
    expect(page.locator("#sign")).to_contain_text("Sign")


def test_an_order_can_be_changed_and_keeps_what_the_form_does_not_show(page):
    open_story(page, "intermediate-tpmt-dose-offered")
    page.get_by_role("button", name="Change azathioprine 50 MG Oral Tablet").click()

    page.get_by_label("Dose in mg").fill("100")
    expect(status(page)).to_contain_text("order-select")
    page.get_by_role("button", name="Keep in the draft").click()

    expect(page.locator("#draft li span")).to_have_text("100 mg, once a day")
    (entry,) = json.loads(page.locator("#request-json").text_content())["context"]["draftOrders"]["entry"]
    assert (entry["resource"]["id"], entry["resource"]["reasonCode"][0]["text"]) == (
        "aza-new",
        "Crohn's disease",
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1600])
def test_it_fits_and_has_no_serious_fault_for_assistive_technology(page, pictures, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    open_worked_example(page)
    for summary in page.locator("summary").all():
        if not summary.evaluate("element => element.parentElement.open"):
            summary.click()

    found = serious_faults(page)

    page.screenshot(path=pictures / f"workspace-{width}-{scheme}.png", full_page=True)
    assert found == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_stewardship_has_no_serious_fault_for_assistive_technology(page, app):
    open_worked_example(page)
    assert service_in(app).recorder.wait(5)
    page.goto("/stewardship")

    assert serious_faults(page) == []


def test_a_script_in_a_drug_name_stays_text(page):
    open_worked_example(page)

    page.get_by_label("Drug or vaccine").fill(f"azathioprine {SCRIPT}")
    expect(status(page)).to_contain_text("order-select")
    page.get_by_role("button", name="Keep in the draft").click()

    expect(page.locator("#draft li strong").last).to_have_text(f"azathioprine {SCRIPT}")
    expect(page.locator("#facts")).to_contain_text("azathioprine")
    assert (page.title(), page.locator("#workspace img").count()) == ("Workspace - thiopurine-cds", 0)


def test_hostile_text_in_a_chart_stays_text(page):
    open_story(page, "hostile-text")
    expect(page.get_by_role("region", name="Recognised facts")).to_be_visible()
    expect(status(page)).to_contain_text("order-sign")

    foreign = "main script, main img, main iframe, #cards [onerror], #cards [style]"
    assert page.locator(foreign).count() == 0


def test_why_shows_facts_and_graded_sources_and_why_not_the_silent_rules(page):
    open_worked_example(page)

    first = page.locator(".card").first
    first.get_by_text("Why?", exact=True).click()

    expect(first.locator(".why")).to_contain_text("xanthine-oxidase-inhibitor")
    expect(first.locator(".why")).to_contain_text("MedicationRequest/allo")
    expect(first.locator(".grade").first).to_have_text("grade A")
    expect(page.locator("#silent")).to_contain_text("no active sepsis or bacteraemia is recorded")


def test_the_timeline_draws_dose_and_counts_with_limits(page):
    open_story(page, "counts-not-recovered-after-dose-cut")
    expect(status(page)).to_have_text("patient-view: 1 card")

    picture = page.get_by_role("img", name="Dose, WBC")
    expect(picture).to_be_visible()
    expect(picture.locator(".label").first).to_have_text("Dose")
    expect(picture).to_contain_text("below 3.5: withhold")


def test_a_bundle_can_be_uploaded_and_ordered_for(page, tmp_path):
    bundle = tmp_path / "patient.json"
    resources = [
        {"resourceType": "Patient", "id": "p1", "name": [{"text": "Ada Example"}], "gender": "female"},
        {
            "resourceType": "MedicationRequest",
            "id": "m1",
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {"text": "azathioprine 50 mg tablet"},
            "subject": {"reference": "Patient/p1"},
        },
    ]
    entries = [{"resource": one} for one in resources]
    bundle.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))

    page.get_by_label("FHIR Bundle or hook request").set_input_files(bundle)
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_role("region", name="Patient", exact=True)).to_contain_text("Ada Example")
    page.get_by_label("Drug or vaccine").fill("MMR")
    expect(page.locator(".card.critical h3").first).to_contain_text("live")


def test_a_patient_of_a_fhir_server_is_read_by_the_service(page, ehr):
    (story,) = (one for one in all_stories() if one.name == "neutropenia-on-therapy")
    answers = json.loads(story.request_body())["prefetch"].values()
    entries = [entry for one in answers for entry in one.get("entry", [{"resource": one}])]
    found = {one["resource"]["id"]: one["resource"] for one in entries if "id" in one["resource"]}
    ehr.load(found.values())

    page.get_by_text("Connect to a FHIR server").click()
    page.get_by_label("Base URL").fill(ehr.base)
    page.get_by_label("Patient id").fill("pat1")
    page.get_by_role("button", name="Connect").click()

    expect(page.locator(".card.critical")).to_have_count(1)
    expect(page.locator("#facts")).to_contain_text("azathioprine")


def test_a_server_that_may_not_be_asked_is_told(page):
    page.get_by_text("Connect to a FHIR server").click()
    page.get_by_label("Base URL").fill("https://fhir.example.org/r4")
    page.get_by_label("Patient id").fill("p1")
    page.get_by_role("button", name="Connect").click()

    expect(page.locator("#facts")).to_contain_text("not one that this client may name")


def test_it_works_by_keyboard_alone(page):
    page.get_by_label("Story").focus()
    page.keyboard.type("worked")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("order-sign: 3 cards")

    page.get_by_role("button", name="Order what is missing: NUDT15").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#draft li")).to_have_count(3)


def test_the_request_can_be_copied_as_curl(page, address):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_worked_example(page)
    page.get_by_text("Request and response").click()

    page.get_by_role("button", name="Copy as curl").click()

    expect(status(page)).to_have_text("The curl command is in the clipboard.")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith("curl -s ")
    assert copied.endswith(f"'{address}/cds-services/thiopurine-order-sign'")
