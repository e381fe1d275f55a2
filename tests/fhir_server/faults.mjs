/** What a request gets instead of its answer: switches that a test turns on and off. */
import { setTimeout as sleep } from "node:timers/promises";

const HTML = "<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>";

/** Which requests a fault meets: all, or those whose path and query match a regular expression. */
export function faultFor(faults, url) {
  return faults.find(({ match }) => !match || new RegExp(match).test(url)) ?? {};
}

/**
 * Sends `body` as the fault wants it.
 *
 * `latency_ms` before anything is sent; `status` an error; `shape`: "html", "truncated" (half of the body,
 * and the connection closes), "drip" (a byte now and then), "empty".
 */
export async function sendAs(fault, response, status, headers, body) {
  if (fault.latency_ms) await sleep(fault.latency_ms);
  if (response.destroyed) return;
  if (fault.status) return send(response, fault.status, retryLater(fault), outcome(fault.status));
  if (fault.shape === "html") return send(response, 200, { "Content-Type": "text/html" }, Buffer.from(HTML));
  if (fault.shape === "empty") return send(response, 200, headers, Buffer.alloc(0));
  if (fault.shape === "truncated") return sendHalf(response, status, headers, body);
  if (fault.shape === "drip") return drip(response, status, headers, body);
  send(response, status, headers, body);
}

export function send(response, status, headers, body) {
  response.writeHead(status, { ...headers, "Content-Length": body.length });
  response.end(body);
}

function outcome(status) {
  const issue = [{ severity: "error", code: "processing", details: { text: `fault ${status}` } }];
  return Buffer.from(JSON.stringify({ resourceType: "OperationOutcome", issue }));
}

function retryLater({ status }) {
  return { "Content-Type": "application/fhir+json", ...(status === 429 ? { "Retry-After": "60" } : {}) };
}

function sendHalf(response, status, headers, body) {
  response.writeHead(status, { ...headers, "Content-Length": body.length });
  response.write(body.subarray(0, body.length / 2), () => response.destroy());
}

async function drip(response, status, headers, body) {
  response.writeHead(status, { ...headers, "Content-Length": body.length });
  for (const byte of body) {
    if (response.destroyed) return;
    response.write(Buffer.from([byte]));
    await sleep(100);
  }
  response.end();
}
