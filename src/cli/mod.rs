//! The command line: from what was typed to calls of the client, and from answers to text, JSON and exit codes.
//!
//! It parses flags and tells tasks from text, and leaves what the words mean to the daemon. It must not know
//! the daemon's rooms: `daemon run` is handed to the binary.

mod announce;
mod args;
mod argv;
mod array;
mod caret;
mod change;
mod commands;
mod context;
mod dates;
mod echo;
mod error;
mod exit;
mod filter;
mod identity;
mod interrupt;
mod json;
mod output;
mod pick;
mod prompt;
mod records;
mod refs;
mod sanitize;
mod sheet;
mod signed;
mod table;
mod usage;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use crate::client::Client;
use crate::config::{self, ConfigError, DaemonConfig, Flags};

use args::{Cli, Verb};
use context::Context;
use error::{CliError, Form, Result};
use exit::Exit;
use interrupt::Interrupts;
use output::Output;

/// What the binary is to do.
pub enum Outcome {
    /// End with this code.
    Exit(ExitCode),
    /// Be the daemon.
    Daemon(Box<DaemonConfig>),
}

/// Runs the command that was typed, the program's own name first.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "a command shows times against the moment at which it began")]
pub fn main(typed: impl IntoIterator<Item = OsString>) -> Outcome {
    let typed: Vec<OsString> = typed.into_iter().collect();
    let grammar = Cli::command();
    let prepared = argv::prepare(&typed, &grammar);
    if let Some(flag) = prepared.secret_flag {
        let out = Output::of_process(prepared.json, false, config::ColorChoice::Auto);
        return Outcome::Exit(report(&usage::secret(flag), out, &config::program(&prepared.argv[0])));
    }
    let parsed = grammar.try_get_matches_from(&prepared.argv).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return Outcome::Exit(misread(&error, &prepared)),
    };
    let color = cli.global.flags().color;
    let out = Output::of_process(cli.global.json, cli.global.quiet, color);
    if let Some(flags) = cli.verb.daemon_flags(&cli.global) {
        return match config::daemon(&flags) {
            Ok(config) => Outcome::Daemon(Box::new(config)),
            Err(error) => {
                if flags.autostarted {
                    tell_starter(&error);
                }
                Outcome::Exit(report(&error.into(), out, &config::program(&prepared.argv[0])))
            }
        };
    }
    if cli.global.token_stdin && cli.verb.takes_stdin(prepared.literal) {
        return Outcome::Exit(report(&usage::stdin_taken(), out, &config::program(&prepared.argv[0])));
    }
    let flags = Flags { own: cli.verb.is_about_machine(), ..cli.global.flags() };
    let config = match config::client(&flags, &prepared.argv[0]) {
        Ok(config) => config,
        Err(error) => return Outcome::Exit(report(&error.into(), out, &config::program(&prepared.argv[0]))),
    };
    let context = Context {
        client: Client::new(config.clone()),
        out,
        config,
        now: jiff::Timestamp::now(),
        literal: prepared.literal,
        yes: cli.global.yes,
        interrupts: Interrupts::default(),
    };
    Outcome::Exit(block_on(context, cli.verb))
}

/// Tells why the daemon could not start or had to end, in the form of every other error, and returns the exit.
#[must_use]
pub fn report_daemon_error(message: &str, hint: Option<&str>, exit_code: u8) -> ExitCode {
    let mut error = CliError::new(Exit::Failed, message);
    if let Some(hint) = hint {
        error = error.hint(hint);
    }
    let out = Output::of_process(false, false, config::ColorChoice::Auto);
    report(&error, out, &config::program_of_process());
    ExitCode::from(exit_code)
}

/// Tells the command that started the daemon why there will be none, as the daemon does until it is ready: a line each
/// for the message and the hint. The command puts its own name into the hint.
fn tell_starter(error: &ConfigError) {
    let line = |text: &str| text.split('\n').map(sanitize::visible).collect::<Vec<_>>().join(" ");
    let hint = error.hint.as_deref().map_or_else(String::new, |hint| format!("hint: {}\n", line(hint)));
    // It may have gone away meanwhile; the log has the error, too.
    let mut out = std::io::stdout();
    let _ = write!(out, "error: {}\n{hint}", line(&error.message)).and_then(|()| out.flush());
}

fn block_on(mut context: Context, verb: Verb) -> ExitCode {
    // One command, one connection: threads would only cost time to start.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = CliError::new(Exit::Failed, format!("the system gives no event queue: {error}"));
            return report(&error, context.out, &context.config.program);
        }
    };
    let chatty = context.out.interactive && !context.out.json && !context.out.quiet;
    context.client.want_unread(chatty && verb.tells_of_unread());
    let result = runtime.block_on(async {
        let interrupts = context.interrupts.clone();
        let result = tokio::select! {
            biased;
            result = dispatch(&mut context, verb) => result,
            () = interrupts.caught() => Err(interrupt::interrupted()),
        };
        // What was done is told before anything that may still take time.
        let result = result.and_then(|()| Ok(context.out.flush()?));
        if result.is_ok() && chatty {
            announce::unread(&mut context).await;
        }
        context.client.finish().await;
        result
    });
    for notice in context.client.take_notices() {
        context.out.remark(&sanitize::visible(&notice.replace("{nudge}", &context.config.program)));
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // What was written before the failure stands.
            let _ = context.out.flush();
            report(&error, context.out, &context.config.program)
        }
    }
}

async fn dispatch(context: &mut Context, verb: Verb) -> Result {
    match verb {
        Verb::Add(args) => commands::add::run(context, args).await,
        Verb::Ls(args) => commands::ls::run(context, args).await,
        Verb::Show(args) => commands::show::run(context, args).await,
        Verb::Mod(args) => commands::modify::run(context, args).await,
        Verb::Done(args) => commands::done::run(context, args).await,
        Verb::Reopen(args) => commands::reopen::run(context, args).await,
        Verb::Rm(args) => commands::rm::run(context, args).await,
        Verb::Start(args) => commands::start::run(context, args).await,
        Verb::Stop(args) => commands::stop::run(context, args).await,
        Verb::Annotate(args) => commands::annotate::run(context, args).await,
        Verb::Undo(args) => commands::undo::run(context, args).await,
        Verb::Count(args) => commands::count::run(context, args).await,
        Verb::Inbox(args) => commands::inbox::run(context, args).await,
        Verb::Import(args) => commands::import::run(context, args).await,
        Verb::Export(args) => commands::export::run(context, args).await,
        Verb::Signup(args) => commands::signup::run(context, args).await,
        Verb::Login(args) => commands::login::run(context, args).await,
        Verb::Logout(args) => commands::logout::run(context, args).await,
        Verb::Whoami(args) => commands::whoami::run(context, args).await,
        Verb::Passwd(args) => commands::passwd::run(context, args).await,
        Verb::Sessions(args) => commands::sessions::run(context, args).await,
        Verb::Token(args) => commands::token::run(context, args).await,
        Verb::Account(args) => commands::account::run(context, args).await,
        Verb::User(args) => commands::user::run(context, args).await,
        Verb::Daemon(args) => commands::daemon::run(context, args).await,
    }
}

fn report(error: &CliError, mut out: Output, program: &str) -> ExitCode {
    let form = Form { json: out.json, color: out.error_color, program };
    error.report(out.errors(), form);
    ExitCode::from(error.exit().code())
}

/// Tells what clap says: help and version on stdout, else an error in our form.
fn misread(error: &clap::Error, prepared: &argv::Prepared) -> ExitCode {
    let out = Output::of_process(prepared.json, false, config::ColorChoice::Auto);
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader that went away is no failure.
        let _ = error.print().and_then(|()| std::io::stdout().flush());
        return ExitCode::SUCCESS;
    }
    report(&usage::explain(error, &prepared.argv), out, &config::program(&prepared.argv[0]))
}
