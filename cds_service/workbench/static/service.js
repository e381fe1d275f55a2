// Calls to the service: its CDS Hooks endpoints as any EHR would, and the bench's own views.

export class ServiceError extends Error {}

export async function callHook(serviceId, request) {
  return postJson(`/cds-services/${serviceId}`, request);
}

export async function sendFeedback(serviceId, item) {
  const body = { feedback: [{ ...item, outcomeTimestamp: new Date().toISOString() }] };
  await post(`/cds-services/${serviceId}/feedback`, JSON.stringify(body));
}

export async function viewOf(request, response) {
  return postJson("/bench/view", { request, response });
}

export async function storyNamed(name) {
  return read(await fetch(`/bench/stories/${encodeURIComponent(name)}`));
}

export async function uploadOf(text) {
  return read(await post("/bench/uploads", text));
}

export function curlFor(serviceId, request) {
  const body = JSON.stringify(request).replaceAll("'", "'\\''");
  const url = `${location.origin}/cds-services/${serviceId}`;
  return `curl -s -H 'Content-Type: application/json' -d '${body}' '${url}'`;
}

async function postJson(path, content) {
  return read(await post(path, JSON.stringify(content)));
}

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  });
  if (!answer.ok) throw new ServiceError(await reasonIn(answer));
  return answer;
}

async function read(answer) {
  if (!answer.ok) throw new ServiceError(await reasonIn(answer));
  return answer.json();
}

async function reasonIn(answer) {
  const text = await answer.text();
  try {
    return `${answer.status}: ${JSON.parse(text).issue[0].details.text}`;
  } catch {
    return `${answer.status}: ${text.slice(0, 200) || answer.statusText}`;
  }
}
