//! `account settings` and `account set`: what answers depend on, besides the zone.

use clap::Args;

use crate::api::account::{Settings, SettingsChange};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Result};
use crate::cli::sheet;

/// The one setting there is.
const REMIND_TIME: &str = "remind-time";

/// The arguments of `account set`.
#[derive(Debug, Args)]
#[command(after_help = "Settings: remind-time  when on its day a reminder fires that is counted in days\n\
    `default` takes the setting back.\n\
    Examples: nudge account set remind-time 08:30\n\
    \u{20}         nudge account set remind-time default")]
pub(super) struct Set {
    /// Which setting
    name: String,
    /// Its value, or `default`
    value: String,
}

/// Runs `account settings`.
///
/// # Errors
/// When nobody is signed in.
pub(super) async fn show(context: &mut Context) -> Result {
    let settings = context.client.settings().await?;
    tell(context, &settings)
}

/// Runs `account set`.
///
/// # Errors
/// When there is no such setting, or the value is none for it.
pub(super) async fn set(context: &mut Context, args: Set) -> Result {
    let change = change(&args)?;
    let settings = context.client.change_settings(&change).await?;
    tell(context, &settings)
}

fn change(args: &Set) -> Result<SettingsChange> {
    if args.name.replace('_', "-") != REMIND_TIME {
        return Err(CliError::usage(
            format!("`{}` is no setting", args.name),
            format!("settings: {REMIND_TIME}; such as `{{nudge}} account set {REMIND_TIME} 08:30`"),
        ));
    }
    let value = Some(clock(&args.value)).filter(|value| value != "default");
    Ok(SettingsChange { remind_time: Some(value) })
}

/// Puts the zero that nobody types before an hour of one digit. All else is the daemon's to judge.
fn clock(value: &str) -> String {
    let is_short = matches!(value.as_bytes(), [hour, b':', ..] if hour.is_ascii_digit());
    if is_short { format!("0{value}") } else { value.to_owned() }
}

fn tell(context: &mut Context, settings: &Settings) -> Result {
    if context.out.json {
        return Ok(context.out.document(settings)?);
    }
    let text = sheet::lines(&[(REMIND_TIME, settings.remind_time.clone())]);
    Ok(context.out.write(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_set_or_taken_back() {
        let change = |name: &str, value: &str| change(&Set { name: name.to_owned(), value: value.to_owned() });
        let json = |change: SettingsChange| serde_json::to_string(&change).expect("it is JSON");
        assert_eq!(json(change("remind-time", "08:30").expect("known")), r#"{"remind_time":"08:30"}"#);
        assert_eq!(json(change("remind-time", "8:30").expect("known")), r#"{"remind_time":"08:30"}"#);
        assert_eq!(json(change("remind_time", "default").expect("known")), r#"{"remind_time":null}"#);
        assert_eq!(change("remind", "08:30").expect_err("unknown").exit().code(), 2);
    }
}
