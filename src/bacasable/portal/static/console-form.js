// The form that tries an operation, put together of its parts.
(() => {
  const { told, say, make, button, codeBlock } = TryIt;
  const place = document.querySelector("[data-console]");
  const { root, assets } = place.dataset;

  const server = TryIt.servers();
  const access = TryIt.credentials(server);
  const parameters = TryIt.parameters();
  const body = TryIt.body(assets);
  const form = make("form", { class: "try-form", novalidate: true });
  const output = TryIt.output(form, root);
  const beside = TryIt.beside(access);
  let running = null;

  const send = make("button", { type: "submit", class: "button primary" }, say("send"));
  const abort = button(say("abort"), () => running?.abort(), { hidden: true });
  const code = make("code");
  const request = () => TryIt.request(server, access, parameters.values(), body?.text());
  const drawCurl = () => { code.textContent = TryIt.curl(request(), access.token()); };

  // Whether a call that acts may go; asked of the reader where the server is not the sandbox.
  const confirmed = () => {
    if (told.method === "GET" || server.isSafe()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const title = make("h3", { id: TryIt.newId() },
        say("confirm_title", { host: new URL(server.url()).host }));
      const dialog = make("dialog", { class: "try-confirm", "aria-labelledby": title.id }, title,
        make("p", {}, say("confirm_text", { method: told.method })),
        make("div", { class: "try-row" },
          button(say("confirm_no"), () => dialog.close("")),
          button(say("confirm_yes"), () => dialog.close("yes"), { class: "button danger" })));
      dialog.addEventListener("close", () => {
        dialog.remove();
        resolve(dialog.returnValue === "yes");
      });
      place.append(dialog);
      dialog.showModal();
    });
  };

  const exchange = async () => {
    const { url, ...options } = request();
    const began = performance.now();
    const answer = await fetch(url, { ...options, signal: running.signal, credentials: "omit" });
    await output.show(answer, Math.round(performance.now() - began));
  };

  const run = async () => {
    if (running || !(await confirmed())) return;
    running = new AbortController();
    send.setAttribute("aria-disabled", "true");
    abort.hidden = false;
    output.clear();
    output.tell(say("sending"));
    try {
      await exchange();
    } catch (error) {
      const aborted = error.name === "AbortError";
      output.tell(aborted ? say("aborted") : say("unreachable", { reason: error.message }));
    } finally {
      running = null;
      send.removeAttribute("aria-disabled");
      abort.hidden = true;
      output.reveal();
    }
    beside?.refresh();
  };

  form.append(server.node, access.node, ...parameters.nodes, ...(body ? [body.node] : []),
    make("div", { class: "try-row try-actions" }, send, abort,
      make("span", { class: "hint" }, say("shortcut"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });
  form.addEventListener("input", drawCurl);
  for (const part of [server.node, access.node]) {
    part.addEventListener("change", () => beside?.refresh());
  }
  place.append(form, make("div", { class: "try-result" },
    output.node, codeBlock(say("as_curl"), code), ...(beside ? [beside.node] : [])));
  drawCurl();
})();
