//! What many operations share: parameters, headers of answers, and answers that are problems.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::is_signed_in;
use super::schemas::Schemas;
use crate::api::error::{ErrorCode, Problem};
use crate::api::paths;
use crate::daemon::http::routes::{Content, Route};

/// One record, as another program exports it.
pub(super) const RECORD: &str = "{\"uuid\":\"019ac7e2-5d1c-7c3a-9f0e-4b6d2a8c1e57\",\"description\":\"Pay rent\",\
    \"status\":\"pending\",\"entry\":\"20261120T081500Z\"}\n";
const ID: &str = "019ac7e2-5d1c-7c3a-9f0e-4b6d2a8c1e57";

/// Refers to a part.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// Names the parameters of a route, in their order.
pub(super) fn of_route(route: &Route) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    if route.path.contains("{id}") {
        names.push(id_of(route.path));
    }
    for name in route.query {
        names.push(match (*name, route.path) {
            ("limit", paths::TASKS) => "TaskLimit",
            ("limit", _) => "Limit",
            ("cursor", _) => "Cursor",
            ("filter", _) => "Filter",
            ("unread", _) => "Unread",
            (_, paths::IMPORT) => "ImportFormat",
            _ => "ExportFormat",
        });
    }
    if gives_task(route) && route.method != Method::GET && route.path.contains("{id}") {
        names.push("If-Match");
    }
    if is_signed_in(route.access) {
        names.push("Nudge-Zone");
    }
    names.into_iter().map(|name| reference("parameters", name)).collect()
}

fn id_of(path: &str) -> &'static str {
    match path {
        paths::SESSION => "SessionId",
        paths::TOKEN => "TokenId",
        paths::USER => "User",
        paths::NOTIFICATION_READ => "NotificationId",
        _ => "TaskId",
    }
}

fn gives_task(route: &Route) -> bool {
    matches!(route.gives.1, Content::Json(shape) if (shape.name)() == "TaskView")
}

/// Returns every parameter of every route.
pub(super) fn parameters() -> Value {
    let format = || json!({ "type": "string", "enum": ["taskwarrior"] });
    let text = || json!({ "type": "string" });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 });
    let task_limit = json!({ "anyOf": [{ "type": "integer", "minimum": 1 }, { "const": "all" }], "default": 100 });
    let unread = json!({ "type": "boolean", "default": false });
    // A number, an id, or the first or last digits of one.
    let task = json!({ "type": "string", "pattern": "^[0-9A-Fa-f-]+$", "minLength": 1 });
    let uuid = json!({ "type": "string", "format": "uuid" });
    let uuid_or_all = json!({ "anyOf": [{ "type": "string", "format": "uuid" }, { "const": "all" }] });
    let tag = json!({ "type": "string", "pattern": r#"^(\*|"[0-9]+(-[^"]*)?")$"# });
    json!({
        "TaskId": path("The task: its number, its id, or at least 4 of the id's first or last digits", task, "12"),
        "SessionId": path("The session", uuid.clone(), ID),
        "TokenId": path("The token's id, which is not its secret", uuid, ID),
        "NotificationId": path("The notification, or `all` of them", uuid_or_all, ID),
        "User": path("The account: its id or its email", text(), "ada@example.org"),
        "Limit": query("limit", "How many items at most", limit, 20.into()),
        "TaskLimit": query("limit", "How many tasks at most; `all` is all of them in one page", task_limit, 20.into()),
        "Cursor": query("cursor", "`next` of the page before; opaque", text(), Value::Null),
        "Filter": query("filter", "Words as on the command line; empty is all", text(), "project:home due:today".into()),
        "Unread": query("unread", "`true`: only those that are unread", unread, true.into()),
        "ImportFormat": needed(query("format", "The form of the records", format(), "taskwarrior".into())),
        "ExportFormat": needed(query("format", "The form of the records", format(), "taskwarrior".into())),
        "If-Match": header("If-Match", "The `ETag` that the task must still have, or `*`; else 412", tag, "\"3\""),
        "Nudge-Zone": header(
            "Nudge-Zone",
            "The IANA zone in which this request's dates are meant, instead of the account's",
            text(),
            "Europe/Berlin",
        ),
    })
}

fn path(about: &str, schema: Value, example: &str) -> Value {
    json!({ "name": "id", "in": "path", "required": true, "description": about, "schema": schema, "example": example })
}

fn query(name: &str, about: &str, schema: Value, example: Value) -> Value {
    let mut query = json!({ "name": name, "in": "query", "description": about, "schema": schema });
    // A cursor that was made up is refused, so there is none to show.
    if !example.is_null() {
        query["example"] = example;
    }
    query
}

fn needed(mut parameter: Value) -> Value {
    parameter["required"] = true.into();
    parameter
}

fn header(name: &str, about: &str, schema: Value, example: &str) -> Value {
    json!({ "name": name, "in": "header", "description": about, "schema": schema, "example": example })
}

/// On every answer.
const ALWAYS: [&str; 5] = ["Cache-Control", "Nudge-Request-Id", "Nudge-Version", "RateLimit", "RateLimit-Policy"];

/// Returns every header of every answer.
pub(super) fn headers() -> Value {
    let header = |about: &str, required: bool, schema: Value, example: &str| json!({ "description": about, "required": required, "schema": schema, "example": example });
    let text = || json!({ "type": "string" });
    let uuid = json!({ "type": "string", "format": "uuid" });
    let seconds = json!({ "type": "integer", "minimum": 1 });
    let waits = |required| {
        let about = "After how many seconds it is worth trying again";
        json!({ "description": about, "required": required, "schema": seconds, "example": 2 })
    };
    json!({
        "Cache-Control": header("Nothing may be kept", true, json!({ "const": "no-store" }), "no-store"),
        "ETag": header("The task's version, for `If-Match`", true, text(), "\"3\""),
        "Location": header("The new task", true, text(), &paths::with_id(paths::TASK, ID)),
        "Nudge-Request-Id": header("The request, as the daemon's log names it", true, uuid, ID),
        "Nudge-Unread": header(
            "On a request with `Nudge-Want-Unread`: how many notifications are unread, and the newest",
            false,
            text(),
            &format!("2 {ID}"),
        ),
        "Nudge-Version": header("Version and build of the daemon", true, text(), "0.1.0+1795441200"),
        "Nudge-Zone": header("The zone in which dates were read", true, text(), "Europe/Berlin"),
        "RateLimit": header(
            "What is left of each budget (draft-ietf-httpapi-ratelimit-headers); absent where none applies",
            false,
            text(),
            "\"user\";r=997;t=1, \"peer\";r=995;t=1",
        ),
        "RateLimit-Policy": header(
            "The budgets of the account and of the peer",
            false,
            text(),
            "\"user\";q=1000;w=10, \"peer\";q=1000;w=10",
        ),
        "Retry-After": waits(true),
        "Retry-After-If-Known": waits(false),
        "WWW-Authenticate": header("How to sign in (RFC 6750)", true, json!({ "const": "Bearer" }), "Bearer"),
    })
}

/// Names the headers of a route's good answer.
pub(super) fn headers_of(route: &Route) -> Value {
    let mut names = ALWAYS.to_vec();
    if gives_task(route) {
        names.push("ETag");
    }
    if gives_task(route) && route.gives.0 == 201 {
        names.push("Location");
    }
    if is_signed_in(route.access) {
        names.extend(["Nudge-Unread", "Nudge-Zone"]);
    }
    refer(names.into_iter().map(|name| (name, name)))
}

fn refer<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let all: BTreeMap<&str, Value> = names.map(|(name, part)| (name, reference("headers", part))).collect();
    json!(all)
}

/// Names the answer with a status.
pub(super) fn problem_name(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Refused");
    reason.replace(' ', "")
}

/// Returns an answer for every status that a problem has.
pub(super) fn problems(schemas: &Schemas) -> BTreeMap<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in ErrorCode::ALL {
        by_status.entry(code.status()).or_default().push(*code);
    }
    by_status.into_iter().map(|(status, codes)| (problem_name(status), problem(status, &codes, schemas))).collect()
}

fn problem(status: u16, codes: &[ErrorCode], schemas: &Schemas) -> Value {
    let names: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
    let waits = match status {
        401 => Some(("WWW-Authenticate", "WWW-Authenticate")),
        429 => Some(("Retry-After", "Retry-After")),
        503 => Some(("Retry-After", "Retry-After-If-Known")),
        _ => None,
    };
    let schema = reference("schemas", "Problem");
    let mut example = schemas.example(&schema);
    if let Some(code) = codes.first() {
        let Problem { kind, title, status, code, .. } = Problem::new(*code, "");
        let members =
            [("type", json!(kind)), ("title", json!(title)), ("status", json!(status)), ("code", json!(code))];
        for (member, value) in members {
            example[member] = value;
        }
        example["detail"] = code.title().to_lowercase().into();
    }
    json!({
        "description": format!("The code is {}", names.join(", ")),
        "headers": refer(ALWAYS.into_iter().map(|name| (name, name)).chain(waits)),
        "content": { "application/problem+json": { "schema": schema, "example": example } },
    })
}
