// A form from a JSON Schema. An editor is an element and `get`, which gives the value, or undefined
// where nothing was entered. What the contract forbids can be entered too: refusals are worth trying.
(() => {
  const { told, say, make, field, button, parse } = TryIt;
  const LONG = 300;

  const together = (one, other) => {
    const both = { ...one, ...other };
    if (one.properties && other.properties) {
      both.properties = { ...one.properties, ...other.properties };
    }
    if (one.required && other.required) both.required = [...one.required, ...other.required];
    return both;
  };

  // A schema with its references followed and its parts (allOf) put together.
  const resolve = (schema, depth = 0) => {
    if (typeof schema !== "object" || schema === null || depth > 20) return {};
    const { $ref, allOf = [], ...own } = schema;
    const target = $ref ? [told.$defs[$ref.replace("#/$defs/", "")]] : [];
    return [...target, ...allOf].map((part) => resolve(part, depth + 1)).concat(own).reduce(together);
  };

  const inferred = (schema) => {
    if (schema.properties || schema.additionalProperties) return ["object"];
    return schema.items ? ["array"] : [];
  };
  const typesOf = (schema) => [schema.type ?? inferred(schema)].flat().filter((t) => t !== "null");
  const alternatives = (schema) =>
    (schema.oneOf ?? schema.anyOf ?? []).map((one) => resolve(one)).filter((s) => s.type !== "null");
  const allowsNull = (schema) =>
    [schema.type].flat().includes("null") || (schema.enum ?? []).includes(null) ||
    (schema.oneOf ?? schema.anyOf ?? []).some((one) => resolve(one).type === "null");

  const isType = {
    object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    array: Array.isArray,
    string: (value) => typeof value === "string",
    integer: Number.isInteger,
    number: (value) => typeof value === "number",
    boolean: (value) => typeof value === "boolean",
  };

  // Whether a value was probably meant by an alternative: its types, members and fixed values.
  const fits = (schema, value) => {
    const types = typesOf(schema);
    if (types.length && !types.some((type) => isType[type]?.(value))) return false;
    if (schema.enum && !schema.enum.includes(value)) return false;
    if ("const" in schema && schema.const !== value) return false;
    if (!isType.object(value)) return true;
    return (schema.required ?? []).every((name) => name in value) &&
      Object.entries(schema.properties ?? {}).every(
        ([name, inner]) => !(name in value) || isType.object(value[name]) ||
          Array.isArray(value[name]) || fits(resolve(inner), value[name]));
  };

  const changed = (node) => node.dispatchEvent(new Event("input", { bubbles: true }));

  const choiceOf = (values, at) => {
    const blank = make("option", { value: "" }, say("unset"));
    const options = values.map((value, index) => make("option", { value: index }, String(value)));
    const select = make("select", {}, blank, ...options);
    const now = values.indexOf(at.value);
    select.value = now < 0 ? "" : now;
    return { control: select, get: () => (select.value === "" ? undefined : values[select.value]) };
  };

  const inputTypes = { date: "date", email: "email", uri: "url", password: "password" };

  const textOf = (schema, at) => {
    const long = schema.maxLength > LONG;
    const control = long
      ? make("textarea", { rows: 2 })
      : make("input", { type: inputTypes[schema.format] ?? "text", autocomplete: "off" });
    control.value = at.value ?? "";
    return { control, get: () => (control.value === "" ? undefined : control.value) };
  };

  const numberOf = (_schema, at) => {
    const control = make("input", { type: "text", inputmode: "decimal", autocomplete: "off" });
    control.value = at.value ?? "";
    const get = () => {
      const text = control.value.trim();
      if (text === "") return undefined;
      return Number.isFinite(Number(text)) ? Number(text) : text;
    };
    return { control, get };
  };

  const freeOf = (_schema, at) => {
    const control = make("textarea", { rows: 3, spellcheck: "false" });
    control.value = at.value === undefined ? "" : JSON.stringify(at.value, null, 2);
    const get = () => {
      if (control.value.trim() === "") return undefined;
      const { value, error } = parse(control.value);
      return error ? control.value : value;
    };
    return { control, get };
  };

  const withNull = (made, at) => {
    const box = make("input", { type: "checkbox" });
    box.checked = at.value === null;
    const follow = () => { made.control.disabled = box.checked; };
    box.addEventListener("change", follow);
    follow();
    const label = make("label", { class: "try-null" }, box, ` ${say("is_null")}`);
    label.title = at.name;
    box.setAttribute("aria-label", `${at.name}: ${say("is_null")}`);
    return { ...made, beside: label, get: () => (box.checked ? null : made.get()) };
  };

  const simple = (schema, at) => {
    const types = typesOf(schema);
    const nullable = allowsNull(schema);
    const values = schema.enum ?? ("const" in schema ? [schema.const] : null) ??
      (types[0] === "boolean" && types.length === 1 ? [true, false] : null);
    if (values) {
      return choiceOf(nullable && !values.includes(null) ? [...values, null] : values, at);
    }
    const one = types.length === 1 ? types[0] : "";
    const maker = { string: textOf, integer: numberOf, number: numberOf }[one] ?? freeOf;
    const made = maker(schema, { ...at, value: at.value === null ? undefined : at.value });
    return nullable ? withNull(made, at) : made;
  };

  const row = (schema, at) => {
    const { control, get, beside } = simple(schema, at);
    return { node: field(at.name, control, { required: at.required, pointer: at.pointer, beside }), get };
  };

  const framed = (at, ...children) =>
    make("fieldset", { class: "try-nested", "data-pointer": at.pointer },
      make("legend", {}, at.required ? `${at.name} (${say("required")})` : at.name), ...children);

  const objectOf = (schema, at) => {
    const value = isType.object(at.value) ? at.value : {};
    const members = Object.entries(schema.properties ?? {})
      .filter(([, inner]) => !resolve(inner).readOnly)
      .map(([name, inner]) => [name, editor(inner, {
        name, value: value[name], required: (schema.required ?? []).includes(name),
        pointer: `${at.pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
      })]);
    // Members that the schema does not list stay as they are.
    const others = Object.entries(value).filter(([name]) => !members.some(([known]) => known === name));
    const get = () => Object.fromEntries(
      [...members.map(([name, made]) => [name, made.get()]), ...others]
        .filter(([, found]) => found !== undefined));
    return { node: framed(at, ...members.map(([, made]) => made.node)), get };
  };

  const arrayOf = (schema, at) => {
    let items = [];
    const list = make("div", { class: "try-items" });
    const values = () => items.map((item) => item.get());
    const draw = (all) => {
      items = all.map((value, index) => editor(schema.items ?? {}, {
        name: say("item", { name: at.name, number: index + 1 }),
        value, required: true, pointer: `${at.pointer}/${index}`,
      }));
      list.replaceChildren(...items.map((item, index) => make("div", { class: "try-item" },
        item.node, button(say("remove"), () => remove(index), {
          "aria-label": say("remove_item", { name: say("item", { name: at.name, number: index + 1 }) }),
        }))));
    };
    const add = button(say("add"), () => {
      draw([...values(), undefined]);
      list.lastElementChild.querySelector("input, select, textarea")?.focus();
      changed(list);
    }, { "aria-label": say("add_to", { name: at.name }) });
    const remove = (index) => {
      draw(values().filter((_, place) => place !== index));
      add.focus();
      changed(list);
    };
    draw(Array.isArray(at.value) ? at.value : []);
    const get = () => values().filter((value) => value !== undefined);
    return { node: framed(at, list, add), get };
  };

  const labelOf = (branch, index) => {
    const fixed = Object.values(branch.properties ?? {}).map((inner) => resolve(inner))
      .find((inner) => "const" in inner || inner.enum);
    return branch.label ?? (fixed ? [fixed.const ?? fixed.enum].flat().join(", ") : null) ??
      typesOf(branch)[0] ?? say("choice_number", { number: index + 1 });
  };

  const chosenOf = (schema, at) => {
    const { oneOf, anyOf, ...own } = schema;
    const branches = alternatives(schema).map((branch) => together(own, branch));
    const select = make("select", {},
      ...branches.map((branch, index) => make("option", { value: index }, labelOf(branch, index))));
    const place = make("div");
    let made = null;
    const draw = (value) => {
      made = editor(branches[select.value], { ...at, value });
      place.replaceChildren(made.node);
    };
    select.value = Math.max(0, branches.findIndex((branch) => fits(branch, at.value)));
    select.addEventListener("change", () => { draw(undefined); changed(place); });
    draw(at.value);
    const head = field(say("choice", { name: at.name }), select);
    return { node: make("div", { class: "try-choice" }, head, place), get: () => made.get() };
  };

  // What may be left out is made when it is asked for: a schema may contain itself.
  const optional = (maker, schema, at) => {
    const box = make("input", { type: "checkbox" });
    const place = make("div");
    let made = null;
    const draw = (value) => {
      made = box.checked ? maker(schema, { ...at, value }) : null;
      place.replaceChildren(...(made ? [made.node] : []));
    };
    box.checked = at.value !== undefined && at.value !== null;
    box.addEventListener("change", () => { draw(undefined); changed(place); });
    draw(at.value);
    const label = make("label", { class: "try-include" }, box, ` ${say("include", { name: at.name })}`);
    const none = at.value === null ? null : undefined;
    return {
      node: make("div", { class: "try-optional", "data-pointer": at.pointer }, label, place),
      get: () => (made ? made.get() : none),
    };
  };

  const editor = (declared, at) => {
    let schema = resolve(declared);
    const choices = alternatives(schema);
    if (choices.length === 1) {
      const { oneOf, anyOf, ...own } = schema;
      const type = [typesOf(choices[0]), allowsNull(schema) ? "null" : []].flat();
      schema = { ...together(own, choices[0]), type };
    }
    const types = typesOf(schema);
    const kind = types.length === 1 ? types[0] : "";
    let maker = null;
    if (choices.length > 1) maker = chosenOf;
    else if (kind === "object" && schema.properties) maker = objectOf;
    else if (kind === "array") maker = arrayOf;
    if (!maker) return row(schema, at);
    const given = at.required && !(allowsNull(schema) && at.value === null);
    return given ? maker(schema, at) : optional(maker, schema, at);
  };

  Object.assign(TryIt, { editor, resolve });
})();
