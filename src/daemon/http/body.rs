//! Reading bodies and query parameters, so that whatever is wrong with them is a problem document.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::BODY_BYTES;
use crate::api::error::ErrorCode;
use crate::daemon::error::{Error, Result};

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);

/// A JSON body. No body at all is `{}`, for routes whose members may all be left out.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _state: &S) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let bytes = read(body).await?;
        if bytes.is_empty() {
            return parse(b"{}").map(Json);
        }
        expect_type(&parts.headers, "application/json")?;
        parse(&bytes).map(Json)
    }
}

/// Requires a content type, so that no plain form of a web page can be one (and none is misread).
pub(super) fn expect_type(headers: &HeaderMap, wanted: &str) -> Result<()> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let given = given.split(';').next().unwrap_or_default().trim();
    if given.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    Err(Error::refused(ErrorCode::UnsupportedMediaType, format!("the body must be `{wanted}`, and say so")))
}

/// Takes a body as a whole.
///
/// # Errors
/// `request_timeout`, `too_large`, `malformed`.
pub(super) async fn read(body: Body) -> Result<Bytes> {
    let collected = tokio::time::timeout(ARRIVAL, Limited::new(body, BODY_BYTES).collect()).await;
    match collected {
        Err(_) => Err(Error::refused(ErrorCode::RequestTimeout, "the body did not arrive whole in 30 seconds")),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Error::refused(ErrorCode::TooLarge, format!("the body has more than {BODY_BYTES} bytes"))
                .with_hint("a title has at most 4 KiB, notes have 256 KiB; many tasks go by import"))
        }
        Ok(Err(_)) => Err(Error::refused(ErrorCode::Malformed, "the body ended too early")),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // serde would take a list for an object, its items for the members in their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Error::refused(ErrorCode::Invalid, "the body is a list, an object is needed")
            .with_hint("name the members: {\"title\": \"…\"}"));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let text = error.to_string();
        let named = text.split('`').nth(1).unwrap_or_default().to_owned();
        match error.classify() {
            serde_json::error::Category::Data if text.starts_with("unknown field") => {
                Error::refused(ErrorCode::UnknownField, format!("there is no member `{named}` here")).with_field(&named)
            }
            serde_json::error::Category::Data => Error::refused(ErrorCode::Invalid, text),
            _ => Error::refused(ErrorCode::Malformed, format!("the body is not JSON: {text}")),
        }
    })
}

/// The `{id}` of a path.
pub(super) struct Id(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.map_err(|_| Error::refused(ErrorCode::Malformed, "the id in the path can't be read"))?;
        Ok(Self(id.0))
    }
}

/// The query parameters of a request, each of which must be known.
pub(super) struct Query(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        pairs.collect::<Result<_>>().map(Self)
    }
}

impl Query {
    /// Takes the values of the parameters with these names, in their order.
    ///
    /// # Errors
    /// `unknown_field` for any other parameter, `invalid_value` for one that is there twice.
    pub(super) fn take<const N: usize>(self, names: [&str; N]) -> Result<[Option<String>; N]> {
        let mut values = [const { None }; N];
        for (name, value) in self.0 {
            let Some(place) = names.iter().position(|known| *known == name) else {
                return Err(Error::refused(ErrorCode::UnknownField, format!("there is no parameter `{name}` here"))
                    .with_field(&name));
            };
            if values[place].replace(value).is_some() {
                return Err(Error::invalid(&name, format!("the parameter `{name}` is there twice")));
            }
        }
        Ok(values)
    }
}

/// Reads how many items a page is to have: `page` when none is said, and at most `largest`.
pub(super) fn limit(text: Option<&str>, page: usize, largest: usize) -> Result<usize> {
    let Some(text) = text else {
        return Ok(page);
    };
    let limit = text.parse().ok().filter(|limit| (1..=largest).contains(limit));
    limit.ok_or_else(|| Error::invalid("limit", format!("`limit` is a number from 1 to {largest}")))
}

/// Decodes a part of a query (RFC 3986, and `+` for a space as forms have it).
fn decode(text: &str) -> Result<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut place = 0;
    while place < bytes.len() {
        match bytes[place] {
            b'%' => {
                let digits = text.get(place + 1..place + 3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
                let byte = digits.and_then(|hex| u8::from_str_radix(hex, 16).ok());
                decoded.push(byte.ok_or_else(|| Error::refused(ErrorCode::Malformed, "the query has a bad `%`"))?);
                place += 2;
            }
            b'+' => decoded.push(b' '),
            byte => decoded.push(byte),
        }
        place += 1;
    }
    String::from_utf8(decoded).map_err(|_| Error::refused(ErrorCode::Malformed, "the query is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded_or_refused() {
        assert_eq!(decode("a%20b+c%C3%A4").ok().as_deref(), Some("a b cä"));
        for bad in ["%", "%4", "%zz", "%ff", "%+1"] {
            assert_eq!(decode(bad).expect_err(bad).code(), ErrorCode::Malformed);
        }
    }

    #[test]
    fn parameters_are_known_and_single() {
        let query = |pairs: &[(&str, &str)]| Query(pairs.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect());
        assert_eq!(query(&[("b", "2")]).take(["a", "b"]).ok(), Some([None, Some("2".into())]));
        assert_eq!(query(&[("x", "")]).take(["a"]).expect_err("unknown").code(), ErrorCode::UnknownField);
        assert_eq!(query(&[("a", "1"), ("a", "2")]).take(["a"]).expect_err("twice").code(), ErrorCode::Invalid);
    }
}
