//! What goes out as a request's body: a whole text, or records that are read while the daemon takes them.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Instant;

/// Records to send, one a line: a missing line end is added.
pub type Records = Box<dyn Iterator<Item = io::Result<Bytes>>>;

/// Told how many records have been handed over for sending so far.
pub type Progress = Box<dyn FnMut(u64)>;

/// Lines are gathered up to about this size: a write for each of 10,000 records would cost more than the records.
const CHUNK: usize = 64 * 1024;

/// When something last moved, and what stopped a stream from our side.
#[derive(Debug)]
pub(super) struct Trace {
    moved: Cell<Instant>,
    failure: RefCell<Option<io::Error>>,
}

impl Trace {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self { moved: Cell::new(Instant::now()), failure: RefCell::new(None) })
    }

    /// Notes that something has moved just now.
    pub(super) fn touch(&self) {
        self.moved.set(Instant::now());
    }

    /// Returns when something last moved.
    pub(super) fn moved(&self) -> Instant {
        self.moved.get()
    }

    /// Takes what stopped the records from being read.
    pub(super) fn take_failure(&self) -> Option<io::Error> {
        self.failure.take()
    }
}

/// A request's body.
pub(super) enum Payload {
    /// The whole of it, or what is left to send.
    Whole(Bytes),
    /// Records.
    Lines(Lines),
}

/// Records on their way.
pub(super) struct Lines {
    records: Records,
    progress: Progress,
    sent: u64,
    trace: Rc<Trace>,
}

impl Lines {
    pub(super) fn new(records: Records, progress: Progress, trace: Rc<Trace>) -> Self {
        Self { records, progress, sent: 0, trace }
    }

    fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        let mut chunk = Vec::new();
        while chunk.len() < CHUNK {
            let Some(record) = self.records.next().transpose()? else {
                break;
            };
            chunk.extend_from_slice(&record);
            if !record.ends_with(b"\n") {
                chunk.push(b'\n');
            }
            self.sent += 1;
        }
        if chunk.is_empty() {
            return Ok(None);
        }
        (self.progress)(self.sent);
        self.trace.touch();
        Ok(Some(chunk.into()))
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        // Records are read where they are sent, so a slow source holds up nothing but its own command.
        Poll::Ready(match self.get_mut() {
            Self::Whole(text) if text.is_empty() => None,
            Self::Whole(text) => Some(Ok(Frame::data(std::mem::take(text)))),
            Self::Lines(lines) => match lines.chunk() {
                Ok(chunk) => chunk.map(|chunk| Ok(Frame::data(chunk))),
                Err(error) => {
                    let kind = error.kind();
                    *lines.trace.failure.borrow_mut() = Some(error);
                    Some(Err(kind.into()))
                }
            },
        })
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(text) if text.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(text) => SizeHint::with_exact(text.len() as u64),
            Self::Lines(_) => SizeHint::default(),
        }
    }
}
