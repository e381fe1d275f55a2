// The workspace: opens a patient, keeps the draft, fires the hooks and shows what comes back.

import { bundleOf, dosageOf, formOf, nameOf, orderFrom, referenceTo, resourcesIn, without, withActions } from "./draft.js";
import { callHook, curlFor, sendFeedback, ServiceError, storyNamed, uploadOf, viewOf } from "./service.js";

const TYPING_PAUSE_MS = 350;
const at = (id) => document.getElementById(id);
const services = Object.fromEntries(
  [...document.querySelectorAll("[data-hook]")].map((button) => [button.dataset.hook, button.dataset.service]),
);

const open = { base: null, draft: [], working: null, changing: null, last: null, isReviewed: false };
let latestCall = 0;

// What is open

async function openRequest(request, point = "") {
  const { draftOrders, selections, ...context } = request.context;
  open.base = { ...request, context };
  open.draft = resourcesIn(draftOrders);
  open.isReviewed = false;
  clearForm();
  at("workspace").hidden = false;
  at("point").textContent = point;
  at("point").hidden = !point;
  await fire("patient-view", { isOpening: true });
  if (open.draft.length) await fire(request.hook === "order-select" ? "order-select" : "order-sign");
}

function requestFor(hook) {
  const { context, ...rest } = open.base;
  const orders = open.working ? [...open.draft, open.working] : open.draft;
  const selected = open.working ? [open.working] : orders;
  const extra = hook === "patient-view" ? {} : { draftOrders: bundleOf(orders) };
  if (hook === "order-select") extra.selections = selected.map(referenceTo);
  return { ...rest, hook, hookInstance: crypto.randomUUID(), context: { ...context, ...extra } };
}

// Hooks

async function fire(hook, { isOpening = false } = {}) {
  const call = ++latestCall;
  const request = requestFor(hook);
  const serviceId = services[hook];
  say(`Calling ${hook} ...`);
  complain("");
  const { response, trouble } = await answerTo(serviceId, request);
  if (call !== latestCall) return;
  open.last = { hook, serviceId, request, response };
  showWire(outlineOf(request), response ?? { error: trouble });
  markHook(hook);
  if (trouble) complain(trouble);
  try {
    const view = await viewOf(request, response ?? {});
    if (call !== latestCall) return;
    showWire(view.request, response ?? { error: trouble });
    showView(view, Boolean(trouble));
  } catch (error) {
    complain(reasonOf(error));
  }
  if (call !== latestCall) return;
  showDraft();
  if (!trouble && !(isOpening && open.draft.length)) say(told(hook, response.cards.length));
}

async function answerTo(serviceId, request) {
  try {
    return { response: await callHook(serviceId, request) };
  } catch (error) {
    return { trouble: reasonOf(error) };
  }
}

const told = (hook, count) => `${hook}: ${count === 1 ? "1 card" : `${count || "no"} cards`}`;

const refire = () => fire(open.last?.hook === "order-select" ? "order-select" : "order-sign");

// Showing

function showView(view, isRefused) {
  // Each part is a template of the service with every value escaped, and Markdown cleaned.
  for (const part of ["banner", "facts", "timeline", "silent"]) {
    if (view[part] !== undefined) at(part).innerHTML = view[part];
  }
  at("cards").innerHTML = isRefused ? "" : view.cards;
}

function showDraft() {
  const list = at("draft");
  list.replaceChildren(...open.draft.map(draftLine));
  if (!open.draft.length) list.replaceChildren(element("li", "empty", "Nothing in the draft."));
  at("sign").disabled = !open.draft.length && !open.working;
  at("sign").textContent = open.isReviewed && open.last?.hook === "order-sign" ? signLabel() : "Review and sign";
  at("order-title").textContent = open.changing ? "Change the order" : "Write an order";
}

function signLabel() {
  const left = at("cards").querySelectorAll(".card:not(.info)").length;
  return left ? `Sign with ${left} open ${left === 1 ? "card" : "cards"}` : "Sign";
}

function draftLine(resource) {
  const line = element("li", "order-line");
  line.dataset.order = referenceTo(resource);
  const words = element("div", "words");
  words.append(element("strong", "", nameOf(resource)), element("span", "", dosageOf(resource)));
  const buttons = element("div", "row");
  if (resource.resourceType === "MedicationRequest") {
    buttons.append(orderButton("Change", resource, () => change(resource)));
  }
  const remove = () => {
    open.draft = without(open.draft, referenceTo(resource));
    refire();
  };
  buttons.append(orderButton("Remove", resource, remove));
  line.append(words, buttons);
  return line;
}

function orderButton(label, resource, work) {
  const button = element("button", "plain", label);
  button.type = "button";
  button.setAttribute("aria-label", `${label} ${nameOf(resource)}`);
  button.addEventListener("click", work);
  return button;
}

function showWire(request, response) {
  at("request-json").textContent = JSON.stringify(request, null, 2);
  at("response-json").textContent = JSON.stringify(response, null, 2);
}

// Without records: which of them are the patient's own, and may be shown, comes with the view.
function outlineOf(request) {
  const { prefetch, context, ...rest } = withoutToken(request);
  const { draftOrders, ...others } = context;
  return { ...rest, context: others };
}

function withoutToken(request) {
  const { fhirAuthorization, ...rest } = request;
  return fhirAuthorization ? { ...rest, fhirAuthorization: "(not shown)" } : rest;
}

function markHook(hook) {
  for (const button of document.querySelectorAll("[data-hook]")) {
    button.setAttribute("aria-pressed", String(button.dataset.hook === hook));
  }
}

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

const say = (text) => { at("status").textContent = text; };

function complain(text) {
  at("trouble").textContent = text;
  at("trouble").hidden = !text;
}

const reasonOf = (error) => (error instanceof ServiceError ? error.message : `The page failed: ${error.message}`);

// Cards

async function accept(suggestionId) {
  const card = open.last.response.cards.find((one) =>
    (one.suggestions ?? []).some((suggestion) => suggestion.uuid === suggestionId),
  );
  const suggestion = card.suggestions.find((one) => one.uuid === suggestionId);
  const orders = open.working ? [...open.draft, open.working] : open.draft;
  open.draft = withActions(orders, suggestion.actions ?? []);
  clearForm();
  await sendFeedback(open.last.serviceId, {
    card: card.uuid,
    outcome: "accepted",
    acceptedSuggestions: [{ id: suggestionId }],
  });
  await refire();
  at("cards-title").focus();
  say(`Accepted: ${suggestion.label}. ${told(open.last.hook, open.last.response?.cards.length ?? 0)}`);
}

async function dismiss(form) {
  const choice = form.querySelector("select")?.selectedOptions[0];
  const item = { card: form.dataset.dismiss, outcome: "overridden" };
  if (choice?.value) item.overrideReason = { reason: { code: choice.value, system: choice.dataset.system } };
  await sendFeedback(open.last.serviceId, item);
  form.closest(".card").remove();
  if (!at("cards").querySelector(".card")) at("cards").append(element("p", "empty", "Every card was dismissed."));
  showDraft();
  say(`Dismissed${choice?.value ? `: ${choice.textContent}` : ""}.`);
  at("cards-title").focus();
}

at("cards").addEventListener("click", (event) => {
  const button = event.target.closest("[data-accept]");
  if (button) attempt(() => accept(button.dataset.accept));
});
at("cards").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => dismiss(event.target));
});

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    complain(reasonOf(error));
  }
}

// Writing an order

function formValues() {
  const text = at("drug").value.trim();
  const chosen = [...at("choices").options].find((one) => one.value.toLowerCase() === text.toLowerCase());
  const reason = at("reason").selectedOptions[0];
  return {
    text,
    coding: chosen && { system: chosen.dataset.system, code: chosen.dataset.code, display: chosen.value },
    doseMg: Number(at("dose").value),
    frequency: at("frequency").value,
    reason: reason?.value
      ? { system: reason.dataset.system, code: reason.value, display: reason.textContent }
      : null,
  };
}

let pause;
at("order-form").addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(() => {
    const form = formValues();
    open.isReviewed = false;
    open.working = form.text ? orderOf(form) : null;
    fire("order-select");
  }, TYPING_PAUSE_MS);
});
at("order-form").addEventListener("submit", (event) => {
  event.preventDefault();
  keepWorking();
  if (open.draft.length) fire("order-select");
});
at("discard").addEventListener("click", () => {
  clearTimeout(pause);
  if (open.changing) open.draft = [...open.draft, open.changing];
  clearForm();
  fire(open.draft.length ? "order-select" : "patient-view");
});

function keepWorking() {
  clearTimeout(pause);
  const form = formValues();
  if (form.text) {
    open.draft = [...open.draft, orderOf(form)];
  }
  clearForm();
}

// While it is typed an order keeps its id: the service sees one order change, not many.
function orderOf(form) {
  const id = open.working?.id ?? crypto.randomUUID();
  return { ...orderFrom(form, open.base.context.patientId, open.changing), id };
}

function clearForm() {
  open.working = null;
  open.changing = null;
  at("order-form").reset();
}

function change(resource) {
  clearTimeout(pause);
  if (open.working) keepWorking();
  open.draft = without(open.draft, referenceTo(resource));
  open.changing = resource;
  open.working = resource;
  const form = formOf(resource);
  at("drug").value = form.text;
  at("dose").value = form.doseMg;
  at("frequency").value = form.frequency;
  showDraft();
  at("dose").focus();
}

at("sign").addEventListener("click", async () => {
  if (open.isReviewed && open.last?.hook === "order-sign") {
    const count = open.draft.length;
    open.draft = [];
    open.isReviewed = false;
    await fire("patient-view");
    say(`Signed ${count === 1 ? "1 order" : `${count} orders`}, in this page only: nothing was written anywhere.`);
    return;
  }
  keepWorking();
  await fire("order-sign");
  open.isReviewed = true;
  showDraft();
});

for (const button of document.querySelectorAll("[data-hook]")) {
  button.addEventListener("click", () => fire(button.dataset.hook));
}

// Opening

at("story-form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const story = await storyNamed(at("story").value);
    await openRequest(story.request, story.point);
  });
});

at("file-form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const text = await at("file").files[0].text();
    const sent = asHookRequest(text);
    await (sent ? openRequest(sent) : openUpload(await uploadOf(text)));
  });
});

function asHookRequest(text) {
  try {
    const content = JSON.parse(text);
    return content.hook && content.context ? content : null;
  } catch {
    return null;
  }
}

async function openUpload({ patientId, draftOrders, prefetch, leftOut, notes }) {
  if (leftOut) notes.push(`${leftOut} records are of a kind or code that no search of the service asks for.`);
  await openRequest({ ...emptyRequest(patientId, draftOrders), prefetch }, notes.join(" "));
}

at("server-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = at("server-token").value;
  const request = { ...emptyRequest(at("server-patient").value.trim(), bundleOf([])), fhirServer: at("server-url").value };
  if (token) {
    request.fhirAuthorization = {
      access_token: token,
      token_type: "Bearer",
      expires_in: 300,
      scope: "patient/*.read",
      subject: "bench",
    };
  }
  attempt(() => openRequest(request));
});

function emptyRequest(patientId, draftOrders) {
  return { hook: "order-sign", context: { userId: "Practitioner/bench", patientId, draftOrders } };
}

// Copying

at("copy-curl").addEventListener("click", () =>
  copy(curlFor(open.last.serviceId, withoutToken(open.last.request)), "The curl command"),
);
at("copy-response").addEventListener("click", () => copy(at("response-json").textContent, "The response"));

async function copy(text, what) {
  await attempt(async () => {
    await navigator.clipboard.writeText(text);
    say(`${what} is in the clipboard.`);
  });
}
