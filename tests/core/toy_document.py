"""The toy contract as an OpenAPI document: a small library, one resource for each kind of trait.

Shelf is plain; Box and Lock are its children (cascade, restrict); Book has a lifecycle, references
and visibility; Author has masked fields; Ticket belongs to the platform.
"""

from copy import deepcopy
from typing import Any

Json = dict[str, Any]

ROLES = ["ADMIN", "EDITOR", "READER", "AUDITOR", "SUPER_ADMIN"]
TEXT: Json = {"type": "string", "minLength": 1, "maxLength": 100}
NOTE: Json = {"type": ["string", "null"], "maxLength": 100}
INSTANT: Json = {"type": "string", "format": "date-time", "readOnly": True}
STAMP: Json = {"type": ["string", "null"], "format": "date-time", "readOnly": True}
FIXED: Json = {"type": "string", "readOnly": True}
TAGS: Json = {"type": "array", "items": {"type": "string"}, "default": []}


def schema(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def record(properties: Json, **extensions: Any) -> Json:
    members = {"id": FIXED, **properties, "createdAt": INSTANT, "updatedAt": INSTANT}
    keys = {"x-" + name: value for name, value in extensions.items()}
    return {"type": "object", "required": list(members), "properties": members} | keys


def body_of(required: list[str], **properties: Json) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


CHAPTERS: Json = {
    "type": "array",
    "default": [],
    "items": {
        "type": "object",
        "required": ["authorId"],
        "properties": {"authorId": {"type": "string", "x-references": "Author"}},
    },
}
ON_SHELF: Json = {"type": ["string", "null"], "x-references": "Shelf"}
OWNER: Json = {"type": ["string", "null"]}
PERSONAL: Json = {"x-masked-for": ["AUDITOR"]}
EMAIL: Json = {"type": "string"}
RANK: Json = {"type": ["integer", "null"]}
AGE: Json = {"type": ["integer", "null"]}

SHELF = {"name": TEXT, "code": NOTE, "rank": RANK, "tags": TAGS}
BOOK = {"title": TEXT, "shelfId": ON_SHELF, "chapters": CHAPTERS, "ownerId": OWNER, "note": NOTE}
AUTHOR = {"name": TEXT, "email": EMAIL, "phone": NOTE, "age": AGE, "aliases": TAGS}
STATES = ["DRAFT", "PUBLISHED", "SOLD", "LOST"]

LIFECYCLE: Json = {
    "field": "status",
    "initial": ["DRAFT"],
    "transitions": [
        {
            "operation": "publishBook",
            "from": ["DRAFT"],
            "to": "PUBLISHED",
            "fact": "book.published",
            "stamps": "publishedAt",
        },
        {
            "operation": "retireBook",
            "from": ["PUBLISHED"],
            "to": ["SOLD", "LOST"],
            "fact": "book.retired",
        },
        {"operation": "reopenBook", "from": ["SOLD", "LOST"], "to": "DRAFT"},
        {"operation": "annotateBook", "from": ["DRAFT", "PUBLISHED"], "fact": "book.annotated"},
        {"operation": "updateBook", "from": ["DRAFT"], "fact": "book.updated"},
        {"operation": "deleteBook", "from": ["DRAFT", "LOST"], "fact": "book.deleted"},
    ],
}

SCHEMAS: Json = {
    "User": record(
        {
            "email": TEXT,
            "firstName": TEXT,
            "lastName": TEXT,
            "phone": NOTE,
            "roles": {"type": "array", "items": {"enum": ROLES}},
            "status": {"enum": ["ACTIVE", "INACTIVE"]},
        },
        resource={"collection": "/users", "idPrefix": "usr_", "scope": "tenant"},
        principal={
            "login": "email",
            "secret": "password",
            "grants": "roles",
            "across": ["SUPER_ADMIN"],
            "active": {"status": "ACTIVE"},
            "names": ["firstName", "lastName"],
            "email": "email",
            "phone": "phone",
        },
    ),
    "Tenant": record(
        {"slug": TEXT, "status": {"enum": ["ACTIVE", "SUSPENDED"]}},
        resource={"collection": "/tenants", "idPrefix": "tnt_", "scope": "platform"},
        tenant={"slug": "slug", "first": "admin", "suspended": {"status": "SUSPENDED"}},
    ),
    "Shelf": record(
        SHELF,
        resource={
            "collection": "/shelves",
            "idPrefix": "shf_",
            "scope": "tenant",
            "unique": ["code"],
        },
    ),
    "Box": record(
        {"shelfId": FIXED, "name": TEXT},
        resource={
            "collection": "/shelves/{id}/boxes",
            "idPrefix": "box_",
            "scope": "tenant",
            "parent": {"resource": "Shelf", "field": "shelfId"},
            "onParentDelete": "cascade",
        },
    ),
    "Lock": record(
        {"shelfId": FIXED, "name": TEXT},
        resource={
            "collection": "/shelves/{id}/locks",
            "idPrefix": "lck_",
            "scope": "tenant",
            "parent": {"resource": "Shelf", "field": "shelfId"},
        },
    ),
    "Book": record(
        BOOK
        | {"status": {"type": "string", "enum": STATES, "readOnly": True}, "publishedAt": STAMP},
        resource={
            "collection": "/books",
            "idPrefix": "bok_",
            "scope": "tenant",
            "visibility": {"READER": {"status": "PUBLISHED"}, "EDITOR": {"ownerId": "$me"}},
        },
        lifecycle=LIFECYCLE,
    ),
    "Author": record(
        {"name": TEXT} | {k: v | PERSONAL for k, v in AUTHOR.items() if k != "name"},
        resource={
            "collection": "/authors",
            "idPrefix": "aut_",
            "idFormat": "uuid",
            "scope": "tenant",
            "unique": ["email"],
        },
    ),
    "Ticket": record(
        {"name": TEXT},
        resource={
            "collection": "/tickets",
            "idPrefix": "tck_",
            "idFormat": "sequence",
            "scope": "platform",
        },
    ),
    "Meta": {
        "type": "object",
        "required": ["timestamp", "requestId"],
        "properties": {"timestamp": {"type": "string"}, "requestId": {"type": "string"}},
    },
    "PageMeta": {
        "type": "object",
        "required": ["timestamp", "requestId", "pagination"],
        "properties": {
            "timestamp": {"type": "string"},
            "requestId": {"type": "string"},
            "pagination": {"type": "object"},
        },
    },
}

TENANT: Json = {
    "name": "X-Tenant-ID",
    "x-tenant": True,
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
}
KEY: Json = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
SHELF_FILTERS = [
    ("code", "code", "equals", {"type": "string"}),
    ("tag", "tags", "has", {"type": "string"}),
    ("since", "createdAt", "from", {"type": "string", "format": "date-time"}),
    ("until", "createdAt", "to", {"type": "string", "format": "date-time"}),
]


def query(name: str, value: Json, **extensions: Any) -> Json:
    keys = {"x-" + key: content for key, content in extensions.items()}
    return {"name": name, "in": "query", "schema": value} | keys


def paging(*sortable: str) -> list[Json]:
    order = {
        "type": "array",
        "maxItems": 3,
        "items": {"enum": [sign + f for f in sortable for sign in ("", "-")]},
    }
    return [
        query("page", {"type": "integer", "minimum": 1, "default": 1}),
        query("perPage", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
        query("sort", order) | {"explode": False},
    ]


def operation(
    name: str,
    *,
    gives: Json | None,
    status: int = 200,
    body: Json | None = None,
    parameters: list[Json] | None = None,
    tenant: bool = True,
    page: bool = False,
    **extensions: Any,
) -> Json:
    headers = [TENANT] if tenant else []
    meta = schema("PageMeta" if page else "Meta")
    envelope = {
        "type": "object",
        "required": ["data", "meta"],
        "properties": {"data": gives, "meta": meta},
    }
    names = ["ETag"] + (["Location"] if status == 201 else []) + (["Link"] if page else [])
    answer: Json = {"description": "The answer.", "headers": {n: {"schema": TEXT} for n in names}}
    if gives is not None:
        answer["content"] = {"application/json": {"schema": envelope}}
    made: Json = {
        "operationId": name,
        "tags": ["Toys"],
        "summary": name,
        "security": [{"bearer": ROLES}],
        "parameters": headers + (parameters or []),
        "responses": {str(status): answer},
    }
    if body is not None:
        content = {"application/json": {"schema": body}}
        made["requestBody"] = {"required": True, "content": content}
    return made | {"x-" + key.replace("_", "-"): value for key, value in extensions.items()}


def in_path(*names: str) -> list[Json]:
    return [{"name": n, "in": "path", "required": True, "schema": TEXT} for n in names]


def collection_of(
    name: str, input_: Json, many: str, *, filters: list[Json], path: list[Json], tenant: bool
) -> Json:
    fact = [name.lower() + ".created"]
    given = {"path": path, "tenant": tenant}
    return {
        "get": operation(
            f"list{many}",
            gives={"type": "array", "items": schema(name)},
            parameters=given["path"] + paging("name", "rank", "createdAt") + filters,
            tenant=tenant,
            page=True,
        ),
        "post": operation(
            f"create{name}",
            gives=schema(name),
            status=201,
            body=input_,
            parameters=[*path, KEY],
            tenant=tenant,
            emits=fact,
        ),
    }


def single(name: str, changes: Json | None, whole: Json | None, path: list[Json]) -> Json:
    fact = name.lower()
    found: Json = {"get": operation(f"get{name}", gives=schema(name), parameters=path)}
    if changes is not None:
        found["patch"] = operation(
            f"update{name}",
            gives=schema(name),
            body=changes,
            parameters=[*path, KEY],
            emits=[f"{fact}.updated"],
        )
    if whole is not None:
        found["put"] = operation(
            f"replace{name}",
            gives=schema(name),
            body=whole,
            parameters=path,
            emits=[f"{fact}.updated"],
        )
    found["delete"] = operation(
        f"delete{name}", gives=None, status=204, parameters=path, emits=[f"{fact}.deleted"]
    )
    return found


def of_book(name: str, *, body: Json | None = None, **extensions: Any) -> Json:
    return operation(
        name, gives=schema("Book"), body=body, parameters=[*in_path("id"), KEY], **extensions
    )


RULES = [
    {"id": "TITLE_TOO_SHORT", "says": "The title has three characters."},
    {"id": "NO_CHAPTER", "says": "There is a chapter."},
]


def paths() -> Json:
    filters = [query("q", TEXT, filter={"fields": ["name", "code"], "match": "contains"})]
    filters += [query(n, s, filter={"field": f, "match": m}) for n, f, m, s in SHELF_FILTERS]
    one, below = in_path("id"), {"name": TEXT}
    shelf, box = body_of(["name"], **SHELF), body_of(["name"], **below)
    book, author = body_of(["title"], **BOOK), body_of(["name", "email"], **AUTHOR)
    plain: Json = {"filters": [], "path": [], "tenant": True}
    under: Json = plain | {"path": one}
    email = [query("email", TEXT, filter={"field": "email", "match": "equals"})]
    fates = body_of(["fate"], fate={"enum": [*STATES, "BURNT"]})
    return {
        "/shelves": collection_of("Shelf", shelf, "Shelves", **plain | {"filters": filters}),
        "/shelves/{id}": single("Shelf", body_of([], **without_defaults(SHELF)), shelf, one),
        "/shelves/{id}/boxes": collection_of("Box", box, "Boxes", **under),
        "/shelves/{id}/boxes/{boxId}": single("Box", box, None, in_path("id", "boxId")),
        "/shelves/{id}/locks": collection_of("Lock", box, "Locks", **under),
        "/shelves/{id}/locks/{lockId}": single("Lock", None, None, in_path("id", "lockId")),
        "/books": collection_of("Book", book, "Books", **plain),
        "/books/count": {"get": operation("countBooks", gives={"type": "object"})},
        "/books/{id}": single("Book", body_of([], **without_defaults(BOOK)), None, one),
        "/books/{id}/publish": {"post": of_book("publishBook", rules=RULES)},
        "/books/{id}/retire": {"post": of_book("retireBook", body=fates)},
        "/books/{id}/reopen": {"post": of_book("reopenBook", emits=["book.reopened"])},
        "/books/{id}/annotate": {"post": of_book("annotateBook", body=body_of([], note=NOTE))},
        "/books/{id}/praise": {"post": of_book("praiseBook", emits=["book.praised"])},
        "/books/{id}/title": {
            "get": operation("getBookTitle", gives={"type": "object"}, parameters=one)
        },
        "/authors": collection_of("Author", author, "Authors", **plain | {"filters": email}),
        "/authors/{id}": single("Author", body_of([], **without_defaults(AUTHOR)), None, one),
        "/tickets": collection_of("Ticket", box, "Tickets", **plain | {"tenant": False}),
        "/ping": {
            "get": operation("ping", gives={"type": "object"}, tenant=False) | {"security": []}
        },
    }


def without_defaults(properties: Json) -> Json:
    return {k: {n: v for n, v in s.items() if n != "default"} for k, s in properties.items()}


def toy_document() -> Json:
    """A fresh document: tests may change theirs."""
    document = {
        "openapi": "3.1.0",
        "x-serving": {"strict": True},
        "info": {"title": "Toys", "version": "1"},
        "servers": [{"url": "http://toys.example/api/v1/"}],
        "tags": [{"name": "Toys"}],
        "paths": paths(),
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }
    facts = sorted(f for f in _facts(document))
    received = {"200": {"description": "Received."}}
    document["webhooks"] = {f: {"post": {"summary": f, "responses": received}} for f in facts}
    return deepcopy(document)


def _facts(document: Json) -> set[str]:
    operations = [o for item in document["paths"].values() for o in item.values()]
    declared = {f for o in operations for f in o.get("x-emits", ())}
    return declared | {t["fact"] for t in LIFECYCLE["transitions"] if "fact" in t}
