//! `daemon run|start|stop|restart|status`: the daemon's life, as a person sees it.
//!
//! `run` itself is the binary's: here are only its flags.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Args, Subcommand};

use crate::api::daemon::DaemonInfo;
use crate::cli::args::Global;
use crate::cli::context::Context;
use crate::cli::dates::Calendar;
use crate::cli::error::{CliError, Result};
use crate::cli::exit::Exit;
use crate::cli::sanitize::visible;
use crate::config::DaemonFlags;

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
}

const RUN: &str = "\
Log lines go to stderr. NUDGE_LOG says which: error, warn, info (the default),
debug, or one for each part, as in warn,nudge::daemon=debug;
NUDGE_LOG_FORMAT=json does what `--log-json` does.
Exit codes: 0 stopped, 1 failed, 2 usage, 20 the database is refused, 21 another
daemon runs. A service need not try again after 20 and 21.";

/// The arguments of `daemon run`.
#[derive(Debug, Args)]
#[command(after_help = RUN)]
pub(crate) struct Run {
    /// Listen on this loopback address and port, too
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// A command started it
    #[arg(long, hide = true)]
    autostarted: bool,
    /// Write log lines as JSON
    #[arg(long)]
    log_json: bool,
}

impl Daemon {
    /// Returns the flags for the configuration when the command is to be the daemon itself.
    #[must_use]
    pub(crate) fn flags(&self, global: &Global) -> Option<DaemonFlags> {
        let What::Run(run) = &self.what else { return None };
        Some(DaemonFlags {
            socket: global.socket.clone(),
            listen: run.listen.clone(),
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
            context.client.daemon_stop(false).await?;
            let info = context.client.daemon_start().await?;
            tell(context, &info, &running)
        }
    }
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
    let mut text = String::new();
    for (name, value) in [
        ("process", info.pid.to_string()),
        ("version", format!("{} (build {})", info.version, info.build)),
        ("since", calendar.full_moment(info.started_at)),
        ("started by", started.to_owned()),
        ("socket", info.socket.clone()),
        ("address", info.tcp.clone().unwrap_or_else(|| "none".to_owned())),
        ("database", info.database.clone()),
        ("log", log),
        ("next remind", next),
    ] {
        writeln!(text, "{name:<12}{}", visible(&value)).expect("a string takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

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
