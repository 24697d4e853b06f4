//! How a request gets to the daemon and its answer back: connecting, repeating, telling answers from refusals.
//!
//! It knows what may be repeated and what may not, and nothing of what the routes mean.

use std::io::Write;
use std::rc::Rc;

use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, StatusCode};
use serde::de::DeserializeOwned;

use crate::api::{ErrorCode, Problem, header as names};
use crate::config::Server;

use super::link::{Answer, Failure, Link, Sink, Stream};
use super::payload::{Payload, Trace};
use super::{Client, ClientError, Result, start};

/// A request that can be made again. It has no `Debug`, as there may be a password in it.
#[derive(Clone)]
pub(super) struct Call {
    method: Method,
    target: String,
    body: Bytes,
    /// Whether a second time does no harm.
    repeatable: bool,
    /// Whether it goes without a token.
    anonymous: bool,
}

impl Call {
    fn new(method: Method, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), body: Bytes::new(), repeatable: false, anonymous: false }
    }

    fn with(self, body: &impl serde::Serialize) -> Result<Self> {
        Ok(Self { body: serde_json::to_vec(body).map_err(std::io::Error::from)?.into(), ..self })
    }

    /// Asks for something.
    pub(super) fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target).repeatable()
    }

    /// Changes something.
    pub(super) fn post(target: impl Into<String>, body: &impl serde::Serialize) -> Result<Self> {
        Self::new(Method::POST, target).with(body)
    }

    /// Changes something that the path alone says.
    pub(super) fn post_empty(target: impl Into<String>) -> Self {
        Self::new(Method::POST, target)
    }

    /// Changes what is named of something.
    pub(super) fn patch(target: impl Into<String>, body: &impl serde::Serialize) -> Result<Self> {
        Self::new(Method::PATCH, target).with(body)
    }

    /// Ends something.
    pub(super) fn delete(target: impl Into<String>) -> Self {
        Self::new(Method::DELETE, target)
    }

    /// Ends something that has to be confirmed.
    pub(super) fn delete_with(target: impl Into<String>, body: &impl serde::Serialize) -> Result<Self> {
        Self::delete(target).with(body)
    }

    /// Says that a second time does no harm.
    pub(super) fn repeatable(self) -> Self {
        Self { repeatable: true, ..self }
    }

    /// Says that it goes without a token.
    pub(super) fn anonymous(self) -> Self {
        Self { anonymous: true, ..self }
    }

    /// Tells whether it goes without a token.
    pub(super) fn is_anonymous(&self) -> bool {
        self.anonymous
    }
}

impl Client {
    /// Makes a call, signed in where it asks for that, and reads the answer.
    pub(super) async fn call<T: DeserializeOwned>(&mut self, call: Call) -> Result<T> {
        read(&self.signed(&call, &mut Sink::default()).await?)
    }

    /// Makes a call whose good answer says nothing.
    pub(super) async fn done(&mut self, call: Call) -> Result<()> {
        self.signed(&call, &mut Sink::default()).await.map(drop)
    }

    /// Makes a call, signed in, and passes a good answer on as it comes.
    pub(super) async fn stream(&mut self, call: &Call, out: &mut dyn Write) -> Result<()> {
        let mut sink = Sink { out: Some(out), written: false };
        self.signed(call, &mut sink).await.map(drop)
    }

    /// Makes a call, signed in. When an older daemon does not know what is asked, it is replaced first.
    async fn signed(&mut self, call: &Call, sink: &mut Sink<'_>) -> Result<Answer> {
        match good(self.authorized(call, sink).await?) {
            Err(ClientError::Problem(problem)) if self.is_too_old_for(problem.code) => {
                if self.replace().await {
                    return good(self.authorized(call, sink).await?);
                }
                let hint = match &self.config.server {
                    Some(_) => "the server is older than this command; have it upgraded",
                    None => "the daemon is older than this command; restart it: `{nudge} daemon stop`",
                };
                Err(ClientError::Problem(Box::new(Problem { hint: Some(hint.to_owned()), ..*problem })))
            }
            outcome => outcome,
        }
    }

    /// Sends a call and takes the answer, whatever it says. Starts the daemon when needed, and repeats once what did
    /// not arrive or does no harm.
    pub(super) async fn send(&mut self, call: &Call, token: Option<&str>, sink: &mut Sink<'_>) -> Result<Answer> {
        if self.link.is_none() {
            self.link = Some(start::connect(&self.config).await?);
        }
        match self.attempt(call, token, sink).await? {
            Ok(answer) => Ok(answer),
            Err(Failure::Lost(error)) if self.is_other_scheme(&error) => Err(self.explain(Failure::Lost(error), call)),
            Err(Failure::Lost(_)) if !call.repeatable || sink.written => Err(lost(call)),
            Err(Failure::Unsent | Failure::Lost(_)) => {
                self.link = Some(start::connect(&self.config).await?);
                self.attempt(call, token, sink).await?.map_err(|failure| self.explain(failure, call))
            }
            Err(failure) => Err(self.explain(failure, call)),
        }
    }

    /// Sends a call over the link that is there. The outer error says that the request can't even be made.
    pub(super) async fn attempt(
        &mut self,
        call: &Call,
        token: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<Result<Answer, Failure>> {
        let payload = Payload::Whole(call.body.clone());
        let kind = (!call.body.is_empty()).then_some("application/json");
        let request = self.request((&call.method, &call.target), token, kind, payload)?;
        Ok(self.exchange(request, sink, &Trace::new()).await)
    }

    /// Sends records over the link that is there. They can't be sent twice, so nothing is repeated.
    pub(super) async fn upload(&mut self, target: &str, payload: Payload, trace: &Rc<Trace>) -> Result<Answer> {
        let call = Call::post_empty(target);
        let token = self.token().await?;
        let request =
            self.request((&call.method, target), Some(token.expose()), Some("application/x-ndjson"), payload)?;
        let outcome = self.exchange(request, &mut Sink::default(), trace).await;
        // The daemon may have answered without having taken every record; then the link is in the middle of them.
        self.link = None;
        good(outcome.map_err(|failure| match failure {
            Failure::Unsent | Failure::Lost(_) => lost(&call),
            other => self.explain(other, &call),
        })?)
    }

    async fn exchange(
        &mut self,
        request: Request<Payload>,
        sink: &mut Sink<'_>,
        trace: &Trace,
    ) -> Result<Answer, Failure> {
        let Some(link) = &mut self.link else {
            return Err(Failure::Unsent);
        };
        let outcome = link.exchange(request, sink, trace, self.patience).await;
        match &outcome {
            Ok(answer) => self.seen.note(&answer.headers),
            Err(_) => self.link = None,
        }
        outcome
    }

    fn request(
        &self,
        (method, target): (&Method, &str),
        token: Option<&str>,
        kind: Option<&'static str>,
        payload: Payload,
    ) -> Result<Request<Payload>> {
        let host = self.config.server.as_ref().map_or_else(|| "nudge".to_owned(), Server::authority);
        let mut request = Request::builder().method(method).uri(target).header(header::HOST, host);
        if let Some(token) = token {
            let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(not_ours)?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
            if self.want_unread {
                request = request.header(names::WANT_UNREAD, "1");
            }
            if let Some(zone) = &self.config.zone {
                request = request.header(names::ZONE, zone);
            }
        }
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        request.body(payload).map_err(not_ours)
    }

    /// Tells whether a server that is meant to speak plain HTTP speaks something else: then it has not understood the
    /// request either.
    fn is_other_scheme(&self, error: &hyper::Error) -> bool {
        error.is_parse() && self.config.server.as_ref().is_some_and(|server| !server.https)
    }

    fn other_scheme(&self) -> ClientError {
        let server = self.config.server.as_ref();
        let origin = server.map(Server::origin).unwrap_or_default();
        let meant = server.map(|server| Server { https: true, ..server.clone() }.origin()).unwrap_or_default();
        ClientError::Unreachable {
            message: format!("what answers at `{origin}` does not speak HTTP; nothing was done"),
            hint: Some(format!("is it `{meant}`?")),
        }
    }

    /// Says why there is no answer.
    pub(super) fn explain(&self, failure: Failure, call: &Call) -> ClientError {
        match failure {
            Failure::Unsent => ClientError::Unreachable {
                message: "the daemon closes every connection".to_owned(),
                hint: self
                    .config
                    .server
                    .is_none()
                    .then(|| "see its log: `{nudge} daemon status` says where it is".to_owned()),
            },
            Failure::Lost(error) if self.is_other_scheme(&error) => self.other_scheme(),
            Failure::Lost(error) if call.repeatable => broken(format!("the connection to the daemon broke: {error}")),
            Failure::Lost(_) => lost(call),
            Failure::Idle => ClientError::TimedOut {
                message: "the daemon did not answer in time".to_owned(),
                hint: (!call.repeatable).then(|| LOOK_FIRST.to_owned()),
            },
            Failure::TooLarge => ClientError::Broken {
                message: "the daemon's answer is larger than 64 MiB".to_owned(),
                hint: Some("ask for less, with a filter or `--limit`".to_owned()),
            },
            Failure::Sink(error) | Failure::Source(error) => ClientError::Io(error),
        }
    }
}

/// Passes a good answer on and makes an error of any other.
pub(super) fn good(answer: Answer) -> Result<Answer> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let status = answer.status;
    match serde_json::from_slice::<Problem>(&answer.body) {
        Ok(problem) => Err(ClientError::Problem(Box::new(problem))),
        Err(_) if status == StatusCode::UNAUTHORIZED => {
            Err(ClientError::Problem(Box::new(Problem::new(ErrorCode::Unauthenticated, "the daemon wants a sign-in"))))
        }
        // A proxy in front of a server that has nobody behind it.
        Err(_) if matches!(status.as_u16(), 502..=504) => Err(ClientError::Unreachable {
            message: format!("there is no daemon behind what answers: status {}", status.as_u16()),
            hint: Some("try again later, or tell who runs the server".to_owned()),
        }),
        Err(_) => Err(broken(format!("the daemon answered with status {} and no reason", status.as_u16()))),
    }
}

/// Reads an answer's JSON.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T> {
    serde_json::from_slice(&answer.body).map_err(|error| broken(format!("the daemon's answer can't be read: {error}")))
}

const LOOK_FIRST: &str = "whether the change was made is not known; look before repeating it";

fn lost(call: &Call) -> ClientError {
    ClientError::Broken {
        message: "the connection to the daemon broke before its answer".to_owned(),
        hint: (!call.repeatable).then(|| LOOK_FIRST.to_owned()),
    }
}

fn broken(message: String) -> ClientError {
    ClientError::Broken { message, hint: None }
}

fn not_ours(error: impl std::fmt::Display) -> ClientError {
    broken(format!("the request can't be put into words: {error}"))
}

/// Makes a link that is ready, of something that is connected.
pub(super) async fn link_over(stream: impl Stream + 'static) -> Result<Link> {
    Link::over(stream).await.map_err(|error| broken(format!("the connection to the daemon can't be used: {error}")))
}
