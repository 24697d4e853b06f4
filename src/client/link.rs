//! One HTTP/1.1 connection, used for one exchange after another.
//!
//! No loop runs beside it: the connection is driven while somebody waits for an exchange, by whoever waits. It
//! knows no route, no token and no rule about repeating, nor what its bytes go over.

use std::future::poll_fn;
use std::io::Write;
use std::pin::{Pin, pin};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper::header::HeaderMap;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::payload::{Payload, Trace};
use super::wait;

/// The largest answer that is kept in memory: a page of 100,000 long tasks has room in it.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

/// What a connection's bytes go over: a Unix socket, TCP, or TLS on it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

type Driver = Pin<Box<Connection<TokioIo<Box<dyn Stream>>, Payload>>>;

/// A connection, and the half that moves its bytes.
pub(super) struct Link {
    sender: SendRequest<Payload>,
    driver: Option<Driver>,
}

/// An answer that has arrived whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Where the body of a good answer goes.
#[derive(Default)]
pub(super) struct Sink<'a> {
    /// Bytes are passed on here as they come; without it they are kept in the answer.
    pub(super) out: Option<&'a mut dyn Write>,
    /// Whether any have been.
    pub(super) written: bool,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing of the request has left this process.
    Unsent,
    /// The connection ended before the answer did; what the daemon did is not known.
    Lost(hyper::Error),
    /// Nothing moved for too long.
    Idle,
    /// The answer is larger than any of ours.
    TooLarge,
    /// What came could not be passed on.
    Sink(std::io::Error),
    /// What was to be sent could not be read.
    Source(std::io::Error),
}

impl Link {
    /// Makes a link of something that is connected. Nothing is sent yet.
    pub(super) async fn over(stream: impl Stream + 'static) -> hyper::Result<Self> {
        let stream: Box<dyn Stream> = Box::new(stream);
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        Ok(Self { sender, driver: Some(Box::pin(connection)) })
    }

    /// Sends a request and takes the answer, for as long as something moves within `patience`.
    ///
    /// After a failure the link is not to be used again.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Payload>,
        sink: &mut Sink<'_>,
        trace: &Trace,
        patience: Duration,
    ) -> Result<Answer, Failure> {
        let Self { sender, driver } = self;
        let talk = drive(driver, talk(sender, request, sink, trace));
        let outcome = wait::while_moving(talk, trace, patience).await.unwrap_or(Err(Failure::Idle));
        match trace.take_failure() {
            Some(error) => Err(Failure::Source(error)),
            None => outcome,
        }
    }
}

/// Awaits `future` and moves the connection's bytes meanwhile.
async fn drive<F: Future>(driver: &mut Option<Driver>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        // Its outcome is told to the other half too, so nothing is lost by dropping it here.
        if driver.as_mut().is_some_and(|driver| driver.as_mut().poll(context).is_ready()) {
            *driver = None;
        }
        future.as_mut().poll(context)
    })
    .await
}

async fn talk(
    sender: &mut SendRequest<Payload>,
    request: Request<Payload>,
    sink: &mut Sink<'_>,
    trace: &Trace,
) -> Result<Answer, Failure> {
    // On a link that was used before, this is where one learns that the daemon has closed it.
    sender.ready().await.map_err(|_| Failure::Unsent)?;
    let answer = sender.try_send_request(request).await.map_err(|mut error| match error.take_message() {
        Some(_) => Failure::Unsent,
        None => Failure::Lost(error.into_error()),
    })?;
    let (head, incoming) = answer.into_parts();
    let mut answer = Answer { status: head.status, headers: head.headers, body: Vec::new() };
    receive(incoming, &mut answer, sink, trace).await?;
    Ok(answer)
}

async fn receive(
    mut incoming: Incoming,
    answer: &mut Answer,
    sink: &mut Sink<'_>,
    trace: &Trace,
) -> Result<(), Failure> {
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame.map_err(Failure::Lost)?.into_data() else {
            continue;
        };
        match &mut sink.out {
            Some(out) if answer.status.is_success() => {
                sink.written = true;
                out.write_all(&data).map_err(Failure::Sink)?;
                trace.touch();
            }
            _ if answer.body.len() + data.len() > ANSWER_MAX => return Err(Failure::TooLarge),
            _ => answer.body.extend_from_slice(&data),
        }
    }
    Ok(())
}
