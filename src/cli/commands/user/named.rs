//! Which account a word means, and how an account is called.

use uuid::Uuid;

use crate::api::users::{UserList, UserView};
use crate::cli::context::Context;
use crate::cli::error::Result;
use crate::cli::pick;

/// As many as are asked for at once.
const PAGE: usize = 100;

const KIND: pick::Kind = pick::Kind { noun: "user", list: "user ls" };

/// Returns what the daemon takes for an account: the email or the whole id. An id's end is looked up.
///
/// # Errors
/// When the word names none or several.
pub(super) async fn find(context: &mut Context, word: &str) -> Result<String> {
    if word.contains('@') {
        return Ok(word.to_owned());
    }
    if let Ok(id) = word.parse::<Uuid>() {
        return Ok(id.to_string());
    }
    // Refused before the daemon is asked when it is no end of an id.
    pick::digits(KIND, word)?;
    let all = fetch(context, usize::MAX).await?;
    Ok(pick::one(KIND, word, all.items.iter().map(|user| user.id))?.to_string())
}

/// Lists accounts, page by page.
///
/// # Errors
/// When who asks is no administrator.
pub(super) async fn fetch(context: &mut Context, most: usize) -> Result<UserList> {
    let mut list = context.client.users(None, most.min(PAGE)).await?;
    while let (Some(cursor), true) = (&list.next, list.items.len() < most) {
        let page = context.client.users(Some(cursor), (most - list.items.len()).min(PAGE)).await?;
        list.items.extend(page.items);
        list.next = page.next;
    }
    Ok(list)
}

/// Returns how an account is called: its email, else its login name, else the end of its id.
#[must_use]
pub(super) fn name(user: &UserView) -> String {
    let login = || user.local.first().map(|local| format!("{} ({})", local.login, pick::short(user.id)));
    user.email.clone().or_else(login).unwrap_or_else(|| format!("account {}", pick::short(user.id)))
}
