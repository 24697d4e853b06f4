//! The description of the interface (OpenAPI 3.1), made from the route table and the types of the wire.
//!
//! It knows no handler and no rule. What it says is compared with what the daemon does by `.ci/schemathesis`.

mod parts;
mod schemas;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use axum::body::Bytes;
use axum::http::{HeaderValue, Method, header};
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::routes::{self, Access, Content, Route};
use crate::api::paths;
use crate::daemon::error::{Error, Result};
use schemas::Schemas;

/// Made when it is first asked for: whoever may ask for it needs no token, and making it costs more than most answers.
static MADE: OnceLock<Bytes> = OnceLock::new();

/// `GET /v1/openapi.json`
pub(super) async fn document() -> Result<impl IntoResponse> {
    let json = if let Some(made) = MADE.get() {
        made.clone()
    } else {
        let made = Bytes::from(text()?);
        MADE.get_or_init(|| made).clone()
    };
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], json))
}

/// Returns the description as it is served and committed.
///
/// # Errors
/// `internal` when it can't be written as JSON.
pub fn text() -> Result<String> {
    let mut text = serde_json::to_string_pretty(&describe(&routes::table())?).map_err(Error::internal)?;
    text.push('\n');
    Ok(text)
}

const ABOUT: &str = "Tasks, reminders and accounts of a nudge daemon. Over its Unix socket a uid signs in by itself; \
    over HTTP an email and a password do, or a personal access token. Some routes are answered on the Unix socket \
    alone, and say so; over TCP they answer 403. Errors are problem documents (RFC 9457) whose `code` stays the same \
    for ever. Unknown members and parameters of a request are refused; unknown members of an answer are to be \
    ignored. Requests with `Origin` or `Referer`, or with a `Host` that is not the daemon's, are refused: no web page \
    may use this interface. No body at all is the same as `{}`.";

const TAGS: [(&str, &str); 4] = [
    ("account", "Signing in, sessions, tokens and one's own account"),
    ("tasks", "Tasks"),
    ("notifications", "Reminders that have fired"),
    ("daemon", "The daemon itself, and what administrators do"),
];

/// The document, in the order in which a person reads it.
#[derive(Serialize)]
struct Document {
    openapi: &'static str,
    info: Value,
    servers: Value,
    tags: Vec<Value>,
    paths: BTreeMap<&'static str, BTreeMap<String, Value>>,
    components: Value,
}

fn describe(table: &[Route]) -> Result<Document> {
    let schemas = Schemas::of(table)?;
    let mut paths: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
    for route in table {
        let item = paths.entry(route.path).or_default();
        item.insert(route.method.as_str().to_ascii_lowercase(), operation(route, &schemas));
    }
    let components = json!({
        "securitySchemes": { "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token (a JWT, from signing in) or a personal access token.",
        } },
        "parameters": parts::parameters(),
        "headers": parts::headers(),
        "responses": parts::problems(&schemas),
        "schemas": schemas.all(),
    });
    Ok(Document {
        openapi: "3.1.0",
        info: json!({
            "title": "nudge",
            "version": "1",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        }),
        servers: json!([{ "url": "/", "description": "The daemon that was asked" }]),
        tags: TAGS.map(|(name, about)| json!({ "name": name, "description": about })).into(),
        paths,
        components,
    })
}

fn operation(route: &Route, schemas: &Schemas) -> Value {
    let mut operation = Map::new();
    let mut set = |name: &str, value: Value| operation.insert(name.to_owned(), value);
    set("operationId", name(&route.method, route.path).into());
    set("summary", route.summary.into());
    set("description", who(route.access).into());
    set("tags", json!([tag(route.path)]));
    let parameters = parts::of_route(route);
    if !parameters.is_empty() {
        set("parameters", parameters.into());
    }
    if let Some(content) = content(route.takes, schemas) {
        set("requestBody", json!({ "required": route.needs_body, "content": content }));
    }
    if is_signed_in(route.access) {
        set("security", json!([{ "bearer": [] }]));
    }
    let mut responses = BTreeMap::from([(route.gives.0.to_string(), good(route, schemas))]);
    for status in refusals(route) {
        responses.insert(status.to_string(), parts::reference("responses", &parts::problem_name(status)));
    }
    set("responses", json!(responses));
    Value::Object(operation)
}

/// Names an operation for generated clients: `post_v1_tasks_id_complete`.
fn name(method: &Method, path: &str) -> String {
    let path = path.replace(['{', '}'], "").replace(['/', '.'], "_");
    format!("{}{path}", method.as_str().to_ascii_lowercase())
}

fn tag(path: &str) -> &'static str {
    let part = path.trim_start_matches("/v1/").split('/').next().unwrap_or_default();
    match part {
        "auth" | "tokens" | "me" | "settings" => "account",
        "tasks" | "undo" | "import" | "export" => "tasks",
        "notifications" => "notifications",
        _ => "daemon",
    }
}

fn who(access: Access) -> String {
    match access {
        Access::Open => "Needs no token.".to_owned(),
        Access::Local => "Answered on the Unix socket alone, by the uid of the peer.".to_owned(),
        Access::Owner => {
            "Answered on the Unix socket alone, to the daemon's own user and root. It stays as it is for ever."
                .to_owned()
        }
        Access::Administrator => {
            "Answered on the Unix socket alone, to administrators: by the present uid and groups of the peer."
                .to_owned()
        }
        Access::Person => "Needs an access token of a session; no personal access token will do.".to_owned(),
        Access::Scoped(scope) => {
            format!("Needs an access token of a session, or a personal access token with `{}`.", scope.as_str())
        }
    }
}

fn is_signed_in(access: Access) -> bool {
    matches!(access, Access::Person | Access::Scoped(_))
}

/// What goes over the wire, by its type, with an example.
fn content(content: Content, schemas: &Schemas) -> Option<Value> {
    match content {
        Content::Nothing => None,
        Content::Json(shape) => {
            let schema = parts::reference("schemas", &(shape.name)());
            let example = schemas.example(&schema);
            Some(json!({ "application/json": { "schema": schema, "example": example } }))
        }
        Content::Records => Some(json!({ "application/x-ndjson": {
            "schema": { "type": "string", "description": "One JSON object a line, as Taskwarrior exports them." },
            "example": parts::RECORD,
        } })),
        Content::Text => Some(json!({ "text/plain": { "schema": { "type": "string" }, "example": "ok\n" } })),
        Content::Document => {
            let schema = json!({ "type": "object", "required": ["openapi", "info", "paths", "components"] });
            let example = json!({ "openapi": "3.1.0", "info": {}, "paths": {}, "components": {} });
            Some(json!({ "application/json": { "schema": schema, "example": example } }))
        }
    }
}

fn good(route: &Route, schemas: &Schemas) -> Value {
    let mut response = Map::new();
    response.insert("description".to_owned(), "As asked".into());
    response.insert("headers".to_owned(), parts::headers_of(route));
    if let Some(content) = content(route.gives.1, schemas) {
        response.insert("content".to_owned(), content);
    }
    let links = links(route);
    if !links.is_empty() {
        response.insert("links".to_owned(), json!(links));
    }
    Value::Object(response)
}

/// What may be done with what was just made.
fn links(route: &Route) -> BTreeMap<String, Value> {
    let to: &[(Method, &str)] = match (&route.method, route.path) {
        (&Method::POST, paths::TASKS) => &[
            (Method::GET, paths::TASK),
            (Method::PATCH, paths::TASK),
            (Method::DELETE, paths::TASK),
            (Method::POST, paths::TASK_COMPLETE),
            (Method::POST, paths::TASK_ANNOTATIONS),
        ],
        (&Method::POST, paths::TOKENS) => &[(Method::DELETE, paths::TOKEN)],
        _ => &[],
    };
    let link = |(method, path): &(Method, &str)| {
        let name = name(method, path);
        let link = json!({ "operationId": name, "parameters": { "id": "$response.body#/id" } });
        (name, link)
    };
    to.iter().map(link).collect()
}

/// The statuses that a route may refuse with: those that follow from what it is and takes, and its own.
fn refusals(route: &Route) -> BTreeSet<u16> {
    let has_body = !matches!(route.takes, Content::Nothing);
    let is_of_the_process = matches!(route.path, paths::HEALTHZ | paths::READYZ);
    let needs_no_store = matches!(route.path, paths::HEALTHZ | paths::OPENAPI);
    let stores = !matches!(route.method, Method::GET) && route.path != paths::DAEMON_STOP;
    let reads = has_body || !route.query.is_empty();
    let parts: [(bool, &[u16]); 8] = [
        (true, &[403, 500]),
        (reads || route.path.contains("{id}"), &[400]),
        (is_signed_in(route.access), &[401]),
        (has_body, &[408, 413, 415]),
        // Who is signed in may name a zone that there is not.
        (reads || is_signed_in(route.access), &[422]),
        (!is_of_the_process, &[429]),
        (!needs_no_store, &[503]),
        (stores, &[507]),
    ];
    let of_parts = parts.iter().filter(|(applies, _)| *applies).flat_map(|(_, statuses)| *statuses);
    of_parts.chain(route.refuses).copied().collect()
}
