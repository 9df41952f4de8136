"""What samples would send: they run in their languages, with a client that only listens.

Each program gives its requests as `{"url": …, "options": …}`: what its own HTTP client was told.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from tests.portal.running import need

ENVIRONMENT = {
    "API_TOKEN": "a token",
    "API_KEY": "a key",
    "API_USER": "a user",
    "API_PASSWORD": "a pass word",
}
_END = "=== end of request ==="
_NODE = """
const said = [];
console.log = console.dir = () => undefined;
for (const name of process.argv.slice(2)) {
  const heard = [];
  globalThis.fetch = async (url, options = {}) => {
    heard.push({ url: String(url), options });
    return new Response("{}");
  };
  await import(name);
  said.push(heard[0]);
}
process.stdout.write(JSON.stringify(said));
"""
_PHP = r"""<?php
namespace GuzzleHttp\Psr7;
class Query {
    static function build($given) {
        $pairs = [];
        foreach ($given as $name => $values) {
            foreach ((array) $values as $value) {
                $pairs[] = rawurlencode((string) $name) . '=' . rawurlencode((string) $value);
            }
        }
        return implode('&', $pairs);
    }
}
namespace GuzzleHttp;
class Client {
    static $said = [];
    function __construct($options) {}
    function request($method, $url, $options = []) {
        self::$said[] = ['url' => $url, 'options' => $options];
        return $this;
    }
    function __call($method, $arguments) { return $this->request($method, ...$arguments); }
    function getBody() { return ''; }
    function getStatusCode() { return ''; }
}
ob_start();
foreach (array_slice($argv, 1) as $name) {
    (function () use ($name) { include $name; })();
}
ob_end_clean();
echo json_encode(Client::$said, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION);
"""
_CURL = f"""
curl() {{
  for argument in "$@"; do printf '%s\\0' "$argument"; done
  case " $* " in *' @- '*) cat;; esac
  printf '%s' '{_END}'
}}
"""

Heard = dict[str, Any]


def hear(language: str, texts: Sequence[str], folder: Path) -> list[Heard]:
    """The request of each program of a language: query, headers and body."""
    with patch.dict(os.environ, ENVIRONMENT):
        listen = {"python": _python, "curl": _shell, "typescript": _node, "php": _php}[language]
        return listen(texts, folder)


def _python(texts: Sequence[str], _folder: Path) -> list[Heard]:
    heard: list[Heard] = []

    def request(url: str, **options: Any) -> Any:
        given = options.get("params", {})
        pairs = [(n, v) for n, vs in given.items() for v in (vs if isinstance(vs, list) else [vs])]
        heard.append(_heard(url, pairs, options.get("headers"), options.get("json"), options))
        return SimpleNamespace(raise_for_status=bool, json=dict, status_code=0, text="")

    methods = dict.fromkeys(("get", "post", "put", "patch", "delete", "head"), request)
    client = SimpleNamespace(**methods)
    with patch.dict(sys.modules, {"requests": client}):  # type: ignore[dict-item]
        for text in texts:
            exec(compile(text, "sample.py", "exec"), {"print": str})  # noqa: S102
    return heard


def _node(texts: Sequence[str], folder: Path) -> list[Heard]:
    need("node")
    heard = []
    for told in _run(["node"], _NODE, texts, folder, ".mjs"):
        options = told["options"]
        # All numbers are doubles there; a large one is written without the digits that it lacks.
        body = json.loads(options["body"], parse_int=float) if "body" in options else None
        heard.append(_heard(told["url"], [], options.get("headers"), body))
    return heard


def _php(texts: Sequence[str], folder: Path) -> list[Heard]:
    need("php")
    (folder / "vendor").mkdir(exist_ok=True)
    (folder / "vendor" / "autoload.php").write_text("<?php\n")
    heard = []
    for told in _run(["php"], _PHP, texts, folder, ".php"):
        options = told["options"] or {}
        query = options.get("query") or {}
        if isinstance(query, str):
            pairs = parse_qsl(query, keep_blank_values=True)
        else:
            pairs = list(query.items())
        heard.append(
            _heard(told["url"], pairs, options.get("headers"), options.get("json"), options)
        )
    return heard


def _run(
    command: list[str], loop: str, texts: Sequence[str], folder: Path, ending: str
) -> list[dict[str, Any]]:
    names = [f"./sample{number}{ending}" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / f"loop{ending}").write_text(loop, encoding="utf-8")
    done = subprocess.run(
        [*command, f"loop{ending}", *names], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _shell(texts: Sequence[str], folder: Path) -> list[Heard]:
    script = _CURL + "".join(f"(\n{text}\n)\n" for text in texts)
    (folder / "samples.sh").write_text(script, encoding="utf-8")
    done = subprocess.run(
        ["sh", "samples.sh"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [_curl(said) for said in done.stdout.split(_END)[:-1]]


def _curl(said: str) -> Heard:
    *arguments, document = said.split("\0")
    headers, body, user, url = {}, None, None, ""
    for option, value in zip(arguments, [*arguments[1:], ""], strict=True):
        if option == "--header":
            name, _, text = value.partition(": ")
            headers[name] = text
        elif option == "--data":
            body = json.loads(document if value == "@-" else value)
        elif option == "--user":
            user = value.split(":")
        elif option.startswith("http"):
            url = option
    return _heard(url, [], headers, body, {"auth": user})


def _heard(
    url: str, pairs: Sequence[tuple[str, Any]], headers: Any, body: Any, options: Any = None
) -> Heard:
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *((n, str(v)) for n, v in pairs)]
    auth = (options or {}).get("auth")
    return {
        "path": parts.path,
        "query": query,
        "headers": {n: v for n, v in (headers or {}).items() if n != "Content-Type"},
        "body": body,
        "auth": list(auth) if auth else None,
    }
