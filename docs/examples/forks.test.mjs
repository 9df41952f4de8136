// The sandbox in Node, with nothing but Node: a fork of a tenant for each test, over plain HTTP.
// Start one with `bacasable serve`, then: node --test forks.test.mjs

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

const sandbox = process.env.BACASABLE_URL ?? "http://127.0.0.1:4010";
const key = process.env.BACASABLE_KEY;
let tenant;

async function send(method, path, body, headers = {}) {
  const answer = await fetch(sandbox + path, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : null };
}

// A control of the sandbox; see /_sandbox/openapi.json.
async function control(method, path, body) {
  const { status, body: found } = await send(
    method, `/_sandbox${path}`, body, key ? { "X-Sandbox-Key": key } : {},
  );
  assert.ok(status < 300, `${method} ${path}: ${found?.detail}`);
  return found;
}

// A caller of the API with the token of an account that has the role.
async function as(role) {
  const { accessToken } = await control("POST", `/tenants/${tenant}/tokens`, { role });
  const headers = { Authorization: `Bearer ${accessToken}`, "X-Tenant-ID": tenant };
  return (method, path, body) => send(method, `/api/v1${path}`, body, headers);
}

beforeEach(async () => {
  tenant = (await control("POST", "/tenants/votre-tenant/forks", {})).slug;
});

afterEach(() => control("DELETE", `/tenants/${tenant}`));

test("a company is created in this fork alone", async () => {
  const admin = await as("ADMIN");
  const made = await admin("POST", "/companies", { name: "Société" });
  assert.equal(made.status, 201);
  const found = await admin("GET", `/companies/${made.body.data.id}`);
  assert.equal(found.body.data.name, "Société");
});

test("a token does not outlive a day", async () => {
  const learner = await as("LEARNER");
  assert.equal((await learner("GET", "/auth/me")).status, 200);
  await control("POST", `/tenants/${tenant}/clock/advance`, { by: "P1D" });
  assert.equal((await learner("GET", "/auth/me")).status, 401);
});

test("an outage is met", async () => {
  const trainer = await as("TRAINER");
  await control("POST", `/tenants/${tenant}/faults`, { kind: "ERROR", status: 503, count: 1 });
  assert.equal((await trainer("GET", "/courses")).status, 503);
  assert.equal((await trainer("GET", "/courses")).status, 200);
});
