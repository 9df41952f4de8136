// Judging a body by the contract's schema, with the validator that is bundled (and loaded only when
// a body is first judged). Every finding is a pointer and a sentence.
(() => {
  const { told, say } = TryIt;
  // These only tell that something further down is wrong.
  const ABOVE = new Set(["properties", "items", "prefixItems", "$ref", "allOf", "false", "dependentSchemas"]);
  let validator = null;

  const load = (source) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: source, onload: resolve, onerror: reject });
    document.head.append(script);
  });

  const prepare = async (assets) => {
    if (!told.validator || !told.body) return false;
    if (!validator) {
      await load(assets + told.validator);
      validator = new Validator({ ...told.body.schema, $defs: told.$defs }, "2020-12", false);
    }
    return true;
  };

  const step = (part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");

  // What the schema says at the place of a keyword, such as 200 at .../title/maxLength.
  const limitAt = (location) => {
    let node = { ...told.body.schema, $defs: told.$defs };
    for (const part of location.split("/").slice(1).map(step)) {
      if (part === "$ref") node = told.$defs[node?.$ref?.replace("#/$defs/", "")];
      else node = node?.[part];
    }
    return node;
  };

  const valueAt = (value, location) =>
    location.split("/").slice(1).map(step).reduce((node, part) => node?.[part], value);

  const written = (limit) => (Array.isArray(limit) ? limit.join(", ") : String(limit));

  const sentence = (keyword, limit, error) =>
    told.words[`check_${keyword}`]
      ? say(`check_${keyword}`, { limit: written(limit) })
      : error;

  const tell = (value, { keyword, instanceLocation, keywordLocation, error }) => {
    const pointer = instanceLocation.slice(1);
    const limit = limitAt(keywordLocation);
    if (keyword === "required") {
      const held = valueAt(value, instanceLocation) ?? {};
      return limit.filter((name) => !(name in held))
        .map((name) => ({ pointer: `${pointer}/${name}`, text: sentence(keyword, name, error) }));
    }
    if (keyword === "additionalProperties") {
      const name = /"([^"]*)"/.exec(error)?.[1];
      return [{ pointer: name === undefined ? pointer : `${pointer}/${name}`,
        text: sentence(keyword, limit, error) }];
    }
    return [{ pointer, text: sentence(keyword, limit, error) }];
  };

  // Of a choice it is said once that nothing fits, not what each alternative would have wanted.
  const withinChoice = (error, errors) => errors.some((other) =>
    ["oneOf", "anyOf"].includes(other.keyword) && other !== error &&
    error.keywordLocation.startsWith(`${other.keywordLocation}/`));

  const check = (value) => {
    const { errors } = validator.validate(value);
    const said = errors.filter((e) => !ABOVE.has(e.keyword) && !withinChoice(e, errors));
    const found = said.flatMap((error) => tell(value, error));
    return [...new Map(found.map((one) => [`${one.pointer} ${one.text}`, one])).values()];
  };

  Object.assign(TryIt, { prepareCheck: prepare, check });
})();
