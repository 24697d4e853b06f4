//! `daemon run|start|stop|restart|status|rotate-key`: the daemon's life, as a person sees it.
//!
//! `run` itself is the binary's: here are only its flags.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::api::daemon::DaemonInfo;
use crate::api::users::{KeyAnswer, KeyRotation};
use crate::cli::args::Global;
use crate::cli::context::Context;
use crate::cli::dates::Calendar;
use crate::cli::error::{CliError, Result};
use crate::cli::exit::Exit;
use crate::cli::sanitize::visible;
use crate::cli::sheet;
use crate::config::{self, DaemonFlags};

/// The arguments of `daemon`.
#[derive(Debug, Args)]
#[command(after_help = "A command that needs the daemon starts it when none runs, so these are seldom\n\
    needed. `nudge help daemon run` is for services.")]
pub(crate) struct Daemon {
    /// What to do.
    #[command(subcommand)]
    pub what: What,
}

/// What to do with the daemon.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Be the daemon, in the foreground
    Run(Run),
    /// Start it in the background, unless one runs
    Start,
    /// Stop the one that runs
    Stop,
    /// Stop it and start it again
    Restart,
    /// Say what runs; exit code 6 when none does
    Status,
    /// Sign access tokens with a new key from now on
    RotateKey(RotateKey),
}

const RUN: &str = "\
Log lines go to stderr. NUDGE_LOG says which: error, warn, info (the default),
debug, or one for each part, as in warn,nudge::daemon=debug;
NUDGE_LOG_FORMAT=json does what `--log-json` does.
Off loopback it wants TLS; `--plain-http` is for a proxy in front that has it.
Certificate and key are PEM files, and are read again when they change.
Exit codes: 0 stopped, 1 failed, 2 usage, 20 the database is refused, 21 another
daemon runs. A service need not try again after 20 and 21.
Examples: nudge daemon run --listen 127.0.0.1:7711
          nudge daemon run --listen 0.0.0.0:8443 --tls-cert c.pem --tls-key k.pem";

/// The arguments of `daemon run`.
#[derive(Debug, Args)]
#[command(after_help = RUN)]
pub(crate) struct Run {
    /// Read the settings from this file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Listen on this address and port, too
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// The certificate, with its chain, for TLS
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Allow HTTP without TLS off loopback, behind a proxy
    #[arg(long)]
    plain_http: bool,
    /// A command started it
    #[arg(long, hide = true)]
    autostarted: bool,
    /// Write log lines as JSON
    #[arg(long)]
    log_json: bool,
}

/// The arguments of `daemon rotate-key`.
#[derive(Debug, Args)]
#[command(after_help = "Tokens of the old key still count until they end, within 15 minutes; nobody has to\n\
    sign in again. `--revoke-old` is for a key that others may have seen.\n\
    Example: nudge daemon rotate-key")]
pub(crate) struct RotateKey {
    /// Tokens of the old key stop counting at once
    #[arg(long)]
    revoke_old: bool,
}

impl Daemon {
    /// Returns the flags for the configuration when the command is to be the daemon itself.
    #[must_use]
    pub(crate) fn flags(&self, global: &Global) -> Option<DaemonFlags> {
        let What::Run(run) = &self.what else { return None };
        Some(DaemonFlags {
            socket: global.socket.clone(),
            config: run.config.clone(),
            listen: run.listen.clone(),
            tls_cert: run.tls_cert.clone(),
            tls_key: run.tls_key.clone(),
            plain_http: run.plain_http,
            autostarted: run.autostarted,
            log_json: run.log_json,
        })
    }
}

/// Runs `daemon`, but for `daemon run`.
///
/// # Errors
/// When no daemon answers, or it can't be started or stopped.
pub(crate) async fn run(context: &mut Context, args: Daemon) -> Result {
    match args.what {
        What::Run(_) => Err(CliError::new(Exit::Failed, "`daemon run` is the binary's to do")),
        What::Status => {
            let Some(info) = context.client.daemon_info().await? else {
                return Err(CliError::new(Exit::Unreachable, "no daemon runs").hint("`{nudge} daemon start` starts it"));
            };
            let log = context.config.paths.log();
            tell(context, &info, &|info, calendar| status(info, calendar, &log))
        }
        What::Start => {
            if context.client.daemon_info().await?.is_none() {
                check_settings(context)?;
            }
            let info = context.client.daemon_start().await?;
            tell(context, &info, &running)
        }
        What::Stop => {
            let stopped = context.client.daemon_stop(false).await?;
            if context.out.json {
                return Ok(context.out.document(&serde_json::json!({ "stopped": stopped }))?);
            }
            context.out.remark(if stopped { "the daemon has stopped" } else { "no daemon was running" });
            Ok(())
        }
        What::Restart => {
            // A daemon that runs is better than one that can't be started again.
            context.client.daemon_info().await?;
            check_settings(context)?;
            context.client.daemon_stop(false).await?;
            let info = context.client.daemon_start().await?;
            tell(context, &info, &running)
        }
        What::RotateKey(args) => rotate_key(context, args).await,
    }
}

/// Refuses settings with which no daemon would start.
fn check_settings(context: &Context) -> Result {
    let socket = Some(context.config.socket.clone());
    config::daemon(&DaemonFlags { socket, autostarted: true, ..DaemonFlags::default() })?;
    Ok(())
}

fn tell(context: &mut Context, info: &DaemonInfo, lines: &dyn Fn(&DaemonInfo, &Calendar) -> String) -> Result {
    if context.out.json {
        return Ok(context.out.document(info)?);
    }
    if context.out.quiet {
        return Ok(context.out.line(&info.pid.to_string())?);
    }
    let text = lines(info, &context.calendar());
    Ok(context.out.write(&text)?)
}

fn running(info: &DaemonInfo, _: &Calendar) -> String {
    format!("the daemon runs as process {}\n", info.pid)
}

fn status(info: &DaemonInfo, calendar: &Calendar, log: &Path) -> String {
    let next = info.next_reminder_at.map_or_else(|| "none".to_owned(), |at| calendar.full_moment(at));
    let started = if info.autostarted { "a command" } else { "hand or a service" };
    // What a service logs goes where the service says.
    let log = if info.autostarted { log.display().to_string() } else { "its standard error".to_owned() };
    sheet::lines(&[
        ("process", info.pid.to_string()),
        ("version", format!("{} (build {})", info.version, info.build)),
        ("since", calendar.full_moment(info.started_at)),
        ("started by", started.to_owned()),
        ("socket", info.socket.clone()),
        ("address", info.tcp.clone().unwrap_or_else(|| "none".to_owned())),
        ("database", info.database.clone()),
        ("log", log),
        ("next remind", next),
    ])
}

async fn rotate_key(context: &mut Context, args: RotateKey) -> Result {
    let answer = context.client.rotate_key(&KeyRotation { revoke_old: args.revoke_old }).await?;
    if context.out.json {
        return Ok(context.out.document(&answer)?);
    }
    let kid = visible(&answer.kid);
    if context.out.quiet {
        return Ok(context.out.line(&kid)?);
    }
    context.out.line(&format!("tokens are signed with the key {kid} from now on"))?;
    context.out.flush()?;
    let remark = old_key(&answer, &context.calendar(), args.revoke_old);
    context.out.remark(&remark);
    Ok(())
}

fn old_key(answer: &KeyAnswer, calendar: &Calendar, revoked: bool) -> String {
    if revoked || calendar.has_passed(answer.old_until) {
        return "tokens of the old key count no more; commands get new ones by themselves".to_owned();
    }
    format!("tokens of the old key count until {}", calendar.full_moment(answer.old_until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_key_counts_for_a_while_or_no_more() {
        let calendar = Calendar::new("2026-11-22T10:00:00Z".parse().expect("a moment"), &[Some("UTC")]);
        let old_until = "2026-11-22T10:15:00Z".parse().expect("a moment");
        let answer = KeyAnswer { kid: "k2".to_owned(), old_until };
        assert!(old_key(&answer, &calendar, false).ends_with("until Sun 22 Nov 2026 10:15 (today)"));
        assert!(old_key(&answer, &calendar, true).contains("no more"));
    }

    #[test]
    fn status_names_what_runs() {
        let info: DaemonInfo = serde_json::from_value(serde_json::json!({
            "pid": 7, "version": "0.1.0", "build": 1_795_441_200, "protocol": 1, "autostarted": true,
            "started_at": "2026-11-22T09:50:00Z", "active_requests": 0, "database": "/d/nudge.db",
            "socket": "/s/nudge.sock", "tcp": null, "next_reminder_at": "2026-11-26T08:00:00Z"
        }))
        .expect("a daemon on the wire");
        let now = "2026-11-22T10:00:00Z".parse().expect("a moment");
        let text = status(&info, &Calendar::new(now, &[Some("Europe/Berlin")]), Path::new("/s/daemon.log"));
        for part in [
            "process     7\n",
            "log         /s/daemon.log\n",
            "Sun 22 Nov 2026 10:50 (today)",
            "a command",
            "Thu 26 Nov 2026 09:00",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
