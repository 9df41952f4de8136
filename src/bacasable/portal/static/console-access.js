// Where a call goes, and as whom. Tokens belong to the server that gave them and to no other; they
// are kept in this tab only.
(() => {
  const { told, say, make, field, button, group, keep, kept } = TryIt;
  const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
  const CUSTOM = "custom";

  const absolute = (url) => {
    try {
      return new URL(url, location.href).href.replace(/\/+$/, "");
    } catch {
      return "";
    }
  };
  const ownServer = told.sandbox ? absolute(told.servers[0].url) : "";

  const servers = () => {
    const select = make("select", {},
      ...told.servers.map((one) => make("option", { value: absolute(one.url) },
        one.title === one.url ? one.url : `${one.title} (${absolute(one.url)})`)),
      make("option", { value: CUSTOM }, say("server_custom")));
    const own = make("input", { type: "url", placeholder: "https://api.example/v1" });
    const ownField = field(say("server_url"), own);
    const warning = make("p", { class: "notice warning", role: "alert" });
    const url = () => (select.value === CUSTOM ? absolute(own.value || "about:invalid") : select.value);
    const isSandbox = () => ownServer !== "" && url() === ownServer;
    const isSafe = () => {
      if (isSandbox() || url().startsWith("about:")) return true;
      return LOOPBACK.includes(new URL(url()).hostname);
    };
    const draw = () => {
      ownField.hidden = select.value !== CUSTOM;
      warning.hidden = isSafe();
      warning.textContent = isSafe() ? "" : say("acts");
    };
    const before = kept("server");
    if (before) {
      const known = [...select.options].some((option) => option.value === before);
      select.value = known ? before : CUSTOM;
      own.value = known ? "" : before;
    }
    select.setAttribute("aria-label", say("server"));
    const node = group(say("server"), select, ownField, warning);
    node.addEventListener("input", () => {
      keep("server", url());
      draw();
    });
    draw();
    return { node, url, isSafe, isSandbox };
  };

  // The controls of the sandbox. Null tells that there are none, or none without its key: nobody
  // else can tell these apart, and neither can this page.
  const controls = async (path, options = {}) => {
    const key = kept("key");
    const headers = { Accept: "application/json", ...(key ? { "X-Sandbox-Key": key } : {}) };
    if (options.body) headers["Content-Type"] = "application/json";
    const answer = await fetch(`${told.controls}${path}`, { ...options, headers });
    if (answer.status === 404) return null;
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail ?? said.title);
    return said;
  };

  const tokenIn = (value) => {
    if (typeof value !== "object" || value === null) return null;
    const named = [value.accessToken, value.access_token, value.token];
    return named.find((one) => typeof one === "string") ??
      Object.values(value).map(tokenIn).find(Boolean) ?? null;
  };

  const byContract = async (server, tenant, body) => {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    if (told.login.tenant) headers[told.tenant] = tenant;
    const answer = await fetch(server + told.login.path,
      { method: told.login.method, headers, body: JSON.stringify(body) });
    const given = await answer.json().catch(() => ({}));
    const declared = told.login.token.reduce((one, name) => one?.[name], given);
    const token = typeof declared === "string" ? declared : tokenIn(given);
    if (answer.ok && token) return token;
    const said = [given.title, given.detail].filter(Boolean).join(". ");
    throw new Error(said || String(answer.status));
  };

  const credentials = (server) => {
    const tenant = make("input", { type: "text", autocomplete: "off", value: kept("tenant") ?? told.tenantExample });
    const list = make("datalist", { id: TryIt.newId() });
    tenant.setAttribute("list", list.id);
    const state = make("p", { class: "try-state", role: "status" }, say("access_none"));
    const roles = make("div", { class: "try-row" });
    const rolesLabel = make("p", { class: "try-label" }, say("login_as"));
    const keyField = make("input", { type: "password", autocomplete: "off" });
    let seeded = null;

    const held = () => (kept("tokens") ?? {})[server.url()] ?? null;
    const show = () => {
      if (!told.security) state.textContent = say("access_open");
      else state.textContent = held() ? say("logged_in", { who: held().who }) : say("access_none");
    };
    const hold = (token, who, role = null) => {
      keep("tokens", { ...kept("tokens"), [server.url()]: { token, who, role } });
      show();
      node.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const attempt = async (who, login, role) => {
      state.textContent = say("logging_in");
      try {
        hold(await login(), who, role);
      } catch (error) {
        state.textContent = say("login_failed", { reason: error.message });
      }
    };

    const account = () => seeded?.find((one) => one.slug === tenant.value);
    const byRole = (role, example) => attempt(`${role} · ${tenant.value}`, async () => {
      if (server.isSandbox()) {
        const body = JSON.stringify({ role });
        const path = `/tenants/${encodeURIComponent(tenant.value)}/tokens`;
        const given = await controls(path, { method: "POST", body });
        if (given) return given.accessToken;
      }
      return byContract(server.url(), tenant.value, example);
    }, role);

    const drawRoles = () => {
      const examples = told.login?.examples ?? {};
      const accounts = server.isSandbox() ? account()?.accounts : null;
      const names = accounts ? Object.keys(accounts) : Object.keys(examples);
      const usable = (role) => !told.roles?.length || told.roles.includes(role);
      rolesLabel.hidden = !names.length;
      roles.replaceChildren(...names.map((role) => button(role, () => byRole(role, examples[role]), {
        class: usable(role) ? "button" : "button try-lesser",
        "aria-label": `${say("login_as")} ${role}`,
      })));
    };

    const readTenants = async () => {
      if (!told.sandbox) return;
      try {
        seeded = (await controls("/tenants"))?.items ?? null;
        keyPart.hidden = seeded !== null;
      } catch {
        keyPart.hidden = true;
      }
      const names = (seeded ?? []).map((one) => make("option", { value: one.slug }, one.name));
      list.replaceChildren(...names);
      copies.hidden = !seeded || !server.isSandbox();
      drawRoles();
      node.dispatchEvent(new Event("change"));
    };

    // A copy has the accounts of its origin, and knows none of its tokens.
    const copies = TryIt.copies(tenant, async () => {
      keep("tenant", tenant.value);
      await readTenants();
      if (held()?.role) await byRole(held().role, null);
      node.dispatchEvent(new Event("input", { bubbles: true }));
    });

    const keyPart = make("div", { class: "try-key", hidden: true },
      make("p", {}, say("key_needed")), field(say("key"), keyField),
      button(say("use_key"), () => {
        keep("key", keyField.value);
        readTenants();
      }));

    const pasted = make("input", { type: "password", autocomplete: "off" });
    const parts = [field(say("token"), pasted),
      button(say("use_token"), () => { if (pasted.value) hold(pasted.value, say("pasted")); })];
    const fields = Object.entries(told.login?.example ?? {}).map(([name, value]) => [name, make("input", {
      type: /password|secret/i.test(name) ? "password" : "text", autocomplete: "off",
      placeholder: /password|secret/i.test(name) ? null : value,
    })]);
    const logIn = () => {
      const body = Object.fromEntries(fields.map(([name, input]) => [name, input.value]));
      attempt(fields[0][1].value, () => byContract(server.url(), tenant.value, body));
    };
    if (told.login) {
      parts.unshift(...fields.map(([name, input]) => field(name, input)), button(say("login"), logIn));
    }
    // Enter in one of these logs in or takes the token; it must not send the call.
    const own = make("details", { class: "try-own" }, make("summary", {}, say("own")), ...parts);
    own.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("input")) return;
      event.preventDefault();
      (event.target === pasted ? own.querySelector("button:last-of-type") : own.querySelector("button")).click();
    });

    const forget = button(say("forget"), () => {
      for (const name of ["tokens", "key"]) keep(name, null);
      show();
      state.textContent = say("forgotten");
      node.dispatchEvent(new Event("input", { bubbles: true }));
    });
    const secured = told.security
      ? [make("p", { class: "hint" }, told.roles?.length ? say("access_roles", { roles: told.roles.join(", ") }) : ""),
        rolesLabel, roles, own,
        make("div", { class: "try-row" }, forget, make("span", { class: "hint" }, say("kept")))]
      : [];
    const node = group(say("access"), state,
      told.tenant ? field(say("tenant"), tenant, { pointer: `header/${told.tenant}` }) : null, list, copies, keyPart, ...secured);
    tenant.addEventListener("input", () => {
      keep("tenant", tenant.value);
      drawRoles();
    });
    server.node.addEventListener("input", () => {
      copies.hidden = !seeded || !server.isSandbox();
      show();
      drawRoles();
    });
    drawRoles();
    show();
    readTenants();
    return {
      node,
      tenant: () => tenant.value,
      token: () => held()?.token ?? "",
      // Whether the sandbox's controls answer, and whether they know the tenant.
      isOpen: () => seeded !== null && server.isSandbox(),
      isKnown: () => account() !== undefined,
    };
  };

  Object.assign(TryIt, { servers, credentials, controls });
})();
