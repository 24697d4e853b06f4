//! The route table: every method and path, who may use it, and what it takes and gives. The router, the interface's
//! description and the tests that cross every caller with every route are made from it, so that none is forgotten.

use std::borrow::Cow;

use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{self, MethodRouter};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::state::AppState;
use super::{account, auth, machine, notifications, openapi, stream, tasks, users};
use crate::api::account as account_api;
use crate::api::auth::{self as auth_api, Scope};
use crate::api::daemon::{DaemonInfo, StopRequest};
use crate::api::import::ImportAnswer;
use crate::api::notifications::{NotificationList, ReadAnswer};
use crate::api::paths;
use crate::api::tasks::{
    BatchRequest, ChangeAnswer, CountAnswer, NewAnnotation, TaskInput, TaskList, TaskView, UndoAnswer, UndoRequest,
};
use crate::api::users as users_api;
use crate::daemon::tasks::Step;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Open,
    /// Whoever is at the other end of the Unix socket, by their uid.
    Local,
    /// The daemon's own uid and root, on the Unix socket.
    Owner,
    /// Administrators, by their present uid and groups, on the Unix socket.
    Administrator,
    /// A person who is signed in; no personal access token.
    Person,
    /// A person, or a personal access token with this scope.
    Scoped(Scope),
}

/// A schema with what it refers to.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) name: fn() -> Cow<'static, str>,
    pub(super) schema: fn() -> RefOr<Schema>,
    pub(super) schemas: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Shape {
    fn of<T: ToSchema>() -> Self {
        Self { name: T::name, schema: T::schema, schemas: T::schemas }
    }
}

/// What goes over the wire in one direction.
#[derive(Clone, Copy)]
pub(super) enum Content {
    /// Nothing.
    Nothing,
    /// One JSON document.
    Json(Shape),
    /// One record a line.
    Records,
    /// Plain text.
    Text,
    /// JSON of no schema of ours.
    Document,
}

impl Content {
    /// Says whether it comes bit by bit, and may go on for long.
    pub(super) fn is_stream(self) -> bool {
        matches!(self, Self::Records)
    }
}

/// One method of one path.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path; `{id}` stands for an id.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// Names of its query parameters.
    pub(super) query: &'static [&'static str],
    pub(super) summary: &'static str,
    pub(super) takes: Content,
    /// Whether the body may not be left out.
    pub(super) needs_body: bool,
    pub(super) gives: (u16, Content),
    /// Statuses that it may refuse with, besides those that follow from its access and from what it takes.
    pub(super) refuses: &'static [u16],
    pub(super) handler: MethodRouter<AppState>,
}

impl Route {
    fn new(method: Method, path: &'static str, access: Access, handler: MethodRouter<AppState>) -> Self {
        Self {
            method,
            path,
            access,
            query: &[],
            summary: "",
            takes: Content::Nothing,
            needs_body: false,
            gives: (204, Content::Nothing),
            refuses: &[],
            handler,
        }
    }

    fn get<T: 'static, H: Handler<T, AppState>>(path: &'static str, access: Access, handler: H) -> Self {
        Self::new(Method::GET, path, access, routing::get(handler))
    }

    fn post<T: 'static, H: Handler<T, AppState>>(path: &'static str, access: Access, handler: H) -> Self {
        Self::new(Method::POST, path, access, routing::post(handler))
    }

    fn patch<T: 'static, H: Handler<T, AppState>>(path: &'static str, access: Access, handler: H) -> Self {
        Self::new(Method::PATCH, path, access, routing::patch(handler))
    }

    fn delete<T: 'static, H: Handler<T, AppState>>(path: &'static str, access: Access, handler: H) -> Self {
        Self::new(Method::DELETE, path, access, routing::delete(handler))
    }

    fn says(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    fn query(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    fn takes<T: ToSchema>(self) -> Self {
        Self { takes: Content::Json(Shape::of::<T>()), needs_body: true, ..self }
    }

    /// All members of the body may be left out, and so may the body.
    fn may_take<T: ToSchema>(self) -> Self {
        Self { takes: Content::Json(Shape::of::<T>()), ..self }
    }

    fn takes_records(self) -> Self {
        Self { takes: Content::Records, needs_body: true, ..self }
    }

    fn gives<T: ToSchema>(self) -> Self {
        Self { gives: (200, Content::Json(Shape::of::<T>())), ..self }
    }

    fn makes<T: ToSchema>(self) -> Self {
        Self { gives: (201, Content::Json(Shape::of::<T>())), ..self }
    }

    fn gives_as(self, status: u16, content: Content) -> Self {
        Self { gives: (status, content), ..self }
    }

    fn refuses(self, refuses: &'static [u16]) -> Self {
        Self { refuses, ..self }
    }
}

/// Returns the whole table.
#[must_use]
pub fn table() -> Vec<Route> {
    let mut table = of_the_process();
    table.extend(of_accounts());
    table.extend(of_tasks());
    table.extend(of_notifications());
    table
}

fn of_the_process() -> Vec<Route> {
    use Access::{Administrator, Open, Owner};
    vec![
        Route::get(paths::HEALTHZ, Open, machine::healthz)
            .says("Says that the process answers")
            .gives_as(200, Content::Text),
        Route::get(paths::READYZ, Open, machine::readyz)
            .says("Says that the store answers too")
            .gives_as(200, Content::Text),
        Route::get(paths::OPENAPI, Open, openapi::document)
            .says("Returns this interface as OpenAPI 3.1")
            .gives_as(200, Content::Document),
        Route::get(paths::DAEMON, Owner, machine::info).says("Returns what the daemon is").gives::<DaemonInfo>(),
        Route::post(paths::DAEMON_STOP, Owner, machine::stop)
            .says("Asks the daemon to stop")
            .may_take::<StopRequest>()
            .gives_as(202, Content::Nothing)
            .refuses(&[409]),
        Route::post(paths::ROTATE_KEY, Administrator, users::rotate_key)
            .says("Signs with a new key from now on")
            .may_take::<users_api::KeyRotation>()
            .gives::<users_api::KeyAnswer>(),
        Route::get(paths::USERS, Administrator, users::list)
            .says("Lists accounts, the oldest first")
            .query(&["limit", "cursor"])
            .gives::<users_api::UserList>(),
        Route::post(paths::USERS, Administrator, users::add)
            .says("Adds an account")
            .takes::<users_api::NewUser>()
            .makes::<users_api::UserAnswer>()
            .refuses(&[409]),
        Route::patch(paths::USER, Administrator, users::change)
            .says("Disables, enables or resets an account, or changes its limits; named by its id or its email")
            .may_take::<users_api::UserChange>()
            .gives::<users_api::UserAnswer>()
            .refuses(&[404, 409]),
    ]
}

fn of_accounts() -> Vec<Route> {
    use Access::{Local, Open, Person, Scoped};
    vec![
        Route::post(paths::AUTH_LOCAL, Local, auth::local)
            .says("Signs in by the peer's uid")
            .may_take::<auth_api::LocalSignIn>()
            .gives::<auth_api::TokenAnswer>(),
        Route::post(paths::AUTH_SIGNUP, Open, auth::sign_up)
            .says("Gives the peer's own account an email and a password (Unix socket), or makes an account")
            .takes::<auth_api::SignUp>()
            .makes::<auth_api::TokenAnswer>()
            .refuses(&[409]),
        Route::post(paths::AUTH_LOGIN, Open, auth::login)
            .says("Signs in with email and password")
            .takes::<auth_api::Login>()
            .gives::<auth_api::TokenAnswer>()
            .refuses(&[401]),
        Route::post(paths::AUTH_REFRESH, Open, auth::refresh)
            .says("Exchanges a refresh token for the next access token")
            .takes::<auth_api::Refresh>()
            .gives::<auth_api::TokenAnswer>()
            .refuses(&[401]),
        Route::post(paths::AUTH_LOGOUT, Person, auth::logout).says("Ends the session of who asks"),
        Route::post(paths::AUTH_PASSWORD, Person, auth::password)
            .says("Sets a new password; every session and token ends")
            .takes::<auth_api::PasswordChange>()
            .gives::<auth_api::TokenAnswer>()
            .refuses(&[409]),
        Route::get(paths::SESSIONS, Person, account::sessions)
            .says("Lists the sessions that stand")
            .gives::<auth_api::SessionList>(),
        Route::delete(paths::SESSIONS, Person, account::end_sessions)
            .says("Ends all sessions, this one too")
            .gives::<auth_api::EndedAnswer>(),
        Route::delete(paths::SESSION, Person, account::end_session).says("Ends a session").refuses(&[404]),
        Route::get(paths::TOKENS, Person, account::tokens)
            .says("Lists personal access tokens")
            .gives::<auth_api::TokenList>(),
        Route::post(paths::TOKENS, Person, account::make_token)
            .says("Makes a personal access token; its secret is shown this once")
            .takes::<auth_api::NewToken>()
            .makes::<auth_api::TokenMade>(),
        Route::delete(paths::TOKENS, Person, account::revoke_tokens)
            .says("Revokes all personal access tokens")
            .gives::<auth_api::EndedAnswer>(),
        Route::delete(paths::TOKEN, Person, account::revoke_token)
            .says("Revokes a personal access token")
            .refuses(&[404]),
        Route::get(paths::ME, Scoped(Scope::AccountRead), account::me)
            .says("Returns the account of who asks")
            .gives::<account_api::Me>(),
        Route::patch(paths::ME, Person, account::change_me)
            .says("Changes email or zone")
            .may_take::<account_api::MeChange>()
            .gives::<account_api::Me>()
            .refuses(&[409]),
        Route::delete(paths::ME, Person, account::delete_me)
            .says("Deletes the account with all that it has; it can't be undone")
            .takes::<account_api::Deletion>(),
        Route::get(paths::ME_AUDIT, Person, account::audit)
            .says("Returns what happened to the account, the newest first")
            .query(&["limit", "cursor"])
            .gives::<account_api::AuditList>(),
        Route::get(paths::SETTINGS, Scoped(Scope::AccountRead), account::settings)
            .says("Returns what answers depend on")
            .gives::<account_api::Settings>(),
        Route::patch(paths::SETTINGS, Person, account::change_settings)
            .says("Changes settings")
            .may_take::<account_api::SettingsChange>()
            .gives::<account_api::Settings>(),
    ]
}

fn of_tasks() -> Vec<Route> {
    let (read, write) = (Access::Scoped(Scope::TasksRead), Access::Scoped(Scope::TasksWrite));
    let step = |path, step, summary| {
        Route::new(Method::POST, path, write, tasks::doing(step))
            .says(summary)
            .gives::<TaskView>()
            .refuses(&[404, 409, 412])
    };
    vec![
        Route::get(paths::TASKS, read, tasks::list)
            .says("Lists tasks, the earliest due first")
            .query(&["filter", "limit", "cursor"])
            .gives::<TaskList>(),
        Route::post(paths::TASKS, write, tasks::add)
            .says("Adds a task")
            .takes::<TaskInput>()
            .makes::<TaskView>()
            .refuses(&[404, 409]),
        Route::get(paths::TASKS_COUNT, read, tasks::count)
            .says("Counts the tasks that a filter fits")
            .query(&["filter"])
            .gives::<CountAnswer>(),
        Route::post(paths::TASKS_BATCH, write, tasks::batch)
            .says("Does one thing to many tasks, in one transaction and one undo")
            .takes::<BatchRequest>()
            .gives::<ChangeAnswer>()
            .refuses(&[404, 409]),
        Route::get(paths::TASK, read, tasks::get).says("Returns a task").gives::<TaskView>().refuses(&[404, 409]),
        Route::patch(paths::TASK, write, tasks::modify)
            .says("Changes a task")
            .may_take::<TaskInput>()
            .gives::<TaskView>()
            .refuses(&[404, 409, 412]),
        Route::delete(paths::TASK, write, tasks::delete)
            .says("Deletes a task")
            .gives::<TaskView>()
            .refuses(&[404, 409, 412]),
        step(paths::TASK_COMPLETE, Step::Complete, "Marks a task as done"),
        step(paths::TASK_REOPEN, Step::Reopen, "Makes a task pending again"),
        step(paths::TASK_START, Step::Start, "Says that work on a task begins"),
        step(paths::TASK_STOP, Step::Stop, "Says that work on a task rests"),
        Route::post(paths::TASK_ANNOTATIONS, write, tasks::annotate)
            .says("Adds a line to a task")
            .takes::<NewAnnotation>()
            .gives::<TaskView>()
            .refuses(&[404, 409, 412]),
        Route::post(paths::UNDO, write, tasks::undo)
            .says("Takes an operation back")
            .may_take::<UndoRequest>()
            .gives::<UndoAnswer>()
            .refuses(&[404, 409]),
        Route::post(paths::IMPORT, write, stream::import)
            .says("Takes tasks over, one record a line")
            .query(&["format"])
            .takes_records()
            .gives::<ImportAnswer>(),
        Route::get(paths::EXPORT, read, stream::export)
            .says("Returns tasks, one record a line")
            .query(&["format", "filter"])
            .gives_as(200, Content::Records),
    ]
}

fn of_notifications() -> Vec<Route> {
    let (read, write) = (Access::Scoped(Scope::NotificationsRead), Access::Scoped(Scope::NotificationsWrite));
    vec![
        Route::get(paths::NOTIFICATIONS, read, notifications::inbox)
            .says("Lists the inbox, the newest first")
            .query(&["unread", "limit", "cursor"])
            .gives::<NotificationList>(),
        Route::post(paths::NOTIFICATION_READ, write, notifications::read)
            .says("Marks a notification as read; `all` stands for every one")
            .gives::<ReadAnswer>()
            .refuses(&[404]),
    ]
}
