"""The slots of answers, which the server fills, and how they are called where nobody says so."""

from collections.abc import Iterable, Mapping


def _table(rows: Iterable[tuple[str, str, str]]) -> Mapping[str, tuple[frozenset[str], str]]:
    """By slot: the names that stand for it, and the types that it may have."""
    return {slot: (frozenset(names.split()), kinds) for slot, kinds, names in rows}


BESIDE: Mapping[str, tuple[frozenset[str], str]] = _table(
    (
        ("now", "string integer", "timestamp now servertime generatedat respondedat datetime"),
        ("requestId", "string", "requestid traceid correlationid transactionid"),
        ("page", "integer", "page currentpage pagenumber pageno pageindex"),
        ("size", "integer", "perpage pagesize limit size itemsperpage maxresults"),
        ("count", "integer", "count returned numberofelements"),
        ("offset", "integer", "offset skip startindex start"),
        ("totalPages", "integer", "totalpages pagecount lastpage pages"),
        ("total", "integer", "total totalcount totalitems totalelements totalresults totalrecords"),
        ("hasMore", "boolean", "hasmore hasnext hasnextpage more"),
        ("nextUrl", "string", "next nexturl nextlink nextpage nextpageurl nexthref"),
        ("previousUrl", "string", "previous prev previousurl prevurl previouspage prevpageurl"),
        ("nextToken", "string", "nexttoken nextcursor nextpagetoken cursor endcursor"),
    )
)
"""Slots of answers: the names that stand for each, without case and separators, and their types."""
REFUSED: Mapping[str, tuple[frozenset[str], str]] = _table(
    (
        ("status", "integer", "status statuscode httpstatus httpcode httpstatuscode"),
        ("statusText", "string", "status httpstatus statuscode"),
        ("title", "string", "title error reason summary errortype"),
        ("type", "string", "type uri"),
        ("code", "string", "code errorcode errorid error kind"),
        ("number", "integer", "code errorcode"),
        (
            "detail",
            "string",
            "detail message description errormessage msg details errordescription",
        ),
        ("instance", "string", "instance path"),
        (
            "violations",
            "array",
            "errors violations invalidparams fields fielderrors details detail issues",
        ),
    )
)
"""Slots of refusals, beside those of all answers."""
REFUSALS = {**REFUSED, **BESIDE}
SLOTS = frozenset({*BESIDE, *REFUSED, "statusLine", "notice", "progress"})
"""Everything that a property may say under x-fills, but for the payload."""
