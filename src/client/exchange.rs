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

use super::link::{Answer, Failure, Link, Sink};
use super::payload::{Payload, Trace};
use super::{Client, ClientError, Result, start};

/// A request that can be made again.
#[derive(Debug, Clone)]
pub(super) struct Call {
    method: Method,
    target: String,
    body: Bytes,
    /// Whether a second time does no harm.
    repeatable: bool,
}

impl Call {
    /// Asks for something.
    pub(super) fn get(target: impl Into<String>) -> Self {
        Self { method: Method::GET, target: target.into(), body: Bytes::new(), repeatable: true }
    }

    /// Changes something.
    pub(super) fn post(target: impl Into<String>, body: &impl serde::Serialize) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(std::io::Error::from)?.into();
        Ok(Self { method: Method::POST, target: target.into(), body, repeatable: false })
    }

    /// Says that a second time does no harm.
    pub(super) fn repeatable(self) -> Self {
        Self { repeatable: true, ..self }
    }

    /// Changes something that the path alone says.
    pub(super) fn post_empty(target: impl Into<String>) -> Self {
        Self { method: Method::POST, repeatable: false, ..Self::get(target) }
    }
}

impl Client {
    /// Makes a call, signed in, and reads the answer.
    pub(super) async fn call<T: DeserializeOwned>(&mut self, call: Call) -> Result<T> {
        read(&self.signed(&call, &mut Sink::default()).await?)
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
                Err(ClientError::Problem(Box::new(Problem {
                    hint: Some("the daemon is older than this command; restart it: `{nudge} daemon stop`".to_owned()),
                    ..*problem
                })))
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
            Err(Failure::Lost(_)) if !call.repeatable || sink.written => Err(lost(call)),
            Err(Failure::Unsent | Failure::Lost(_)) => {
                self.link = Some(start::connect(&self.config).await?);
                self.attempt(call, token, sink).await?.map_err(|failure| explain(failure, call))
            }
            Err(failure) => Err(explain(failure, call)),
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
        let request = self.request((&call.method, target), Some(&token), Some("application/x-ndjson"), payload)?;
        let outcome = self.exchange(request, &mut Sink::default(), trace).await;
        // The daemon may have answered without having taken every record; then the link is in the middle of them.
        self.link = None;
        good(outcome.map_err(|failure| match failure {
            Failure::Unsent | Failure::Lost(_) => lost(&call),
            other => explain(other, &call),
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
        let mut request = Request::builder().method(method).uri(target).header(header::HOST, "nudge");
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
        Err(_) => Err(broken(format!("the daemon answered with status {} and no reason", status.as_u16()))),
    }
}

/// Reads an answer's JSON.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T> {
    serde_json::from_slice(&answer.body).map_err(|error| broken(format!("the daemon's answer can't be read: {error}")))
}

pub(super) fn explain(failure: Failure, call: &Call) -> ClientError {
    match failure {
        Failure::Unsent => ClientError::Unreachable {
            message: "the daemon closes every connection".to_owned(),
            hint: Some("see its log: `{nudge} daemon status` says where it is".to_owned()),
        },
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

/// Makes a link that is checked and ready, of a connected socket.
pub(super) async fn link_over(stream: tokio::net::UnixStream) -> Result<Link> {
    Link::over(stream).await.map_err(|error| broken(format!("the connection to the daemon can't be used: {error}")))
}
