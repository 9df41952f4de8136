// Beside the form, on a sandbox: what was asked and answered last, and the messages of the tenant.
(() => {
  const { told, say, make, controls, kept } = TryIt;
  const SHOWN = 20;

  const panel = (title, empty) => {
    const list = make("ol", { class: "try-list" });
    const none = make("p", { class: "hint" }, empty);
    const node = make("details", { class: "try-panel", hidden: true }, make("summary", {}, title), none, list);
    const draw = (items) => {
      none.hidden = items.length > 0;
      list.replaceChildren(...items.slice(0, SHOWN));
    };
    return { node, draw };
  };

  const clock = (instant) =>
    new Date(instant).toLocaleTimeString(document.documentElement.lang, { hourCycle: "h23" });

  const exchange = (one) => make("li", {}, make("time", { datetime: one.at }, clock(one.at)),
    ` ${one.method} `, make("code", {}, one.path + (one.query ? `?${one.query}` : "")),
    ` ${one.status}${one.code ? ` ${one.code}` : ""} · ${Math.round(one.durationMs)} ms`);

  const message = (one) => make("li", {}, make("details", {},
    make("summary", {}, `${one.subject ?? one.kind} · ${say("to", { who: one.to.address })}`),
    make("pre", { tabindex: "0" }, one.text)));

  // A stream of events cannot carry the sandbox's key: with one, the log is read after each call.
  const follow = (log, add) => {
    let stream = null;
    log.node.addEventListener("toggle", () => {
      stream?.close();
      if (!log.node.open || kept("key")) return;
      stream = new EventSource(`${told.controls}/log?follow=true`);
      stream.addEventListener("exchange", ({ data }) => add(JSON.parse(data)));
    });
    addEventListener("pagehide", () => stream?.close());
  };

  const beside = (access) => {
    if (!told.sandbox) return null;
    const log = panel(say("log"), say("log_empty"));
    const inbox = panel(say("inbox"), say("inbox_empty"));
    let exchanges = [];

    const known = new Set();
    const add = (one) => {
      if (known.has(one.id)) return;
      known.add(one.id);
      exchanges = [one, ...exchanges].slice(0, SHOWN);
      log.draw(exchanges.map(exchange));
    };
    const read = async (of, path, draw) => {
      const found = await controls(path).catch(() => null);
      of.node.hidden = !found;
      if (found) draw(found.items);
    };
    const refresh = () => {
      log.node.hidden = !access.isOpen();
      inbox.node.hidden = !access.isOpen() || !access.isKnown();
      if (!log.node.hidden) read(log, `/log?limit=${SHOWN}`, (items) => items.forEach(add));
      if (!inbox.node.hidden) {
        read(inbox, `/tenants/${encodeURIComponent(access.tenant())}/inbox?limit=${SHOWN}`,
          (items) => inbox.draw(items.toReversed().map(message)));
      }
    };
    log.draw([]);
    inbox.draw([]);
    follow(log, add);
    return { node: make("div", { class: "try-beside" }, log.node, inbox.node), refresh };
  };

  Object.assign(TryIt, { beside });
})();
