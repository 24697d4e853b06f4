//! Route paths, in one place for both ends. `{id}` is a task's number or id, or a notification's id.

/// `POST`: an access token for the account of the peer's local identity. Unix socket only.
pub const AUTH_LOCAL: &str = "/v1/auth/local";
/// `POST`: an email and a password for the caller's own account (Unix socket), or a new account (TCP, where allowed).
pub const AUTH_SIGNUP: &str = "/v1/auth/signup";
/// `POST`: signs in with email and password.
pub const AUTH_LOGIN: &str = "/v1/auth/login";
/// `POST`: the next access token for a refresh token.
pub const AUTH_REFRESH: &str = "/v1/auth/refresh";
/// `POST`: ends the session of who asks.
pub const AUTH_LOGOUT: &str = "/v1/auth/logout";
/// `POST`: sets a new password.
pub const AUTH_PASSWORD: &str = "/v1/auth/password";
/// `GET` lists sessions, `DELETE` ends all of them.
pub const SESSIONS: &str = "/v1/auth/sessions";
/// `DELETE`: ends one.
pub const SESSION: &str = "/v1/auth/sessions/{id}";
/// `GET` lists personal access tokens, `POST` makes one, `DELETE` revokes all.
pub const TOKENS: &str = "/v1/tokens";
/// `DELETE`: revokes one.
pub const TOKEN: &str = "/v1/tokens/{id}";
/// `GET`, `PATCH`, `DELETE`: the account of who asks.
pub const ME: &str = "/v1/me";
/// `GET`: what happened to the account.
pub const ME_AUDIT: &str = "/v1/me/audit";
/// `GET`, `PATCH`: what answers depend on.
pub const SETTINGS: &str = "/v1/settings";
/// `GET` lists accounts, `POST` adds one. Administrators on the Unix socket.
pub const USERS: &str = "/v1/users";
/// `PATCH`: changes an account. Administrators on the Unix socket.
pub const USER: &str = "/v1/users/{id}";
/// `POST`: signs with a new key from now on. Administrators on the Unix socket.
pub const ROTATE_KEY: &str = "/v1/keys/rotate";
/// `GET`: this interface as OpenAPI 3.1.
pub const OPENAPI: &str = "/v1/openapi.json";
/// `GET` lists, `POST` adds.
pub const TASKS: &str = "/v1/tasks";
/// `GET`: how many tasks a filter fits.
pub const TASKS_COUNT: &str = "/v1/tasks/count";
/// `POST`: one action on many tasks, in one transaction and one undo.
pub const TASKS_BATCH: &str = "/v1/tasks/batch";
/// `GET`, `PATCH`, `DELETE`.
pub const TASK: &str = "/v1/tasks/{id}";
/// `POST`.
pub const TASK_COMPLETE: &str = "/v1/tasks/{id}/complete";
/// `POST`.
pub const TASK_REOPEN: &str = "/v1/tasks/{id}/reopen";
/// `POST`.
pub const TASK_START: &str = "/v1/tasks/{id}/start";
/// `POST`.
pub const TASK_STOP: &str = "/v1/tasks/{id}/stop";
/// `POST`.
pub const TASK_ANNOTATIONS: &str = "/v1/tasks/{id}/annotations";
/// `POST`: takes an operation back.
pub const UNDO: &str = "/v1/undo";
/// `POST`: NDJSON in, one record a line.
pub const IMPORT: &str = "/v1/import";
/// `GET`: NDJSON out, one record a line.
pub const EXPORT: &str = "/v1/export";
/// `GET`: the inbox.
pub const NOTIFICATIONS: &str = "/v1/notifications";
/// `POST`: marks one as read; `all` stands for every one.
pub const NOTIFICATION_READ: &str = "/v1/notifications/{id}/read";
/// `GET`: what the daemon is. Unix socket, own uid or root. Frozen for ever.
pub const DAEMON: &str = "/daemon";
/// `POST`: asks it to stop. Unix socket, own uid or root. Frozen for ever.
pub const DAEMON_STOP: &str = "/daemon/stop";
/// `GET`: the process answers.
pub const HEALTHZ: &str = "/healthz";
/// `GET`: the store answers too.
pub const READYZ: &str = "/readyz";

/// Puts an id into the `{id}` of a path, escaped (RFC 3986) so that no id can leave its segment.
#[must_use]
pub fn with_id(path: &str, id: &str) -> String {
    path.replace("{id}", &escape(id))
}

/// Escapes a text for a path segment or a query value (RFC 3986: all but the unreserved).
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_in_its_segment() {
        assert_eq!(with_id(TASK_START, "../me?x"), "/v1/tasks/..%2Fme%3Fx/start");
        assert_eq!(escape("ä b"), "%C3%A4%20b");
    }
}
