//! One method a route: what an administrator does. It goes over the Unix socket and without a token, as the rights
//! come from who is at the other end of it.

use serde::de::DeserializeOwned;

use crate::api::paths;
use crate::api::users::{KeyAnswer, KeyRotation, NewUser, UserAnswer, UserChange, UserList};

use super::account::page;
use super::exchange::Call;
use super::{Client, Result};

/// Every method fails as [`ClientError`](super::ClientError) says.
impl Client {
    /// Lists a page of accounts, the oldest first.
    ///
    /// # Errors
    /// When a server is named, the caller is no administrator, or the daemon can't be reached.
    pub async fn users(&mut self, cursor: Option<&str>, limit: usize) -> Result<UserList> {
        self.administer(Call::get(page(paths::USERS, cursor, limit))).await
    }

    /// Adds an account.
    ///
    /// # Errors
    /// When a server is named, the caller is no administrator, the daemon refuses it or can't be reached.
    pub async fn add_user(&mut self, user: &NewUser) -> Result<UserAnswer> {
        self.administer(Call::post(paths::USERS, user)?).await
    }

    /// Changes an account, named by its id or its email.
    ///
    /// # Errors
    /// When a server is named, the caller is no administrator, there is no such account, the daemon refuses the
    /// change or can't be reached.
    pub async fn change_user(&mut self, id: &str, change: &UserChange) -> Result<UserAnswer> {
        self.administer(Call::patch(paths::with_id(paths::USER, id), change)?).await
    }

    /// Has the daemon sign with a new key from now on.
    ///
    /// # Errors
    /// When a server is named, the caller is no administrator, or the daemon can't be reached.
    pub async fn rotate_key(&mut self, rotation: &KeyRotation) -> Result<KeyAnswer> {
        self.administer(Call::post(paths::ROTATE_KEY, rotation)?).await
    }

    async fn administer<T: DeserializeOwned>(&mut self, call: Call) -> Result<T> {
        self.over_socket()?;
        self.check_database().await?;
        self.call(call.anonymous()).await
    }
}
