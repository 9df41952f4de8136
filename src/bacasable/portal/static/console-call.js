// From what was entered to a request, and to the same request as cURL.
(() => {
  const { told } = TryIt;
  const SEPARATORS = { spaceDelimited: " ", pipeDelimited: "|" };

  const plain = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  const pairsOf = (value) => Object.entries(value).map(([name, one]) => [name, plain(one)]);
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  // The name and text pairs of a query parameter, in the style that the contract declares.
  const queryPairs = ({ name, style, explode, json }, value) => {
    if (json) return [[name, JSON.stringify(value)]];
    if (Array.isArray(value)) {
      if (explode) return value.map((one) => [name, plain(one)]);
      return [[name, value.map(plain).join(SEPARATORS[style] ?? ",")]];
    }
    if (!isObject(value)) return [[name, plain(value)]];
    if (style === "deepObject") return pairsOf(value).map(([key, one]) => [`${name}[${key}]`, one]);
    return explode ? pairsOf(value) : [[name, pairsOf(value).flat().join(",")]];
  };

  const text = ({ explode, json }, value) => {
    if (json) return JSON.stringify(value);
    if (Array.isArray(value)) return value.map(plain).join(",");
    if (!isObject(value)) return plain(value);
    return pairsOf(value).map((pair) => pair.join(explode ? "=" : ",")).join(",");
  };

  // Commas separate; they are no data there, so they stay readable.
  const encode = (value) => encodeURIComponent(value).replaceAll("%2C", ",");

  const prove = (access, headers, query) => {
    const token = access.token();
    if (!told.security || !token) return;
    const { in: place, name, prefix } = told.security;
    if (place === "query") query.push([name, token]);
    else headers[name] = prefix + token;
  };

  const request = (server, access, values, body) => {
    const headers = { Accept: "application/json" };
    const query = [];
    let path = told.path;
    const given = values.filter(({ value }) => value !== undefined && value !== null);
    for (const { declared, value } of given) {
      if (declared.in === "path") {
        path = path.replace(`{${declared.name}}`, encode(text(declared, value)));
      } else if (declared.in === "query") query.push(...queryPairs(declared, value));
      else headers[declared.name] = text(declared, value);
    }
    const names = told.parameters.filter((one) => one.in === "header").map((one) => one.name);
    if (told.tenant && names.includes(told.tenant) && access.tenant()) {
      headers[told.tenant] = access.tenant();
    }
    prove(access, headers, query);
    if (body?.trim()) headers["Content-Type"] = told.body.mediaType;
    const search = query.map(([name, value]) => `${encodeURIComponent(name)}=${encode(value)}`).join("&");
    return {
      method: told.method,
      url: server.url() + path + (search ? `?${search}` : ""),
      headers,
      body: body?.trim() ? body : undefined,
    };
  };

  const quoted = (value) => `'${value.replaceAll("'", "'\\''")}'`;

  // The token itself is never written: it would end up in tickets and histories.
  const hidden = (value, token) =>
    token && value.includes(token)
      ? `"${value.replaceAll(token, "$TOKEN").replace(/["`\\]/g, "\\$&")}"`
      : quoted(value);

  const curl = (made, token) => {
    const { method, url, headers, body } = made;
    const sent = token ? url.replace(encodeURIComponent(token), token) : url;
    const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${hidden(sent, token)}`];
    for (const [name, value] of Object.entries(headers)) {
      lines.push(`-H ${hidden(`${name}: ${value}`, token)}`);
    }
    if (body !== undefined) lines.push(`--data-raw ${quoted(body)}`);
    return lines.join(" \\\n  ");
  };

  Object.assign(TryIt, { request, curl });
})();
