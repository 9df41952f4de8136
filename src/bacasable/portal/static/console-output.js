// The answer of a call: its status, headers and body, and a refusal with its places in the form.
(() => {
  const { told, say, make, codeBlock, parse, newId } = TryIt;
  const LARGE = 200_000;
  const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

  // JSON with the class names that pages have for code.
  const coloured = (text) => {
    const code = make("code");
    if (text.length > LARGE) {
      code.textContent = text;
      return code;
    }
    let end = 0;
    for (const found of text.matchAll(TOKEN)) {
      code.append(text.slice(end, found.index));
      const [whole, string, colon, word] = found;
      const kind = string ? (colon ? "nt" : "s2") : word ? "kc" : "mi";
      code.append(make("span", { class: kind }, string ?? whole), colon ?? "");
      end = found.index + whole.length;
    }
    code.append(text.slice(end));
    return code;
  };

  const toneOf = (status) =>
    ({ 2: "success", 3: "info", 4: "warning", 5: "danger" })[String(status)[0]] ?? "neutral";

  const headersOf = (answer) => {
    const all = [...answer.headers].map(([name, value]) => `${name}: ${value}`);
    return make("details", {}, make("summary", {}, say("headers", { count: all.length })),
      codeBlock(say("headers", { count: all.length }), make("code", {}, all.join("\n"))));
  };

  const bodyOf = (text, type) => {
    if (!text) return make("p", { class: "hint" }, say("no_body"));
    const { value, error } = type.includes("json") ? parse(text) : { error: "no JSON" };
    const code = error ? make("code", {}, text) : coloured(JSON.stringify(value, null, 2));
    return codeBlock(type.split(";")[0], code);
  };

  const unmark = (form) => {
    for (const error of form.querySelectorAll(".error")) error.remove();
    for (const control of form.querySelectorAll("[aria-invalid]")) {
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-describedby");
    }
  };

  // The field at a pointer, or the nearest one that holds it.
  const fieldAt = (form, pointer) => {
    for (let place = pointer; ; place = place.slice(0, place.lastIndexOf("/"))) {
      const found = form.querySelector(`[data-pointer="${CSS.escape(place)}"]`);
      if (found || !place.includes("/")) return found;
    }
  };

  const mark = (form, { pointer, detail }) => {
    const field = fieldAt(form, pointer);
    if (!field) return;
    const here = field.dataset.pointer === pointer;
    const error = make("p", { class: "error", id: newId() }, here ? detail : `${pointer} ${detail}`);
    field.append(error);
    const control = field.matches(".field") ? field.querySelector("input, select, textarea") : null;
    control?.setAttribute("aria-invalid", "true");
    control?.setAttribute("aria-describedby", error.id);
  };

  // RFC 9457 names no member for them; APIs call them so.
  const violationsOf = (value) =>
    [value?.errors, value?.violations, value?.invalidParams].find(Array.isArray)
      ?.map(({ pointer, name, detail, reason }) => ({
        pointer: String(pointer ?? name ?? ""), detail: String(detail ?? reason ?? ""),
      })) ?? [];

  const problemOf = (value, root) => {
    const notice = make("div", { class: "notice danger" }, make("p", {},
      make("strong", {}, value.title ?? value.code),
      ...(value.detail ? [make("br"), value.detail] : [])));
    if (value.code && told.errors) {
      notice.append(make("p", {}, make("a", { href: `${root}${told.errors}#${value.code}` },
        say("meaning", { code: value.code }))));
    }
    const violations = violationsOf(value)
      .map((one) => make("li", {},
        ...(one.pointer ? [make("code", {}, one.pointer), " "] : []), one.detail));
    if (violations.length) notice.append(make("ul", {}, ...violations));
    return notice;
  };

  const output = (form, root) => {
    const state = make("p", { class: "try-state", role: "status" });
    const place = make("div");
    const node = make("section", { class: "try-output", "aria-label": say("answer") }, state, place);
    const tell = (text) => {
      state.replaceChildren(text);
      place.replaceChildren();
    };
    const show = async (answer, time) => {
      const bytes = await answer.arrayBuffer();
      const text = new TextDecoder().decode(bytes);
      const type = answer.headers.get("content-type") ?? "";
      const status = `${answer.status} ${answer.statusText}`.trim();
      state.replaceChildren(
        make("span", { class: `badge ${toneOf(answer.status)}` }, status), " ",
        say("answered", { time, size: bytes.byteLength }));
      const { value } = type.includes("json") ? parse(text) : {};
      const problem = answer.status >= 400 && value && typeof value === "object";
      place.replaceChildren(...(problem ? [problemOf(value, root)] : []), bodyOf(text, type), headersOf(answer));
      for (const one of problem ? violationsOf(value) : []) mark(form, one);
    };
    // The form may be long, and Send far from where the answer stands.
    const reveal = () => state.scrollIntoView({ block: "nearest" });
    return { node, tell, show, reveal, clear: () => unmark(form) };
  };

  Object.assign(TryIt, { output, coloured });
})();
