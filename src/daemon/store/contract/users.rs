//! What the user service's port promises: accounts, sessions, tokens, and what guards them.

use jiff::SignedDuration;
use uuid::Uuid;

use super::{Ports, at, identity, new_account, note};
use crate::api::auth::{Scope, SessionKind};
use crate::api::error::ErrorCode;
use crate::daemon::error::{Error, Result};
use crate::daemon::users::email::Email;
use crate::daemon::users::model::{AccountSettings, Credential, Happening, Note, QuotaOverrides, Standing};
use crate::daemon::users::port::{
    Attempt, Credentials, Decision, Ending, NewAccessToken, NewPassword, NewSession, Presented, Refreshed,
};

const REALM: &str = "here";

fn email(text: &str) -> Email {
    Email::parse(text).expect("an email")
}

fn credentials(text: &str) -> Credentials {
    Credentials { email: email(text), hash: format!("hash of {text}") }
}

fn code<T>(result: Result<T>) -> Option<ErrorCode> {
    result.err().map(|error: Error| error.code())
}

fn session_of(account: Uuid, number: u8, limit: u64) -> NewSession {
    NewSession {
        id: Uuid::now_v7(),
        account,
        device: format!("device {number}"),
        refresh_hash: [number; 32],
        limit,
        proved: None,
        peer: None,
    }
}

fn new_password(hash: &str, ending: Ending) -> NewPassword {
    NewPassword { hash: hash.into(), proved: None, ending }
}

fn token(number: u8, limit: u64) -> NewAccessToken {
    let scopes = vec![Scope::TasksRead, Scope::AccountRead];
    let (id, name) = (Uuid::now_v7(), format!("token {number}"));
    NewAccessToken { id, name, hash: [number; 32], scopes, expires_at: Some(at(1000)), limit }
}

fn attempt(email: &str, peer: &str, seconds: i64) -> Attempt {
    Attempt { email: email.into(), account: None, peer: peer.into(), at: at(seconds) }
}

impl Ports {
    async fn local(&self, uid: u32) -> Standing {
        let signed_in = self.users.sign_in_local(identity(uid), new_account(), "test".into(), note(0)).await;
        signed_in.expect("signed in")
    }

    async fn account(&self, text: &str) -> Uuid {
        let new = new_account();
        let account = new.account;
        self.users.add_account(new, credentials(text), note(0)).await.expect("made");
        account
    }

    async fn session(&self, account: Uuid, number: u8, seconds: i64) -> Standing {
        self.users.begin_session(session_of(account, number, 100), note(seconds)).await.expect("begun")
    }

    async fn stands(&self, session: Uuid) -> bool {
        self.users.standing(session).await.expect("read").is_some()
    }

    async fn token_stands(&self, number: u8) -> bool {
        self.users.standing_of_token([number; 32]).await.expect("read").is_some()
    }

    async fn events(&self, account: Uuid) -> Vec<String> {
        let lines = self.users.audit(account, None, 100).await.expect("read");
        lines.into_iter().map(|line| line.event).collect()
    }
}

/// An email belongs to one account, however it is written, and whichever way it comes.
pub(in crate::daemon::store) async fn an_email_has_one_account(ports: Ports) {
    let users = &ports.users;
    let ada = ports.account("Ada@Example.org").await;
    let found = users.account_of_email(email("aDA@example.ORG").key()).await.expect("read").expect("there");
    assert_eq!((found.id, found.email.as_deref()), (ada, Some("Ada@Example.org")));
    assert_eq!(found.password_hash.as_deref(), Some("hash of Ada@Example.org"));
    assert!(found.local.is_empty() && found.disabled_at.is_none() && found.created_at == at(0));
    let taken = Some(ErrorCode::EmailTaken);
    assert_eq!(code(users.add_account(new_account(), credentials("ada@example.org"), note(1)).await), taken);
    let local = ports.local(1).await.account;
    assert_eq!(code(users.set_credentials(local, credentials("ADA@example.org"), note(1)).await), taken);
    let eve = ports.account("eve@example.org").await;
    assert_eq!(code(users.set_email(eve, email("ADA@EXAMPLE.ORG"), note(1)).await), taken);
    users.set_email(ada, email("ADA@example.org"), note(2)).await.expect("one's own in another case");
    users.set_email(ada, email("lovelace@example.org"), note(3)).await.expect("free");
    users.set_email(eve, email("ada@example.org"), note(4)).await.expect("free again");
    let owner = users.account_of_email(email("ada@example.org").key()).await.expect("read").expect("there");
    assert_eq!(owner.id, eve);
    let together = || users.add_account(new_account(), credentials("new@example.org"), note(5));
    let (a, b, c) = tokio::join!(together(), together(), together());
    assert_eq!([&a, &b, &c].iter().filter(|made| made.is_ok()).count(), 1, "of many at once one wins");
    assert!([a, b, c].into_iter().filter_map(Result::err).all(|error| Some(error.code()) == taken));
}

/// Email and password come together, once; before, neither can be changed.
pub(in crate::daemon::store) async fn credentials_are_given_once(ports: Ports) {
    let users = &ports.users;
    let Standing { account, id, .. } = ports.local(1).await;
    let wrong = Some(ErrorCode::WrongState);
    assert_eq!(code(users.set_email(account, email("a@example.org"), note(1)).await), wrong);
    assert_eq!(code(users.set_password(account, new_password("h", Ending::Sessions), note(1)).await), wrong);
    assert!(ports.stands(id).await, "what is refused ends nothing");
    users.set_credentials(account, credentials("a@example.org"), note(1)).await.expect("set");
    assert_eq!(code(users.set_credentials(account, credentials("b@example.org"), note(2)).await), wrong);
    let standing = users.standing(id).await.expect("read").expect("it goes on");
    assert_eq!(standing.email.as_deref(), Some("a@example.org"));
    let found = users.account(account).await.expect("read").expect("there");
    assert_eq!(found.local, [(1, "user1".to_owned())]);
}

/// A new password ends every session, and tokens if it is to; a session by uid is begun again for who has the uid.
pub(in crate::daemon::store) async fn a_new_password_ends_what_it_is_to_end(ports: Ports) {
    let users = &ports.users;
    let local = ports.local(1).await;
    let account = local.account;
    users.set_credentials(account, credentials("a@example.org"), note(0)).await.expect("set");
    for (ending, keeps_token) in [(Ending::Sessions, true), (Ending::SessionsAndTokens, false)] {
        let session = ports.session(account, 1, 0).await;
        let by_uid = ports.local(1).await;
        users.revoke_tokens(account, note(0)).await.expect("revoked");
        users.add_token(account, token(1, 10), note(0)).await.expect("made");
        assert!(ports.stands(session.id).await && ports.stands(by_uid.id).await && ports.token_stands(1).await);
        users.set_password(account, new_password("new", ending), note(1)).await.expect("set");
        assert!(!ports.stands(session.id).await && !ports.stands(by_uid.id).await);
        assert_eq!(ports.token_stands(1).await, keeps_token);
        let again = users.begin_local_again(account, 1, "test".into(), note(2)).await.expect("begun");
        assert!(again.id != by_uid.id && again.credential == Credential::Local && ports.stands(again.id).await);
        let same = users.begin_local_again(account, 1, "test".into(), note(2)).await.expect("found");
        assert_eq!(same, again, "one uid has one session");
    }
    let refused = users.begin_local_again(account, 2, "test".into(), note(3)).await;
    assert_eq!(code(refused), Some(ErrorCode::Unauthenticated), "another uid");
}

/// A hash is replaced by a stronger one only while the password is the same.
pub(in crate::daemon::store) async fn a_hash_is_strengthened_only_if_it_is_still_the_same(ports: Ports) {
    let users = &ports.users;
    let account = ports.account("a@example.org").await;
    let hash = || async { users.account(account).await.expect("read").expect("there").password_hash };
    users.strengthen(account, "another".into(), "new".into()).await.expect("passed over");
    assert_eq!(hash().await.as_deref(), Some("hash of a@example.org"));
    users.strengthen(account, "hash of a@example.org".into(), "new".into()).await.expect("replaced");
    assert_eq!(hash().await.as_deref(), Some("new"));
}

/// Zone and settings are seen by the next request; limits are kept and shown.
pub(in crate::daemon::store) async fn zone_settings_and_limits_are_kept(ports: Ports) {
    let users = &ports.users;
    let Standing { account, id, .. } = ports.local(1).await;
    users.set_zone(account, "Asia/Tokyo".into(), note(1)).await.expect("set");
    let settings = AccountSettings { remind_time: Some(jiff::civil::time(8, 30, 0, 0)) };
    users.set_settings(account, settings.clone(), note(1)).await.expect("set");
    let quotas = QuotaOverrides { tasks: Some(7), tokens: Some(0), sessions: None };
    users.administer(account, vec![Decision::Quotas(quotas, note(1))]).await.expect("set");
    let standing = users.standing(id).await.expect("read").expect("it goes on");
    assert_eq!((standing.zone.as_str(), &standing.settings), ("Asia/Tokyo", &settings));
    let found = users.account(account).await.expect("read").expect("there");
    assert_eq!((found.zone.as_str(), found.settings, found.quotas), ("Asia/Tokyo", settings, quotas));
    assert_eq!((found.usage.tasks, found.usage.tokens, found.usage.sessions), (0, 0, 0));
    assert_eq!(code(users.add_token(account, token(1, 10), note(1)).await), Some(ErrorCode::QuotaExceeded));
    for gone in [
        users.set_zone(Uuid::nil(), "UTC".into(), note(1)).await,
        users.set_settings(Uuid::nil(), AccountSettings::default(), note(1)).await,
        users.administer(Uuid::nil(), vec![Decision::Quotas(quotas, note(1))]).await,
        users.administer(Uuid::nil(), vec![Decision::Disabled(true, note(1))]).await,
    ] {
        assert_eq!(code(gone), Some(ErrorCode::NotFound));
    }
}

/// Nobody stands for a disabled account, nor signs in to it; its tokens count again when it is enabled.
pub(in crate::daemon::store) async fn a_disabled_account_lets_nobody_in(ports: Ports) {
    let users = &ports.users;
    let local = ports.local(1).await;
    let account = local.account;
    let session = ports.session(account, 1, 0).await;
    users.add_token(account, token(1, 10), note(0)).await.expect("made");
    users.administer(account, vec![Decision::Disabled(true, note(5))]).await.expect("disabled");
    assert!(!ports.stands(session.id).await && !ports.stands(local.id).await && !ports.token_stands(1).await);
    let refused = users.sign_in_local(identity(1), new_account(), "test".into(), note(6)).await;
    assert_eq!(code(refused), Some(ErrorCode::Forbidden));
    let unauthenticated = Some(ErrorCode::Unauthenticated);
    assert_eq!(code(users.begin_session(session_of(account, 2, 10), note(6)).await), unauthenticated);
    assert_eq!(code(users.add_token(account, token(2, 10), note(6)).await), unauthenticated);
    users.administer(account, vec![Decision::Disabled(true, note(7))]).await.expect("once more");
    let found = users.account(account).await.expect("read").expect("there");
    assert_eq!(found.disabled_at, Some(at(5)));
    users.administer(account, vec![Decision::Disabled(false, note(8))]).await.expect("enabled");
    assert!(!ports.stands(session.id).await && !ports.stands(local.id).await, "what was ended stays ended");
    assert!(ports.token_stands(1).await);
    assert_eq!(ports.local(1).await.account, account);
}

/// A uid is given to another login name of the same account, or to nobody, by a decision alone.
pub(in crate::daemon::store) async fn whose_a_uid_is_can_be_decided(ports: Ports) {
    let users = &ports.users;
    let (one, two) = (ports.local(1).await, ports.local(2).await);
    let decide = |account, uid, login: Option<&str>| {
        users.administer(
            account,
            vec![Decision::Local { realm: REALM.into(), uid, login: login.map(str::to_owned), note: note(1) }],
        )
    };
    assert_eq!(code(decide(one.account, 2, Some("x")).await), Some(ErrorCode::Invalid), "another's uid");
    assert_eq!(code(decide(one.account, 2, None).await), Some(ErrorCode::Invalid));
    let elsewhere = users
        .administer(
            one.account,
            vec![Decision::Local { realm: "elsewhere".into(), uid: 1, login: None, note: note(1) }],
        )
        .await;
    assert_eq!(code(elsewhere), Some(ErrorCode::Invalid));
    // All that is decided at once, or nothing of it.
    let quotas = QuotaOverrides { tasks: Some(1), ..QuotaOverrides::default() };
    let local = Decision::Local { realm: REALM.into(), uid: 2, login: None, note: note(1) };
    let both = users.administer(one.account, vec![Decision::Quotas(quotas, note(1)), local]).await;
    assert_eq!(code(both), Some(ErrorCode::Invalid));
    let found = users.account(one.account).await.expect("read").expect("there");
    assert_eq!(found.quotas, QuotaOverrides::default());
    assert!(ports.stands(one.id).await && ports.stands(two.id).await);
    decide(one.account, 1, Some("renamed")).await.expect("decided");
    assert!(!ports.stands(one.id).await, "its sessions begin anew");
    let renamed = crate::daemon::users::model::LocalIdentity { login: "renamed".into(), ..identity(1) };
    let sign_in = || users.sign_in_local(renamed.clone(), new_account(), "test".into(), note(2));
    assert_eq!(sign_in().await.expect("signed in").account, one.account);
    decide(one.account, 1, None).await.expect("decided");
    let anew = sign_in().await.expect("signed in");
    assert_ne!(anew.account, one.account, "whoever has the uid begins with nothing");
    assert!(users.account(one.account).await.expect("read").expect("kept").local.is_empty());
}

/// Accounts are listed the oldest first, in pages, and by their id; one that is being deleted is not there.
pub(in crate::daemon::store) async fn accounts_are_listed_in_pages(ports: Ports) {
    let users = &ports.users;
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(ports.account(&format!("{number}@example.org")).await);
    }
    users.begin_deletion(made.remove(2), note(1)).await.expect("begun");
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = users.accounts(after, 2).await.expect("read");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else {
            break;
        };
        after = Some((last.created_at, last.id));
        listed.extend(page.into_iter().map(|account| account.id));
    }
    made.sort_unstable();
    assert_eq!(listed, made);
    assert!(users.account(Uuid::nil()).await.expect("read").is_none());
}

/// From the begin of a deletion nobody signs in, and email and uid are free; what is left goes in slices.
pub(in crate::daemon::store) async fn an_account_is_deleted_with_all_it_has(ports: Ports) {
    let users = &ports.users;
    let local = ports.local(1).await;
    let account = local.account;
    users.set_credentials(account, credentials("a@example.org"), note(0)).await.expect("set");
    let session = ports.session(account, 1, 0).await;
    users.add_token(account, token(1, 10), note(0)).await.expect("made");
    for title in ["a", "b", "c"] {
        ports.add(local.space, title).await;
    }
    assert!(users.delete_some(account, 1).await.expect("passed over"), "only one whose deletion was begun");
    assert!(users.account(account).await.expect("read").is_some());
    users.begin_deletion(account, note(1)).await.expect("begun");
    assert_eq!(code(users.begin_deletion(account, note(1)).await), Some(ErrorCode::NotFound), "once");
    assert!(!ports.stands(local.id).await && !ports.stands(session.id).await && !ports.token_stands(1).await);
    assert!(users.account(account).await.expect("read").is_none());
    assert_eq!(code(users.begin_session(session_of(account, 2, 10), note(2)).await), Some(ErrorCode::Unauthenticated));
    let anew = ports.local(1).await;
    assert!(anew.account != account && ports.titles(anew.space).await.is_empty());
    ports.account("a@example.org").await;
    assert_eq!(users.half_deleted().await.expect("read"), [account]);
    let mut slices = 0;
    while !users.delete_some(account, 1).await.expect("deleted") {
        slices += 1;
    }
    assert!(slices >= 3, "{slices}");
    assert!(users.half_deleted().await.expect("read").is_empty());
    assert!(users.delete_some(account, 1).await.expect("passed over"), "it is gone");
    assert!(ports.titles(local.space).await.is_empty() && ports.events(account).await.is_empty());
}

/// A session and a token stand for their account, with what they were begun with.
pub(in crate::daemon::store) async fn sessions_and_tokens_stand_for_their_account(ports: Ports) {
    let users = &ports.users;
    let account = ports.account("a@example.org").await;
    let standing = ports.session(account, 1, 5).await;
    assert_eq!((standing.account, &standing.credential), (account, &Credential::Password));
    assert_eq!((standing.zone.as_str(), standing.email.as_deref()), ("Europe/Berlin", Some("a@example.org")));
    assert_eq!(users.standing(standing.id).await.expect("read"), Some(standing.clone()));
    let new = token(9, 10);
    users.add_token(account, new.clone(), note(6)).await.expect("made");
    let by_token = users.standing_of_token([9; 32]).await.expect("read").expect("it stands");
    let credential = Credential::Token { scopes: new.scopes.clone().into(), expires_at: Some(at(1000)) };
    assert_eq!(by_token, Standing { id: new.id, credential, ..standing.clone() });
    assert!(!ports.token_stands(8).await && users.standing(new.id).await.expect("read").is_none());
    users.note_use(vec![(standing.id, at(50)), (new.id, at(60)), (Uuid::nil(), at(70))]).await.expect("noted");
    users.note_use(vec![(standing.id, at(40)), (new.id, at(40))]).await.expect("an earlier one changes nothing");
    let sessions = users.sessions(account).await.expect("read");
    assert_eq!(sessions.len(), 1);
    assert_eq!((sessions[0].kind, sessions[0].device.as_str()), (SessionKind::Password, "device 1"));
    assert_eq!((sessions[0].created_at, sessions[0].last_used_at), (at(5), at(50)));
    let tokens = users.tokens(account).await.expect("read");
    assert_eq!((tokens[0].id, tokens[0].name.as_str(), &tokens[0].scopes), (new.id, "token 9", &new.scopes));
    assert_eq!((tokens[0].created_at, tokens[0].last_used_at), (at(6), Some(at(60))));
    assert_eq!(users.account(account).await.expect("read").expect("there").last_used_at, Some(at(60)));
}

/// What a session asks is refused once it has ended, however long the request was on its way; and what a password has
/// proved, once it is another.
pub(in crate::daemon::store) async fn what_no_longer_stands_changes_nothing(ports: Ports) {
    let users = &ports.users;
    let account = ports.account("a@example.org").await;
    let session = ports.session(account, 1, 0).await;
    let other = ports.session(account, 2, 0).await;
    let by = |session: &Standing| Note { by: Some(session.id), ..note(1) };
    users.add_token(account, token(1, 10), by(&session)).await.expect("it stands");
    assert!(users.end_session(account, session.id, by(&other)).await.expect("ended"));
    let settings = AccountSettings::default();
    for refused in [
        users.add_token(account, token(2, 10), by(&session)).await,
        users.set_email(account, email("b@example.org"), by(&session)).await,
        users.set_password(account, new_password("new", Ending::Sessions), by(&session)).await,
        users.set_zone(account, "Asia/Tokyo".into(), by(&session)).await,
        users.set_settings(account, settings, by(&session)).await,
        users.begin_deletion(account, by(&session)).await,
        users.end_sessions(account, by(&session)).await.map(drop),
        users.revoke_tokens(account, by(&session)).await.map(drop),
        users.end_session(account, other.id, by(&session)).await.map(drop),
    ] {
        assert_eq!(code(refused), Some(ErrorCode::Unauthenticated));
    }
    assert!(ports.stands(other.id).await && ports.token_stands(1).await && !ports.token_stands(2).await);
    assert!(users.token_stands(users.tokens(account).await.expect("read")[0].id).await.expect("read"));
    assert!(!users.token_stands(Uuid::nil()).await.expect("read"));
    let proved = |hash: &str| Some(hash.to_owned());
    let late = NewSession { proved: proved("old"), ..session_of(account, 3, 10) };
    assert_eq!(code(users.begin_session(late, note(2)).await), Some(ErrorCode::Unauthenticated));
    let late = NewPassword { proved: proved("old"), ..new_password("newer", Ending::Sessions) };
    assert_eq!(code(users.set_password(account, late, note(2)).await), Some(ErrorCode::Unauthenticated));
    let hash = users.account(account).await.expect("read").expect("there").password_hash;
    users.begin_session(NewSession { proved: hash, ..session_of(account, 3, 10) }, note(2)).await.expect("begun");
}

/// Of sessions there are as many as may be; one that nobody has used for a day makes way.
pub(in crate::daemon::store) async fn sessions_have_a_limit(ports: Ports) {
    let users = &ports.users;
    let account = ports.account("a@example.org").await;
    let begin = |number, seconds| users.begin_session(session_of(account, number, 2), note(seconds));
    let (first, second) = (begin(1, 0).await.expect("begun"), begin(2, 10).await.expect("begun"));
    let day = SignedDuration::from_hours(24).as_secs();
    assert_eq!(code(begin(3, day).await), Some(ErrorCode::QuotaExceeded), "both were used within a day");
    let third = begin(3, day + 1).await.expect("begun");
    assert!(!ports.stands(first.id).await && ports.stands(second.id).await && ports.stands(third.id).await);
    users.note_use(vec![(second.id, at(day + 5))]).await.expect("noted");
    assert_eq!(code(begin(4, day + 20).await), Some(ErrorCode::QuotaExceeded));
    let quotas = QuotaOverrides { sessions: Some(3), ..QuotaOverrides::default() };
    users.administer(account, vec![Decision::Quotas(quotas, note(day))]).await.expect("set");
    begin(4, day + 20).await.expect("its own limit counts");
    assert_eq!(users.sessions(account).await.expect("read").len(), 3);
}

/// A refresh token counts as often as it comes, until its successor is used; then it ends the session.
pub(in crate::daemon::store) async fn refresh_tokens_rotate(ports: Ports) {
    let users = &ports.users;
    let account = ports.account("a@example.org").await;
    let session = ports.session(account, 0, 0).await;
    let presented = |generation: u8| Presented {
        session: session.id,
        generation: generation.into(),
        hash: [generation; 32],
        next_hash: [generation + 1; 32],
        used_since: at(-100),
        peer: None,
    };
    let present = |presented| users.refresh(presented, note(5));
    let good = Refreshed::Good(session.clone());
    assert_eq!(present(presented(1)).await.expect("read"), Refreshed::Unknown, "nobody was given it yet");
    for _ in 0..3 {
        assert_eq!(present(presented(0)).await.expect("taken"), good);
    }
    assert_eq!(users.sessions(account).await.expect("read")[0].last_used_at, at(5));
    let forged = Presented { hash: [77; 32], ..presented(0) };
    assert_eq!(present(forged).await.expect("read"), Refreshed::Unknown);
    let ahead = presented(2);
    assert_eq!(present(ahead).await.expect("read"), Refreshed::Unknown);
    let idle = Presented { used_since: at(6), ..presented(0) };
    assert_eq!(present(idle).await.expect("read"), Refreshed::Unknown);
    assert_eq!(present(presented(1)).await.expect("taken"), good, "the successor counts from now on");
    assert_eq!(present(presented(1)).await.expect("taken"), good);
    assert!(ports.stands(session.id).await);
    assert_eq!(present(presented(0)).await.expect("taken"), Refreshed::Replayed);
    assert!(!ports.stands(session.id).await, "its access tokens count no longer");
    assert_eq!(present(presented(1)).await.expect("read"), Refreshed::Unknown);
    assert_eq!(present(presented(2)).await.expect("read"), Refreshed::Unknown);
}

/// Sessions are ended one or all, by whose they are, and when nobody uses them.
pub(in crate::daemon::store) async fn sessions_are_ended_by_their_owner(ports: Ports) {
    let users = &ports.users;
    let (ada, eve) = (ports.account("a@example.org").await, ports.account("e@example.org").await);
    let (one, two, three) =
        (ports.session(ada, 1, 0).await, ports.session(ada, 2, 10).await, ports.session(ada, 3, 20).await);
    let of_eve = ports.session(eve, 4, 0).await;
    assert!(!users.end_session(eve, one.id, note(30)).await.expect("passed over"), "another's");
    assert!(!users.end_session(ada, Uuid::nil(), note(30)).await.expect("passed over"));
    assert!(users.end_session(ada, two.id, note(30)).await.expect("ended"));
    assert!(!users.end_session(ada, two.id, note(30)).await.expect("passed over"), "once");
    let listed: Vec<_> = users.sessions(ada).await.expect("read").into_iter().map(|session| session.id).collect();
    assert_eq!(listed, [three.id, one.id]);
    users.expire_sessions(at(10)).await.expect("expired");
    assert!(!ports.stands(one.id).await && !ports.stands(of_eve.id).await && ports.stands(three.id).await);
    let four = ports.session(ada, 5, 40).await;
    assert_eq!(users.end_sessions(ada, note(50)).await.expect("ended"), 2);
    assert!(!ports.stands(three.id).await && !ports.stands(four.id).await);
    assert_eq!(users.end_sessions(ada, note(50)).await.expect("ended"), 0);
}

/// Tokens have a limit, and are revoked one or all by whose they are.
pub(in crate::daemon::store) async fn tokens_are_revoked_by_their_owner(ports: Ports) {
    let users = &ports.users;
    let (ada, eve) = (ports.account("a@example.org").await, ports.account("e@example.org").await);
    let new: Vec<_> = (1..=3).map(|number| token(number, 3)).collect();
    for (token, seconds) in new.iter().cloned().zip(1..) {
        users.add_token(ada, token, note(seconds)).await.expect("made");
    }
    assert_eq!(code(users.add_token(ada, token(4, 3), note(9)).await), Some(ErrorCode::QuotaExceeded));
    let listed: Vec<_> = users.tokens(ada).await.expect("read").into_iter().map(|token| token.id).collect();
    assert_eq!(listed, [new[2].id, new[1].id, new[0].id]);
    assert!(!users.revoke_token(eve, new[0].id, note(10)).await.expect("passed over"), "another's");
    assert!(ports.token_stands(1).await && ports.token_stands(2).await);
    assert!(users.revoke_token(ada, new[0].id, note(10)).await.expect("revoked"));
    assert!(!users.revoke_token(ada, new[0].id, note(10)).await.expect("passed over"), "once");
    assert!(!ports.token_stands(1).await);
    assert_eq!(users.revoke_tokens(eve, note(11)).await.expect("none"), 0);
    assert_eq!(users.revoke_tokens(ada, note(11)).await.expect("revoked"), 2);
    assert!(!ports.token_stands(2).await && users.tokens(ada).await.expect("read").is_empty());
}

/// Failures are counted before they are known to be, by account and by peer; a wait counts nothing.
pub(in crate::daemon::store) async fn failed_attempts_have_to_wait(ports: Ports) {
    let users = &ports.users;
    let begin = |email, peer, seconds| users.begin_attempt(attempt(email, peer, seconds));
    for _ in 0..5 {
        assert_eq!(begin("a", "p", 0).await.expect("counted"), None);
    }
    let seconds = |seconds| Some(SignedDuration::from_secs(seconds));
    for _ in 0..3 {
        assert_eq!(begin("a", "p", 0).await.expect("read"), seconds(1), "a wait counts nothing");
        assert_eq!(users.wait_of(&attempt("a", "q", 0)).await.expect("read"), seconds(1), "nor does asking");
    }
    assert_eq!(begin("b", "p", 0).await.expect("read"), seconds(1), "the peer waits for any account");
    assert_eq!(begin("a", "q", 0).await.expect("read"), seconds(1), "the account for any peer");
    assert_eq!(begin("b", "q", 0).await.expect("counted"), None);
    assert_eq!(begin("a", "p", 1).await.expect("counted"), None);
    assert_eq!(begin("a", "p", 1).await.expect("read"), seconds(2));
    users.attempt_untried(attempt("a", "p", 1)).await.expect("taken back");
    assert_eq!(begin("a", "p", 1).await.expect("counted"), None, "what was not tried begins no wait");
    assert_eq!(begin("a", "p", 1).await.expect("read"), seconds(2), "and takes no other failure with it");
    let day = SignedDuration::from_hours(24).as_secs();
    users.forget(at(0), at(day)).await.expect("forgotten");
    assert_eq!(begin("a", "p", 1).await.expect("counted"), None);
}

/// Success clears the account's failures and takes the peer's last back; from there the account does not wait.
pub(in crate::daemon::store) async fn success_spares_the_peer_the_wait_of_the_account(ports: Ports) {
    let users = &ports.users;
    let ada = ports.account("a@example.org").await;
    let of_ada = |peer, seconds| Attempt { account: Some(ada), ..attempt("a", peer, seconds) };
    for _ in 0..3 {
        assert_eq!(users.begin_attempt(attempt("b", "home", 0)).await.expect("counted"), None);
    }
    assert_eq!(users.begin_attempt(of_ada("home", 0)).await.expect("counted"), None);
    users.attempt_succeeded(of_ada("home", 0), ada, at(0)).await.expect("kept");
    for _ in 0..5 {
        assert_eq!(users.begin_attempt(of_ada("away", 0)).await.expect("counted"), None);
    }
    assert!(users.begin_attempt(of_ada("elsewhere", 0)).await.expect("read").is_some(), "strangers wait");
    for _ in 0..2 {
        assert_eq!(users.begin_attempt(attempt("c", "home", 0)).await.expect("counted"), None, "three failures stay");
    }
    assert!(users.begin_attempt(attempt("c", "home", 0)).await.expect("read").is_some(), "strangers there wait");
    for _ in 0..5 {
        assert_eq!(users.begin_attempt(of_ada("home", 0)).await.expect("counted"), None, "and keep nobody out");
    }
    assert!(users.begin_attempt(of_ada("home", 0)).await.expect("read").is_some(), "her own failures count");
    users.attempt_untried(of_ada("home", 0)).await.expect("taken back");
    let wait = users.begin_attempt(of_ada("elsewhere", 0)).await.expect("read");
    assert_eq!(wait, Some(SignedDuration::from_secs(1)), "what a known peer takes back was not the account's");
    let month = SignedDuration::from_hours(24 * 30).as_secs();
    for _ in 0..5 {
        assert_eq!(users.begin_attempt(of_ada("away", month + 1)).await.expect("counted"), None);
    }
    assert!(users.begin_attempt(of_ada("home", month + 1)).await.expect("read").is_some(), "known for 30 days");
}

/// The audit trail is read in pages, the newest first, by its account alone; each line is as it was written.
pub(in crate::daemon::store) async fn what_happened_is_read_by_its_account(ports: Ports) {
    let users = &ports.users;
    let (ada, eve) = (ports.account("a@example.org").await, ports.account("e@example.org").await);
    let line = Note {
        at: at(7),
        what: Happening::SignInFailed,
        peer: Some("192.0.2.1".into()),
        about: Some("about".into()),
        by_administrator: true,
        by: None,
    };
    let of_ada = Attempt { account: Some(ada), ..attempt("a", "p", 7) };
    users.attempt_failed(of_ada, line).await.expect("written");
    users.attempt_failed(attempt("x", "p", 7), note(7)).await.expect("nobody's");
    users.end_sessions(ada, Note { what: Happening::AllSessionsEnded, ..note(8) }).await.expect("ended");
    assert_eq!(ports.events(ada).await, ["all_sessions_ended", "sign_in_failed", "account_created"]);
    assert_eq!(ports.events(eve).await, ["account_created"]);
    let first = users.audit(ada, None, 2).await.expect("read");
    let failed = &first[1];
    assert_eq!((failed.at, failed.event.as_str(), failed.by_administrator), (at(7), "sign_in_failed", true));
    assert_eq!((failed.peer.as_deref(), failed.about.as_deref()), (Some("192.0.2.1"), Some("about")));
    let rest = users.audit(ada, Some(failed.id), 2).await.expect("read");
    assert_eq!(rest.len(), 1);
    users.forget(at(8), at(0)).await.expect("forgotten");
    assert_eq!(ports.events(ada).await, ["all_sessions_ended"]);
}
