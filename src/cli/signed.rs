//! A sign-in told: who, where, and what keeps it. For the verbs that end in one.

use serde_json::json;

use super::context::Context;
use super::error::{CliError, Result};
use super::exit::Exit;
use super::pick;
use super::sanitize::visible;
use crate::client::SignedIn;
use crate::config::profiles::{LOCAL, Store, Way};

/// Tells of a sign-in: the document, the account's id, or `echo`.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn tell(context: &mut Context, signed: &SignedIn, echo: &str) -> Result {
    if context.out.json {
        return Ok(context.out.document(&json!({
            "account": signed.account,
            "email": signed.email,
            "zone": signed.zone,
            "profile": signed.profile,
            "server": signed.server,
            "store": signed.store.map(store_word),
        }))?);
    }
    if context.out.quiet {
        return Ok(context.out.line(&signed.account.to_string())?);
    }
    context.out.line(&visible(echo))?;
    Ok(context.out.flush()?)
}

/// Says on stderr what keeps a new sign-in, and why.
pub(super) fn tell_store(context: &mut Context, signed: &SignedIn) {
    if let Some(kept) = kept(signed) {
        context.out.remark(&kept);
    }
}

/// Refuses to make a profile that is signed in as somebody into somebody else's.
///
/// # Errors
/// A conflict when another email is recorded for the profile, which is not signed out.
pub(super) fn check_profile(context: &Context, verb: &str, email: &str) -> Result {
    let profile = &context.config.profile;
    let recorded = profile.email.as_deref().filter(|_| !profile.signed_out);
    let Some(other) = recorded.filter(|recorded| recorded.to_lowercase() != email.trim().to_lowercase()) else {
        return Ok(());
    };
    let place = match &profile.server {
        Some(server) => format!("--server {server}"),
        None => format!("--socket '{}'", context.config.socket.display()),
    };
    let message = format!("the profile `{}` is signed in as {}", profile.name, visible(other));
    let another = format!("`{{nudge}} {verb} {} {place} --profile NEWNAME`", visible(email));
    let first = format!("`{{nudge}} logout --profile {}` first", profile.name);
    Err(CliError::new(Exit::Conflict, message).hint(format!("to keep both: {another}; to use this one: {first}")))
}

/// Returns what is to be typed to sign in again where one was signed in.
#[must_use]
pub(super) fn login_again(context: &Context) -> String {
    let program = &context.config.program;
    match context.config.profile.name.as_str() {
        LOCAL | "" => format!("{program} login"),
        name => format!("{program} login --profile {name}"),
    }
}

/// Returns how the account is called: its email, else the end of its id.
#[must_use]
pub(super) fn name(signed: &SignedIn) -> String {
    signed.email.clone().unwrap_or_else(|| format!("account {}", pick::short(signed.account)))
}

/// Returns where one is signed in, to be put behind a name.
#[must_use]
pub(super) fn place(signed: &SignedIn) -> String {
    match &signed.server {
        Some(server) => format!(" at {server} (profile {})", signed.profile),
        None => String::new(),
    }
}

/// Says whether one is signed in by uid, and so needs no password.
#[must_use]
pub(super) fn by_uid(context: &Context) -> bool {
    context.config.server.is_none() && context.config.profile.way == Way::Uid
}

/// Returns the word for a store, as `--store` takes it.
#[must_use]
pub(super) fn store_word(store: Store) -> &'static str {
    match store {
        Store::File => "file",
        Store::Keyring => "keyring",
    }
}

fn kept(signed: &SignedIn) -> Option<String> {
    let notice = signed.notice.as_deref().map(visible);
    let kept = match signed.store {
        Some(Store::Keyring) => "the sign-in is kept in the system's keyring",
        Some(Store::File) => "the sign-in is kept in a file that only you can read",
        None => return notice.map(std::borrow::Cow::into_owned),
    };
    Some(notice.map_or_else(|| kept.to_owned(), |notice| format!("{kept}: {notice}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_named_with_its_reason() {
        let mut signed = SignedIn {
            profile: "work".to_owned(),
            server: Some("https://host:8443".to_owned()),
            account: uuid::Uuid::from_u128(0xdead_beef),
            email: None,
            zone: "UTC".to_owned(),
            store: Some(Store::File),
            notice: Some("there is no\u{1b} keyring".to_owned()),
        };
        let told = kept(&signed).expect("a store");
        assert_eq!(told, "the sign-in is kept in a file that only you can read: there is no␛ keyring");
        signed.notice = None;
        signed.store = Some(Store::Keyring);
        assert_eq!(kept(&signed).as_deref(), Some("the sign-in is kept in the system's keyring"));
        signed.store = None;
        assert_eq!(kept(&signed), None);
        assert_eq!(name(&signed) + &place(&signed), "account deadbeef at https://host:8443 (profile work)");
    }
}
