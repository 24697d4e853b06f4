//! The daemon that is measured, in a home of its own, with accounts and tasks in it.
//!
//! Its settings are the defaults, but that it listens on the loopback and believes whoever comes from there about
//! whom they ask for: so each client has an address of its own, and with it limits of its own, as people have.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::http::{Answer, Connection, request};
use super::shared::Result;
use super::shared::home::Home;

const SETTINGS: &str = "[tcp]\nlisten = \"127.0.0.1:0\"\ntrusted_proxies = [\"127.0.0.1\"]\n\n\
                        [quotas]\nsessions = 100000\n";
const PASSWORD: &str = "seventeen violet kettles";

/// A daemon that runs.
pub(super) struct Daemon {
    home: Home,
    /// Its process.
    pub(super) process: u32,
    /// Where it listens.
    pub(super) address: SocketAddr,
    authorization: String,
}

impl Daemon {
    /// Starts one under `folder` and signs in by uid.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let home = Home::new(folder)?;
        let settings = home.path().join(".config/nudge");
        fs::create_dir_all(&settings)?;
        fs::write(settings.join("daemon.toml"), SETTINGS)?;
        let process = home.start()?;
        let mut connection = Connection::unix(&home.socket())?;
        let info = json(&connection.call(&request("GET", "/daemon", &[], ""))?, 200)?;
        let address = info["tcp"].as_str().ok_or("the daemon names no address")?.parse()?;
        let granted = json(&connection.call(&request("POST", "/v1/auth/local", &[], "{}"))?, 200)?;
        let token = granted["access_token"].as_str().ok_or("there is no token")?;
        let authorization = format!("Bearer {token}");
        Ok(Self { home, process, address, authorization })
    }

    /// Connects to the Unix socket.
    pub(super) fn local(&self) -> Result<Connection> {
        Ok(Connection::unix(&self.home.socket())?)
    }

    /// Returns a request of the one who is signed in by uid.
    pub(super) fn own(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        request(method, path, &[("authorization", &self.authorization)], body)
    }

    /// Stores so many tasks for the one who is signed in by uid.
    pub(super) fn add_tasks(&self, count: usize) -> Result<()> {
        let mut connection = self.local()?;
        for place in 0..count {
            let body = json!({"title": format!("Look at part {place}"), "project": "home"}).to_string();
            json(&connection.call(&self.own("POST", "/v1/tasks", &body))?, 201)?;
        }
        Ok(())
    }

    /// Adds so many accounts, as many at a time as there are cores.
    pub(super) fn add_accounts(&self, count: usize) -> Result<()> {
        let next = AtomicUsize::new(0);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let add = || -> Result<(), String> {
            let mut connection = self.local().map_err(|error| error.to_string())?;
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                if place >= count {
                    return Ok(());
                }
                let body = json!({"email": email(place), "password": PASSWORD}).to_string();
                let answer = connection.call(&request("POST", "/v1/users", &[], &body));
                answer.map_err(Into::into).and_then(|answer| json(&answer, 201)).map_err(|error| error.to_string())?;
            }
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..cores).map(|_| scope.spawn(add)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err("a thread died".to_owned())))
        })?;
        Ok(())
    }
}

/// Names an account's email.
pub(super) fn email(place: usize) -> String {
    format!("person{place}@example.org")
}

/// Returns the login of an account that was added.
pub(super) fn login(place: usize) -> Vec<u8> {
    sign_in(&email(place), PASSWORD, address(1, place))
}

/// Returns a login with any email and password from any address.
pub(super) fn sign_in(email: &str, password: &str, from: Ipv4Addr) -> Vec<u8> {
    let body = json!({"email": email, "password": password, "device": "bench"}).to_string();
    request("POST", "/v1/auth/login", &[("x-forwarded-for", &from.to_string())], &body)
}

/// Returns the address of a client: one of many in a network of 65,536.
pub(super) fn address(network: u8, place: usize) -> Ipv4Addr {
    let [.., third, fourth] = place.to_be_bytes();
    Ipv4Addr::new(10, network, third, fourth)
}

/// Reads the document of an answer that must have this status.
fn json(answer: &Answer, status: u16) -> Result<Value> {
    if answer.status != status {
        return Err(format!("{} and not {status}: {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
    }
    Ok(serde_json::from_slice(&answer.body)?)
}
