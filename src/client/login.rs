//! Beginning and ending a sign-in: what is asked of the daemon, and what is stored and recorded of it here.

use uuid::Uuid;

use crate::api::auth::{EndedAnswer, Login, PasswordChange, SignUp, TokenAnswer};
use crate::api::{ErrorCode, Sensitive, paths};
use crate::config::profiles::{Profile, Profiles, Store, Way};

use super::exchange::{Call, good};
use super::link::Sink;
use super::sign_in::{is_about_zone, is_unauthenticated, now};
use super::token::{Token, origin};
use super::{Client, ClientError, Result};

/// A sign-in that was begun.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The profile that it is recorded in.
    pub profile: String,
    /// The server; none for a Unix socket.
    pub server: Option<String>,
    /// The account.
    pub account: Uuid,
    /// Its email, if it has one.
    pub email: Option<String>,
    /// Its zone.
    pub zone: String,
    /// Where the refresh token is kept, if there is one.
    pub store: Option<Store>,
    /// Why that is the file, where nobody had asked for it.
    pub notice: Option<String>,
}

/// A sign-in that was ended.
#[derive(Debug, Clone)]
pub struct LoggedOut {
    /// The profile that is signed out now.
    pub profile: String,
    /// The server; none for a Unix socket.
    pub server: Option<String>,
    /// How many sessions the daemon has ended.
    pub ended: u64,
    /// Why it has not, if it could not be asked to.
    pub notice: Option<String>,
}

impl Client {
    /// Makes an account at a server and signs in to it. Over the Unix socket it gives the caller's own account an
    /// email and a password, and the uid goes on signing in there.
    ///
    /// # Errors
    /// When the daemon refuses it or can't be reached, or the sign-in can't be stored.
    pub async fn sign_up(&mut self, email: &str, password: &Sensitive) -> Result<SignedIn> {
        let mut asked = SignUp {
            email: email.to_owned(),
            password: password.clone(),
            zone: self.config.system_zone.clone(),
            device: Some(self.config.device.clone()),
        };
        let (store, notice) = match self.config.server {
            Some(_) => self.choose_store(None).await.map(|(store, notice)| (Some(store), notice))?,
            None => (None, None),
        };
        self.check_database().await?;
        let call = |asked: &SignUp| Ok::<_, ClientError>(Call::post(paths::AUTH_SIGNUP, asked)?.anonymous());
        let answer = match self.call(call(&asked)?).await {
            Err(ClientError::Problem(problem)) if asked.zone.is_some() && is_about_zone(&problem) => {
                asked.zone = None;
                self.call(call(&asked)?).await?
            }
            answer => answer?,
        };
        let kept = self.begin(&answer, store, Some(email)).await?;
        Ok(SignedIn { notice, ..kept })
    }

    /// Signs in with email and password. Where the refresh token is kept is chosen before anything is sent: as `store`
    /// says, else as the profile did before, else in the keyring if that works.
    ///
    /// # Errors
    /// When the daemon refuses it or can't be reached, or the sign-in can't be stored.
    pub async fn login_password(
        &mut self,
        email: &str,
        password: &Sensitive,
        store: Option<Store>,
    ) -> Result<SignedIn> {
        let (store, notice) = self.choose_store(store).await?;
        self.check_database().await?;
        let device = Some(self.config.device.clone());
        let asked = Login { email: email.to_owned(), password: password.clone(), device };
        let answer = self.call(Call::post(paths::AUTH_LOGIN, &asked)?.anonymous()).await?;
        let kept = self.begin(&answer, Some(store), Some(email)).await?;
        Ok(SignedIn { notice, ..kept })
    }

    /// Signs in on the strength of one's own uid, over the Unix socket.
    ///
    /// # Errors
    /// When a server is named, or the daemon refuses it or can't be reached.
    pub async fn login_local(&mut self) -> Result<SignedIn> {
        self.over_socket()?;
        let answer = self.ask_by_uid().await?;
        self.begin(&answer, None, None).await
    }

    /// Sets a new password. Every other session ends; this one goes on with fresh tokens.
    ///
    /// # Errors
    /// When the daemon refuses it or can't be reached, or the sign-in can't be stored.
    pub async fn change_password(&mut self, change: &PasswordChange) -> Result<SignedIn> {
        let answer: TokenAnswer = self.call(Call::post(paths::AUTH_PASSWORD, change)?).await?;
        if self.given.is_some() {
            return Ok(self.signed_in(&answer, None));
        }
        let store = self.config.profile.store.filter(|_| self.config.profile.way == Way::Password);
        self.adopt(&answer, store).await?;
        Ok(self.signed_in(&answer, store))
    }

    /// Ends the profile's session, or every session of the account, forgets its tokens, and remembers that nobody is
    /// signed in. All but the first happens even when the daemon can't be reached.
    ///
    /// # Errors
    /// When it can't be remembered.
    pub async fn logout(&mut self, everywhere: bool) -> Result<LoggedOut> {
        // It is about who signed in here, whatever token was given.
        self.drop_given();
        let (ended, notice) = match self.end(everywhere).await {
            Ok(ended) => (ended, None),
            Err(error) if is_unauthenticated(&error) => (0, None),
            Err(error) => (0, Some(format!("the daemon was not told, and its session goes on: {error}"))),
        };
        self.sign_out().await?;
        let Profile { name, server, .. } = self.config.profile.clone();
        Ok(LoggedOut { profile: name, server, ended, notice })
    }

    /// Forgets the profile's tokens and remembers that it is signed out.
    pub(super) async fn sign_out(&mut self) -> Result<()> {
        if self.is_unknown() {
            return Ok(());
        }
        // Remembered first: a command that begins now is not to sign in again.
        let profile = Profile { signed_out: true, ..self.config.profile.clone() };
        Profiles::change(&self.config.paths, |all| enter(all, &profile))?;
        self.forget().await;
        self.config.profile = profile;
        Ok(())
    }

    /// Records the account's new email, so that the next `login` proposes that one.
    pub(super) fn note_email(&mut self, email: Option<&str>) {
        let profile = &self.config.profile;
        if self.given.is_some() || profile.email.is_none() || profile.email.as_deref() == email {
            return;
        }
        let profile = Profile { email: email.map(str::to_owned), ..profile.clone() };
        match Profiles::change(&self.config.paths, |all| enter(all, &profile)) {
            Ok(_) => self.config.profile = profile,
            Err(error) => self.notices.push(error.message),
        }
    }

    async fn end(&mut self, everywhere: bool) -> Result<u64> {
        if everywhere {
            return Ok(self.call::<EndedAnswer>(Call::delete(paths::SESSIONS)).await?.ended);
        }
        self.may_sign_in()?;
        let token = match self.config.profile.way {
            // A session that is signed in to by uid and was not used for a while is not begun to be ended.
            Way::Uid => match Token::load(&self.config, now()) {
                Some(token) => token.bearer,
                None => return Ok(0),
            },
            Way::Password => self.token().await?,
        };
        let call = Call::post_empty(paths::AUTH_LOGOUT).repeatable();
        good(self.send(&call, Some(token.expose()), &mut Sink::default()).await?).map(|_| 1)
    }

    /// Tells whether the profile was made up for a server that nobody has signed in to.
    fn is_unknown(&self) -> bool {
        let profile = &self.config.profile;
        self.config.server.is_some() && profile.store.is_none() && !profile.signed_out
    }

    async fn choose_store(&self, demanded: Option<Store>) -> Result<(Store, Option<String>)> {
        let profile = &self.config.profile;
        let (store, trouble) = self.secrets().choose(demanded.or(profile.store)).await?;
        Ok((store, trouble.map(|trouble| trouble.to_string())))
    }

    /// Stores the tokens of a new sign-in, and records the profile as the current one.
    async fn begin(&mut self, answer: &TokenAnswer, store: Option<Store>, typed: Option<&str>) -> Result<SignedIn> {
        let before = self.config.profile.clone();
        let replaced = self.standing().await;
        let way = if store.is_some() { Way::Password } else { Way::Uid };
        // The access token is bound to the way, and is kept first.
        self.config.profile.way = way;
        self.adopt(answer, store).await?;
        self.record(Profile {
            server: self.config.server.as_ref().map(|_| origin(&self.config)),
            ca: self.config.server.as_ref().and_then(|server| server.ca.clone()),
            email: answer.email.clone().or_else(|| typed.map(str::to_owned)),
            way,
            store,
            signed_out: false,
            ..before
        })?;
        self.end_replaced(replaced).await;
        if self.config.token.is_some() {
            self.notices.push("NUDGE_TOKEN is set and goes before this sign-in".to_owned());
        }
        Ok(self.signed_in(answer, store))
    }

    /// Puts fresh tokens in the place of those before.
    async fn adopt(&mut self, answer: &TokenAnswer, store: Option<Store>) -> Result<()> {
        let _lock = self.lock_tokens().await?;
        let secrets = self.secrets();
        if let Some((store, secret)) = store.zip(answer.refresh_token.as_ref()) {
            secrets.write(store, secret).await?;
        }
        if let Some(old) = self.config.profile.store.filter(|&old| Some(old) != store) {
            // It may be left because it does not answer, and what it holds is of no use to anybody here.
            let _ = secrets.remove(old).await;
        }
        self.keep(answer);
        Ok(())
    }

    fn record(&mut self, profile: Profile) -> Result<()> {
        Profiles::change(&self.config.paths, |all| {
            all.current.clone_from(&profile.name);
            enter(all, &profile);
        })?;
        self.config.profile = profile;
        Ok(())
    }

    fn signed_in(&self, answer: &TokenAnswer, store: Option<Store>) -> SignedIn {
        let profile = &self.config.profile;
        SignedIn {
            profile: profile.name.clone(),
            server: profile.server.clone(),
            account: answer.account,
            email: answer.email.clone().or_else(|| profile.email.clone()),
            zone: answer.zone.clone(),
            store,
            notice: None,
        }
    }

    /// Refuses what is done over the Unix socket alone where a server is named.
    pub(super) fn over_socket(&self) -> Result<()> {
        match &self.config.server {
            None => Ok(()),
            Some(server) => Err(ClientError::refused(
                ErrorCode::Forbidden,
                format!(
                    "this goes over a Unix socket, on the daemon's own machine, and not over `{}`",
                    server.origin()
                ),
                "for your own daemon: `{nudge} --profile local …`",
            )),
        }
    }
}

/// Enters a profile. One's own daemon, signed in to by uid, needs no entry.
fn enter(all: &mut Profiles, profile: &Profile) {
    if *profile == Profile::local() {
        all.profiles.remove(&profile.name);
    } else {
        all.profiles.insert(profile.name.clone(), profile.clone());
    }
}
