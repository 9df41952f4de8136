// Small parts that the scripts of the form share: what they are told, texts, elements, storage.
window.TryIt = (() => {
  const told = JSON.parse(document.getElementById("console").textContent);
  let last = 0;

  const say = (name, values = {}) =>
    Object.entries(values).reduce((text, [key, value]) => text.replaceAll(`{${key}}`, value),
      told.words[name]);

  // An element; `on` holds listeners, values that are null or false set no attribute.
  const make = (name, { on = {}, ...attributes } = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) {
        made.setAttribute(key, value === true ? "" : value);
      }
    }
    for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener);
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };

  const newId = () => `try-${(last += 1)}`;

  // A control with its label. `pointer` is where violations of it are said to be.
  const field = (label, control, { required = false, pointer = null, beside = null } = {}) => {
    control.id ||= newId();
    const text = required ? `${label} (${say("required")})` : label;
    return make("div", { class: "field", "data-pointer": pointer },
      make("label", { for: control.id }, text), control, beside);
  };

  const button = (text, click, attributes = {}) =>
    make("button", { type: "button", class: "button", on: { click }, ...attributes }, text);

  const group = (title, ...children) =>
    make("fieldset", { class: "try-group" }, make("legend", {}, title), ...children);

  // A code block as pages have it; `data-copy-code` is app.js's.
  const codeBlock = (title, code) => {
    const copy = make("button", { type: "button", class: "copy", "data-copy-code": true,
      "aria-label": `${say("copy")}: ${title}` }, make("span", {}, say("copy")));
    return make("div", { class: "code" },
      make("div", { class: "code-bar" }, make("span", {}, title), copy),
      make("pre", { tabindex: "0" }, code));
  };

  // Kept in this tab only. Where storage is refused, for as long as the page stays.
  const memory = {};
  const keep = (name, value) => {
    memory[name] = value;
    try {
      if (value === null) sessionStorage.removeItem(`try.${name}`);
      else sessionStorage.setItem(`try.${name}`, JSON.stringify(value));
    } catch {
      return;
    }
  };
  const kept = (name) => {
    try {
      return JSON.parse(sessionStorage.getItem(`try.${name}`)) ?? memory[name] ?? null;
    } catch {
      return memory[name] ?? null;
    }
  };

  const parse = (text) => {
    try {
      return { value: JSON.parse(text) };
    } catch (error) {
      return { error: error.message };
    }
  };

  return { told, say, make, field, button, group, codeBlock, newId, keep, kept, parse };
})();
