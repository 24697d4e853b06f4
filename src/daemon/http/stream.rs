//! Import and export: NDJSON in and out, a record at a time, at the pace of the slower end.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, channel};

use super::body::{Query, expect_type};
use super::guard::Active;
use super::state::AppState;
use crate::api::error::ErrorCode;
use crate::api::import::ImportAnswer;
use crate::daemon::actor::Actor;
use crate::daemon::error::{Error, Result};
use crate::daemon::tasks::import::{Import, Incoming, SLICE};
use crate::daemon::tasks::port::PageKey;
use crate::daemon::tasks::{ListRequest, Tasks, taskwarrior};
use crate::daemon::users::Users;

const NDJSON: &str = "application/x-ndjson";
/// The longest record.
const RECORD_BYTES: usize = 1 << 20;
/// How long the next piece of a stream may take.
const PIECE: Duration = Duration::from_secs(30);
/// How many tasks are read at once for an export.
const PAGE: usize = 500;

/// `POST /v1/import?format=taskwarrior`
pub(super) async fn import(
    State(AppState { tasks, users, background, .. }): State<AppState>,
    actor: Actor,
    query: Query,
    request: Request,
) -> Result<axum::Json<ImportAnswer>> {
    let [format] = query.take(["format"])?;
    expect_format(format)?;
    expect_type(request.headers(), NDJSON)?;
    // On its own, so that it comes to an end, or is taken back, also when the client goes away in the middle.
    let work = background.spawn(async move {
        let mut import = tasks.import_begin(&actor).await?;
        let taken = match take_records((&tasks, &users), &actor, &mut import, request.into_body()).await {
            Ok(()) => tasks.import_end(&actor, &mut import).await,
            Err(error) => Err(error),
        };
        if taken.is_err() {
            tasks.import_abandon(&actor, import).await?;
        }
        taken
    });
    work.await.map_err(Error::internal)?.map(axum::Json)
}

async fn take_records(
    (tasks, users): (&Tasks, &Users),
    actor: &Actor,
    import: &mut Import,
    mut body: Body,
) -> Result<()> {
    let mut lines = Lines::default();
    let mut slice: Vec<(u64, Incoming)> = Vec::with_capacity(SLICE);
    loop {
        let frame = tokio::time::timeout(PIECE, body.frame()).await;
        let frame = frame.map_err(|_| Error::refused(ErrorCode::RequestTimeout, "the records stopped coming"))?;
        let is_end = frame.is_none();
        match frame {
            Some(frame) => {
                let frame = frame.map_err(|_| Error::refused(ErrorCode::Malformed, "the records ended too early"))?;
                lines.push(&frame.into_data().unwrap_or_default())?;
            }
            None => lines.push(b"\n")?,
        }
        while let Some((place, line)) = lines.next() {
            match read_record(&line, actor, import) {
                Ok(incoming) => slice.push((place, incoming)),
                Err(error) => {
                    let uuid = std::str::from_utf8(&line).ok().and_then(taskwarrior::uuid_of);
                    import.refuse(place, uuid, &error);
                }
            }
            if slice.len() >= SLICE {
                // Records may come for long: who sends them must stand still.
                users.still_stands(actor).await?;
                tasks.import_records(actor, import, std::mem::take(&mut slice)).await?;
            }
        }
        if is_end {
            users.still_stands(actor).await?;
            return tasks.import_records(actor, import, slice).await;
        }
    }
}

fn read_record(line: &[u8], actor: &Actor, import: &Import) -> Result<Incoming> {
    let text =
        std::str::from_utf8(line).map_err(|_| Error::refused(ErrorCode::Malformed, "the record is not UTF-8"))?;
    taskwarrior::read(text, &actor.home, import.at())
}

/// Splits pieces of a stream into lines, and counts those that are not empty.
#[derive(Default)]
struct Lines {
    waiting: Vec<u8>,
    start: usize,
    count: u64,
}

impl Lines {
    fn push(&mut self, piece: &[u8]) -> Result<()> {
        self.waiting.drain(..self.start);
        self.start = 0;
        self.waiting.extend_from_slice(piece);
        let first = self.waiting.iter().position(|byte| *byte == b'\n').unwrap_or(self.waiting.len());
        if first > RECORD_BYTES {
            let detail = format!("record {} has more than {RECORD_BYTES} bytes", self.count + 1);
            return Err(Error::refused(ErrorCode::TooLarge, detail).with_hint("take it out of the file, or shorten it"));
        }
        Ok(())
    }

    fn next(&mut self) -> Option<(u64, Vec<u8>)> {
        loop {
            let rest = &self.waiting[self.start..];
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let line = rest[..end].trim_ascii().to_vec();
            self.start += end + 1;
            if !line.is_empty() {
                self.count += 1;
                return Some((self.count, line));
            }
        }
    }
}

/// `GET /v1/export?format=taskwarrior&filter=`
pub(super) async fn export(
    State(AppState { tasks, users, background, active, .. }): State<AppState>,
    actor: Actor,
    query: Query,
) -> Result<Response> {
    let [format, filter] = query.take(["format", "filter"])?;
    expect_format(format)?;
    let filter = filter.unwrap_or_default();
    // The first page is read before the answer begins, so that a bad filter is a problem and not a broken stream.
    let (mut lines, mut next) = tasks.export_page(&actor, &request(&filter, None)).await?;
    if filter.is_empty() {
        lines.extend(tasks.export_series(&actor).await?);
    }
    let (mut sender, body) = channel::Channel::<Bytes, Error>::new(2);
    // The request is being answered until the last record is sent, not only until the answer begins.
    let counted = Active::count(active);
    background.spawn(async move {
        let _counted = counted;
        loop {
            // Nobody reads on: nothing more to do.
            if sender.send_data(joined(&lines)).await.is_err() {
                return;
            }
            let Some(after) = next.take() else { return };
            let page = match users.still_stands(&actor).await {
                Ok(()) => tasks.export_page(&actor, &request(&filter, Some(after))).await,
                Err(error) => Err(error),
            };
            match page {
                Ok(page) => (lines, next) = page,
                Err(error) => {
                    // The stream breaks off, so that what came is not taken for all.
                    tracing::error!(%error, "an export broke off");
                    sender.abort(error);
                    return;
                }
            }
        }
    });
    Ok(([(header::CONTENT_TYPE, NDJSON)], Body::new(body)).into_response())
}

fn request(filter: &str, after: Option<PageKey>) -> ListRequest {
    ListRequest { filter: filter.to_owned(), limit: Some(PAGE), after }
}

fn joined(lines: &[String]) -> Bytes {
    let mut text = lines.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    Bytes::from(text)
}

fn expect_format(format: Option<String>) -> Result<()> {
    match format.as_deref() {
        Some("taskwarrior") => Ok(()),
        other => Err(Error::invalid("format", format!("`{}` is no format", other.unwrap_or_default()))
            .with_hint("the format is `taskwarrior`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_across_pieces_and_counted() {
        let mut lines = Lines::default();
        lines.push(b"a\n\n b").expect("short");
        assert_eq!(lines.next(), Some((1, b"a".to_vec())));
        assert_eq!(lines.next(), None);
        lines.push(b"c\r\nd\n").expect("short");
        assert_eq!(lines.next(), Some((2, b"bc".to_vec())));
        assert_eq!(lines.next(), Some((3, b"d".to_vec())));
        assert_eq!(lines.next(), None);
        assert!(lines.push(&vec![b'x'; RECORD_BYTES + 1]).is_err());
    }
}
