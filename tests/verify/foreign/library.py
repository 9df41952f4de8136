"""The server of `library.yaml`: books and reviews in memory. One defect at a time can be planted.

The defects are the ten kinds of the `rest-faults` study.
"""

from itertools import count
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .serving import application, body_of, number_in, one_of, refuse, text, whole

BASE = "/v2"
GENRES = ("NOVEL", "ESSAY", "POETRY")
FAULTS = {
    "server-error": "no-server-error",
    "wrong-field-type": "answer-schema",
    "undeclared-success-status": "status-documented",
    "ignored-maximum": "invalid-body-refused",
    "ignored-enum": "invalid-body-refused",
    "ignored-required": "invalid-body-refused",
    "bad-location": "location-usable",
    "idle-delete": "delete-deletes",
    "partial-put": "put-replaces",
    "growing-put": "put-idempotent",
}
"""Each kind of the study, and the check that is made for it."""


class Library:
    """Books and reviews, and how they are served. `fault` is one of FAULTS, or empty."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.books: dict[int, dict[str, Any]] = {}
        self.reviews: dict[int, dict[str, Any]] = {}
        self.numbers = count(1)
        self.app = application(
            [
                Route(BASE + "/books", self.all_books, methods=["GET", "POST"]),
                Route(BASE + "/books/{book}", self.one_book, methods=["GET", "PUT", "DELETE"]),
                Route(BASE + "/books/{book}/reviews", self.all_reviews, methods=["GET", "POST"]),
                Route(
                    BASE + "/books/{book}/reviews/{review}",
                    self.one_review,
                    methods=["GET", "PUT", "DELETE"],
                ),
            ]
        )

    async def all_books(self, request: Request) -> Response:
        """Find books, or add one."""
        if request.method == "POST":
            book = {"id": next(self.numbers), **await self.book_data(request)}
            self.books[book["id"]] = book
            return self.created(f"{BASE}/books/{book['id']}", book)
        query = request.query_params
        longest = number_in(query, "maxPages", 1, 5000, None)
        limit = number_in(query, "limit", 1, 100, 20)
        offset = number_in(query, "offset", 0, 100_000, 0)
        found = list(self.books.values())
        if "genre" in query:
            wanted = one_of(*GENRES)(query["genre"])
            found = [book for book in found if book["genre"] == wanted]
        if longest is not None:
            if self.fault == "server-error":
                return JSONResponse({"message": "Something failed."}, 500)
            found = [book for book in found if book["pages"] <= longest]
        return JSONResponse([self.shown(book) for book in found[offset : offset + limit]])

    async def one_book(self, request: Request) -> Response:
        """Show, replace or remove a book."""
        book = self.found(self.books, request, "book")
        if request.method == "PUT":
            data = await self.book_data(request)
            self.books[book["id"]] = book = self.put(book, data)
            if self.fault == "growing-put":
                another = next(self.numbers)
                self.books[another] = {**book, "id": another}
        if request.method == "DELETE":
            if self.fault != "idle-delete":
                del self.books[book["id"]]
                gone = [k for k, r in self.reviews.items() if r["bookId"] == book["id"]]
                for key in gone:
                    del self.reviews[key]
            return Response(status_code=204)
        return JSONResponse(self.shown(book))

    async def all_reviews(self, request: Request) -> Response:
        """List the reviews of a book, or add one."""
        book = self.found(self.books, request, "book")
        if request.method == "POST":
            data = await self.review_data(request)
            review = {"id": next(self.numbers), "bookId": book["id"], **data}
            self.reviews[review["id"]] = review
            at = f"{BASE}/books/{book['id']}/reviews/{review['id']}"
            return self.created(at, review)
        return JSONResponse([r for r in self.reviews.values() if r["bookId"] == book["id"]])

    async def one_review(self, request: Request) -> Response:
        """Show, replace or remove a review."""
        book = self.found(self.books, request, "book")
        review = self.found(self.reviews, request, "review")
        if review["bookId"] != book["id"]:
            raise refuse(404, "There is no such review.")
        if request.method == "PUT":
            review = self.put(review, await self.review_data(request))
            self.reviews[review["id"]] = review
        if request.method == "DELETE":
            if self.fault != "idle-delete":
                del self.reviews[review["id"]]
            return Response(status_code=204)
        return JSONResponse(review)

    def found(self, kept: dict[int, dict[str, Any]], request: Request, kind: str) -> Any:
        """The record that a path names. Raises 404."""
        name = request.path_params[kind]
        number = int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else 0
        if number not in kept:
            raise refuse(404, f"There is no such {kind}.")
        return kept[number]

    def put(self, old: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """A record replaced."""
        if self.fault == "partial-put":
            first = next(iter(data))
            return {**old, first: data[first]}
        return {name: old[name] for name in ("id", "bookId") if name in old} | data

    async def book_data(self, request: Request) -> dict[str, Any]:
        """The body of a book, with defaults."""
        most = None if self.fault == "ignored-maximum" else 5000
        listed = text(0, 100) if self.fault == "ignored-enum" else one_of(*GENRES)
        members = {
            "title": text(1, 120),
            "author": text(1, 80),
            "pages": whole(1, most),
            "genre": listed,
            "summary": lambda value: None if value is None else text(0, 400)(value),
            "copies": whole(0, 99),
        }
        required = {"title", "author", "pages", "genre"}
        if self.fault == "ignored-required":
            required -= {"author"}
        given = await body_of(request, members, required)
        return {"author": "Unknown", "summary": None, "copies": 1} | given

    async def review_data(self, request: Request) -> dict[str, Any]:
        """The body of a review, with defaults."""
        members = {"rating": whole(1, 5), "text": text(1, 500), "reader": text(0, 60)}
        return {"reader": ""} | await body_of(request, members, {"rating", "text"})

    def created(self, at: str, record: dict[str, Any]) -> JSONResponse:
        """The answer to a new record."""
        if self.fault == "bad-location":
            at = at.replace("/books", "/book")
        status = 202 if self.fault == "undeclared-success-status" else 201
        return JSONResponse(self.shown(record), status, {"Location": at})

    def shown(self, record: dict[str, Any]) -> dict[str, Any]:
        """A record as it is answered."""
        if self.fault == "wrong-field-type" and "pages" in record:
            return {**record, "pages": str(record["pages"])}
        return record
