// The fields of a call: its parameters, and its body as a form and as JSON, the two in step.
(() => {
  const { told, say, make, field, button, group, newId, parse, editor, resolve } = TryIt;

  const randomKey = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

  // The tenant stands with the credentials, which are one tenant's.
  const shown = told.parameters.filter((one) => !(one.in === "header" && one.name === told.tenant));

  const parameterEditor = (declared) => {
    const made = editor(declared.schema, {
      name: declared.name, value: declared.example, required: declared.required,
      pointer: `${declared.in}/${declared.name}`,
    });
    if (declared.name.toLowerCase() === "idempotency-key") {
      const input = made.node.querySelector("input");
      made.node.append(button(say("generate"), () => {
        input.value = randomKey();
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }, { "aria-label": `${say("generate")}: ${declared.name}` }));
    }
    return { declared, ...made };
  };

  const parameters = () => {
    const made = shown.map(parameterEditor);
    const groups = ["path", "query", "header"].map((place) => {
      const of = made.filter((one) => one.declared.in === place);
      return of.length ? group(say(`place_${place}`), ...of.map((one) => one.node)) : null;
    });
    const values = () => made.map((one) => ({ declared: one.declared, value: one.get() }));
    return { nodes: groups.filter(Boolean), values };
  };

  const indented = (value) => (value === undefined ? "" : JSON.stringify(value, null, 2));

  const findings = () => {
    const place = make("div", { class: "try-findings", role: "status" });
    const show = (found) => {
      if (found === null) return place.replaceChildren();
      if (!found.length) return place.replaceChildren(make("p", { class: "hint" }, say("valid")));
      return place.replaceChildren(make("p", {}, say("invalid")), make("ul", {}, ...found.map((one) =>
        make("li", {}, make("code", {}, one.pointer || "/"), ` ${one.text}`))));
    };
    return { place, show, say: (text) => place.replaceChildren(make("p", { class: "hint" }, text)) };
  };

  const tabs = (panels) => {
    const name = newId();
    const made = Object.entries(panels).map(([key, panel], index) => {
      const input = make("input", { type: "radio", name, value: key, id: newId() });
      input.checked = index === 0;
      input.addEventListener("change", () => choose(key));
      return { key, panel, input, label: make("label", { for: input.id }, say(`as_${key}`)) };
    });
    const choose = (chosen) => {
      for (const one of made) one.panel.hidden = one.key !== chosen;
    };
    choose(made[0].key);
    return make("div", { class: "try-tabs", role: "radiogroup", "aria-label": say("body") },
      ...made.flatMap((one) => [one.input, one.label]));
  };

  // The text is what is sent: it can hold what no form would give.
  const body = (assets) => {
    if (!told.body) return null;
    const form = make("div");
    const text = make("textarea", { rows: 12, spellcheck: "false", autocapitalize: "off" });
    const judged = findings();
    let made = null;

    const judge = async () => {
      if (text.value.trim() === "") return judged.show(null);
      const { value, error } = parse(text.value);
      if (error) return judged.say(say("no_json", { reason: error }));
      const ready = await TryIt.prepareCheck(assets).catch(() => false);
      return ready ? judged.show(TryIt.check(value)) : judged.say(say("unchecked"));
    };
    const draw = (value) => {
      made = editor(told.body.schema, { name: say("body"), value, required: true, pointer: "" });
      form.replaceChildren(made.node);
    };
    const put = (value) => {
      text.value = indented(value);
      draw(value);
      judge();
    };
    form.addEventListener("input", () => {
      text.value = indented(made.get());
      judge();
    });
    text.addEventListener("input", () => {
      const { value, error } = parse(text.value || "null");
      if (!error) draw(text.value ? value : undefined);
      judge();
    });
    draw(told.body.example);
    text.value = indented(told.body.example);

    const written = make("div", {}, field(say("as_json"), text));
    const examples = Object.keys(told.body.examples).length
      ? told.body.examples : { [say("example")]: told.body.example };
    const choices = Object.entries(examples).map(([name, value]) => button(name, () => put(value)));
    const node = group(say("body"), tabs({ form, json: written }),
      make("div", { class: "try-row" }, ...choices, button(say("empty_body"), () => put(undefined))),
      form, written, judged.place);
    node.classList.add("try-body");
    return { node, text: () => text.value };
  };

  Object.assign(TryIt, { parameters, body, resolve });
})();
