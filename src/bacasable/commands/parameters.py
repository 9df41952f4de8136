"""What controls take, for the options of commands. Generated: `python3 run.py docs`."""

from typing import NamedTuple


class Parameter(NamedTuple):
    """One thing that a control takes; of what must be given it `says` nothing."""

    name: str
    says: str = ""
    kind: str = "string"
    choices: tuple[str, ...] = ()


CONTROLS: dict[str, list[Parameter]] = {
    "read_tenants": [],
    "open_tenant": [],
    "read_tenant": [Parameter("tenant")],
    "delete_tenant": [Parameter("tenant")],
    "fork_tenant": [
        Parameter("tenant"),
        Parameter("slug", "Name of a tenant; made from the origin's when left out."),
    ],
    "issue_token": [
        Parameter("tenant"),
        Parameter("role", "Any account with this role."),
        Parameter("email", "The account of this address."),
        Parameter("user_id", "The account with this id."),
    ],
    "list_credentials": [],
    "read_contract": [],
    "reset_tenant": [Parameter("tenant")],
    "reset_all": [],
    "get_clock": [Parameter("tenant")],
    "set_clock": [
        Parameter("tenant"),
        Parameter("now", "The new instant.", kind="instant"),
        Parameter(
            "mode", "Whether the clock runs on or stands still.", choices=("RUNNING", "FROZEN")
        ),
    ],
    "advance_clock": [Parameter("tenant"), Parameter("by", kind="duration")],
    "list_snapshots": [Parameter("tenant")],
    "get_snapshot": [Parameter("tenant"), Parameter("name")],
    "save_snapshot": [Parameter("tenant"), Parameter("name")],
    "delete_snapshot": [Parameter("tenant"), Parameter("name")],
    "restore_snapshot": [Parameter("tenant"), Parameter("name")],
    "download_snapshot": [Parameter("tenant"), Parameter("name")],
    "upload_snapshot": [Parameter("tenant"), Parameter("name")],
    "insert_records": [
        Parameter("tenant"),
        Parameter("resource"),
        Parameter("records", kind="objects"),
    ],
    "list_faults": [Parameter("tenant")],
    "add_fault": [
        Parameter("tenant"),
        Parameter(
            "kind",
            choices=(
                "DELAY",
                "ERROR",
                "CUT",
                "TRUNCATE",
                "SLOW",
                "STALE",
                "DUPLICATE",
                "TOKEN_EXPIRED",
                "RATE_LIMIT",
                "DRIFT",
            ),
        ),
        Parameter("operations", "operationIds; none means every operation.", kind="names"),
        Parameter(
            "roles",
            "Only calls of these roles; none means every call, those without a token too.",
            kind="names",
        ),
        Parameter("percent", "Share of the calls that it strikes.", kind="number"),
        Parameter("count", "How often it strikes at most; null for no end.", kind="integer"),
        Parameter("seconds", "For DELAY and SLOW.", kind="number"),
        Parameter("jitter", "For DELAY; 0 when left out.", kind="number"),
        Parameter("status", "For ERROR: a documented status of 400 or more.", kind="integer"),
        Parameter("code", "For ERROR: a problem of the contract."),
        Parameter("when", "For CUT; BEFORE when left out.", choices=("BEFORE", "MIDWAY")),
        Parameter(
            "retry_after",
            "Seconds, for RATE_LIMIT (1 when left out), and for ERROR with 429 or 503.",
            kind="integer",
        ),
        Parameter(
            "change",
            "For DRIFT: what is wrong.",
            choices=("MISSING", "TYPE", "ENUM", "EXTRA", "STATUS"),
        ),
        Parameter(
            "member",
            "For DRIFT: JSON pointer into the record that is to break, /status for example.",
        ),
    ],
    "clear_faults": [Parameter("tenant")],
    "get_fault": [Parameter("tenant"), Parameter("fault")],
    "remove_fault": [Parameter("tenant"), Parameter("fault")],
    "read_log": [
        Parameter(
            "tenant", "Slug of a tenant; without it those of all, and those that named none."
        ),
        Parameter("operation", "operationId of the contract."),
        Parameter(
            "method",
            "HTTP method.",
            choices=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
        ),
        Parameter(
            "status",
            "A status, or a class of them such as 4xx; 0 for a connection that was cut.",
            kind="text",
        ),
        Parameter("actor", "Id of the account that called."),
        Parameter("since", "Only what happened at this instant or later.", kind="instant"),
        Parameter("limit", "At most so many, the latest.", kind="integer"),
    ],
    "clear_log": [
        Parameter(
            "tenant", "Slug of a tenant; without it those of all, and those that named none."
        ),
    ],
    "export_log": [
        Parameter(
            "tenant", "Slug of a tenant; without it those of all, and those that named none."
        ),
        Parameter("operation", "operationId of the contract."),
        Parameter(
            "method",
            "HTTP method.",
            choices=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
        ),
        Parameter(
            "status",
            "A status, or a class of them such as 4xx; 0 for a connection that was cut.",
            kind="text",
        ),
        Parameter("actor", "Id of the account that called."),
        Parameter("since", "Only what happened at this instant or later.", kind="instant"),
        Parameter("limit", "At most so many, the latest.", kind="integer"),
    ],
    "list_messages": [
        Parameter("tenant"),
        Parameter("to", "Address, number or account id of the recipient."),
        Parameter("channel", "E-mails or text messages.", choices=("EMAIL", "SMS")),
        Parameter("kind", "The fact that the message tells, loan.overdue for example."),
        Parameter("since", "Only what happened at this instant or later.", kind="instant"),
        Parameter("limit", "At most so many, the latest.", kind="integer"),
    ],
    "clear_inbox": [Parameter("tenant")],
    "get_message": [Parameter("tenant"), Parameter("message")],
    "show_message": [Parameter("tenant"), Parameter("message")],
    "read_message": [Parameter("tenant"), Parameter("message")],
    "follow_link": [Parameter("link")],
}
